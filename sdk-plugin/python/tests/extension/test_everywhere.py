import os
import subprocess
import sys
import unittest

DECOSPECS = "from metaflow.metaflow_config import DEFAULT_DECOSPECS; print(DEFAULT_DECOSPECS)"


def decospecs(**settings):
    """What Metaflow puts onto every step with these settings."""
    environment = dict((key, value) for key, value in os.environ.items() if not key.startswith("METAFLOW_STEPFIT"))
    for name, value in settings.items():
        environment["METAFLOW_" + name] = value
    return subprocess.check_output([sys.executable, "-c", DECOSPECS], env=environment).decode().strip()


class Everywhere(unittest.TestCase):
    """`METAFLOW_STEPFIT_EVERYWHERE`, as Metaflow understands it. That it then measures is shown by real runs."""

    def setUp(self):
        from metaflow import metaflow_config

        if not hasattr(metaflow_config, "DEFAULT_DECOSPECS"):
            self.skipTest("Metaflow 2.12.0 has no default decospecs")

    def test_is_off_unless_it_is_switched_on(self):
        self.assertEqual(decospecs(), "")
        self.assertEqual(decospecs(STEPFIT_EVERYWHERE="1"), "stepfit")

    def test_is_off_where_it_is_switched_off(self):
        self.assertEqual(decospecs(STEPFIT_EVERYWHERE=""), "")
        self.assertEqual(decospecs(STEPFIT_EVERYWHERE="1", STEPFIT_DISABLE="1"), "")

    def test_goes_beside_decospecs_of_ones_own_once(self):
        for own, all_of_them in (
            ("retry:times=0", "retry:times=0 stepfit"),
            ("stepfit:project=own", "stepfit:project=own"),
            ("stepfit retry:times=0", "stepfit retry:times=0"),
        ):
            with self.subTest(own=own):
                self.assertEqual(decospecs(DEFAULT_DECOSPECS=own, STEPFIT_EVERYWHERE="1"), all_of_them)
