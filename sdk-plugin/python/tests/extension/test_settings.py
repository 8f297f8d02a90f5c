import os
import unittest
from unittest import mock

from metaflow_extensions.stepfit.plugins.settings import read_settings


class ReadSettings(unittest.TestCase):
    def read(self, environment=None, **attributes):
        clean = dict((k, v) for k, v in os.environ.items() if not k.startswith("METAFLOW_STEPFIT_"))
        for name, value in (environment or {}).items():
            clean["METAFLOW_STEPFIT_" + name] = value
        with mock.patch.dict(os.environ, clean, clear=True):
            return read_settings(attributes)

    def test_defaults_reach_a_collector_on_the_same_machine(self):
        settings = self.read()
        self.assertEqual(settings.url, "http://127.0.0.1:4380")
        self.assertEqual(settings.interval_s, 1.0)
        self.assertEqual(settings.spool_dir, os.path.expanduser("~/.stepfit/spool"))
        self.assertEqual((settings.project, settings.token, settings.disabled), (None, None, False))
        self.assertTrue(settings.features_enabled)

    def test_attributes_win_over_the_environment(self):
        settings = self.read({"URL": "http://env:1/", "PROJECT": "p"}, url="http://attribute:2/")
        self.assertEqual((settings.url, settings.project), ("http://attribute:2", "p"))

    def test_a_token_is_never_taken_from_an_attribute(self):
        self.assertEqual(self.read({"TOKEN": "environment"}, token="attribute").token, "environment")

    def test_nonsense_counts_as_not_set(self):
        for text in ("soon", "nan", ""):
            self.assertEqual(self.read({"INTERVAL": text}).interval_s, 1.0, text)
        self.assertEqual(self.read({"INTERVAL": "-5"}).interval_s, 0.1)
        self.assertEqual(self.read({"INTERVAL": "1e9"}).interval_s, 10.0)

    def test_switches(self):
        for text, disabled in (("1", True), ("true", True), ("0", False), ("off", False), ("", False)):
            self.assertEqual(self.read({"DISABLE": text}).disabled, disabled, text)


