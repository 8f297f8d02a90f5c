import os
import tempfile
import time
import unittest

from metaflow_extensions.stepfit.plugins.attempt_facts import cpu_seconds, describe_attempt, last_word
from metaflow_extensions.stepfit.plugins.sampler_process import SamplerProcess
from metaflow_extensions.stepfit.plugins.settings import read_settings


class Flow(object):
    name = "F"


class RealSampler(unittest.TestCase):
    """Starts real samplers, for a collector that is not there: they have to spool."""

    def setUp(self):
        self.spool_dir = tempfile.mkdtemp()
        settings = read_settings()._replace(url="http://127.0.0.1:9", spool_dir=self.spool_dir)
        self.start = describe_attempt(settings, ("F", "1", "work", "2", 0), Flow(), (), ())

    def test_is_no_child_of_ours_from_the_first_moment(self):
        sampler = SamplerProcess()
        with self.assertRaises(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        sampler.close()

    def test_inherits_none_of_our_files(self):
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        sampler = SamplerProcess()
        os.close(writer)
        # The stream ends although the sampler runs: it holds no copy of the writing end.
        self.assertEqual(os.read(reader, 1), b"")
        os.close(reader)
        sampler.close()

    def test_ends_once_everything_is_delivered_or_spooled(self):
        sampler = SamplerProcess()
        sampler.send(dict(self.start, event="start", cpu_before_s=cpu_seconds()))
        sampler.send(dict(last_word(), event="end", ok=True, evidence=None))
        sampler.wait_until_done(30)
        (folder,) = os.listdir(self.spool_dir)
        kinds = [name.split(".")[1] for name in os.listdir(os.path.join(self.spool_dir, folder))]
        self.assertEqual(sorted(kinds), ["metrics", "traces"])

    def test_waiting_for_a_sampler_that_does_not_end_has_an_end(self):
        sampler = SamplerProcess()
        sampler.wait_until_done(0.01)
        sampler.close()

    def test_a_sampler_that_has_died_costs_the_step_an_error_it_swallows_and_no_signal(self):
        sampler = SamplerProcess()
        sampler.send({"event": "nonsense"})
        sampler.wait_until_done(30)
        with self.assertRaises(BrokenPipeError):
            while True:
                sampler.send({"event": "start"})
                time.sleep(0.01)
        sampler.close()
