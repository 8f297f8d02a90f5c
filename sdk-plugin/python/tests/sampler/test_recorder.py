"""What a recorder makes of a real process, and that no reader's failure costs more than its own points."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import recorder
from recorder import Guard, Recorder


class NoGpus(object):
    def take(self):
        return []


def start_message(pid, owns_cgroup=False):
    return {
        "pid": pid,
        "owns_cgroup": owns_cgroup,
        "started_ns": int(time.time() * 1e9),
        "cpu_before_s": (0.0, 0.0),
    }


LAST_WORD = {"user_s": 1.0, "system_s": 0.5, "vm_hwm": 900 << 20, "children_maxrss": 0, "self_maxrss": 0}


class Guarding(unittest.TestCase):
    def test_a_failure_is_said_once_for_each_reader(self):
        logged = []
        guard = Guard(logged.append)
        for name in ("disks", "GPUs", "disks"):
            self.assertIsNone(guard.ask(name, lambda: 1 / 0))
        self.assertEqual(guard.ask("disks", lambda: 7), 7)
        self.assertEqual([text.split(":")[0] for text in logged], ["reading disks failed", "reading GPUs failed"])


class RealProcess(unittest.TestCase):
    def setUp(self):
        self.logged = []
        self.process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.stdin.close)

    def recorder(self, owns_cgroup=False):
        return Recorder(start_message(self.process.pid, owns_cgroup), NoGpus(), self.logged.append)

    def keys(self, sample):
        return sorted(set(key for key, _, _ in sample.points))

    def test_a_process_among_others_has_what_the_kernel_tells_of_it(self):
        sample = self.recorder().sample()
        expected = ["cpuTime", "diskIo", "memoryPeak", "memoryUsage", "processCount"]
        self.assertEqual([key for key in self.keys(sample) if key != "cpuWait"], expected)
        self.assertEqual(self.logged, [])

    def test_the_last_word_of_a_process_that_nobody_sampled_is_its_peak(self):
        sut = self.recorder()
        sut.sample(dict(LAST_WORD, pid=self.process.pid))
        self.assertEqual((sut.peak.bytes, sut.peak.source), (900 << 20, "vm-hwm"))
        self.assertGreaterEqual(sut.cpu_s, 1.5)

    def test_when_the_processes_are_gone_without_a_word_there_is_nothing_to_tell(self):
        sut = self.recorder()
        self.process.kill()
        self.process.wait()
        self.assertIsNone(sut.sample())

    def test_each_reader_may_fail_alone(self):
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        for owns_cgroup in (False, True):
            whole = self.keys(self.recorder(owns_cgroup).sample(dict(LAST_WORD, pid=self.process.pid)))
            for owner, name in (
                (recorder.ProcessTree, "read"),
                (recorder.ProcessTree, "read_share"),
                (recorder.TreeMemory, "fold"),
                (recorder.CgroupMemory, "fold"),
                (recorder.CoreWaits, "fold"),
                (recorder.CpuLimit, "__init__"),
                (recorder.CpuLimit, "throttled_s"),
                (recorder.DiskUse, "__init__"),
                (recorder.DiskUse, "read"),
                (recorder.NetworkUse, "__init__"),
                (recorder.NetworkUse, "read"),
                (recorder.OomWitness, "__init__"),
                (recorder.OomWitness, "look"),
                (recorder, "find_memory_cgroup"),
                (recorder, "read_cgroup"),
                (NoGpus, "take"),
            ):
                with self.subTest(owns_cgroup=owns_cgroup, reader=name, owner=owner):
                    self.logged = []
                    sample = self.sample_without(owner, name, owns_cgroup)
                    self.assertIn("cpuTime", self.keys(sample))
                    self.assertLessEqual(len(self.logged), 2)
                    self.assertLessEqual(len(set(whole) - set(self.keys(sample))), 4)

    def sample_without(self, owner, name, owns_cgroup):
        original = getattr(owner, name)

        def fail(*arguments):
            raise ValueError("injected")

        setattr(owner, name, fail)
        try:
            sut = self.recorder(owns_cgroup)
            sut.sample()
            return sut.sample(dict(LAST_WORD, pid=self.process.pid))
        finally:
            setattr(owner, name, original)


if __name__ == "__main__":
    unittest.main()
