"""Quotas as files, and a real one where this machine lets us make a cgroup."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from cgroup_cpu import CpuLimit, parse_cpu_max, parse_throttled_s

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")
CPU_MOUNT = "/sys/fs/cgroup/cpu"
BURN = (
    "import sys, time\n"
    "print('ready', flush=True)\n"
    "sys.stdin.readline()\n"
    "end = time.process_time() + 0.06\n"
    "while time.process_time() < end: pass\n"
    "print('done', flush=True)\n"
    "sys.stdin.readline()\n"
)


class Parse(unittest.TestCase):
    def test_quota_of_version_2(self):
        self.assertEqual(parse_cpu_max("150000 100000\n"), 1.5)
        for text in ("max 100000\n", "", None, "150000\n", "a b\n", "1 0\n"):
            self.assertIsNone(parse_cpu_max(text), text)

    def test_time_held_back(self):
        """Version 1 as recorded here, version 2 as the kernel documents it (admin-guide/cgroup-v2)."""
        with open(os.path.join(RECORDED, "cgroup1", "cpu", "task", "cpu.stat")) as file:
            self.assertEqual(parse_throttled_s(file.read()), 1.126057773)
        version2 = "usage_usec 2417\nnr_periods 10\nnr_throttled 4\nthrottled_usec 1500000\nnr_bursts 0\n"
        self.assertEqual(parse_throttled_s(version2), 1.5)
        self.assertIsNone(parse_throttled_s("usage_usec 24\nuser_usec 20\nsystem_usec 4\n"))
        self.assertIsNone(parse_throttled_s(None))


class Limit(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def limit(self, mount=None):
        return CpuLimit(7, proc=self.folder, mount=mount or os.path.join(self.folder, "mount"))

    def test_version_1_as_recorded(self):
        self.write("7/cgroup", "1:cpu:/task\n")
        limit = self.limit(os.path.join(RECORDED, "cgroup1"))
        self.assertEqual((limit.cores, limit.throttled_s()), (0.5, 0.0))

    def test_what_was_held_back_before_does_not_count(self):
        self.write("7/cgroup", "0::/pod/c1\n")
        self.write("mount/pod/c1/cpu.max", "200000 100000\n")
        self.write("mount/pod/c1/cpu.stat", "throttled_usec 5000000\n")
        limit = self.limit()
        self.write("mount/pod/c1/cpu.stat", "throttled_usec 6250000\n")
        self.assertEqual((limit.cores, limit.throttled_s()), (2.0, 1.25))

    def test_the_tightest_quota_around_a_process_is_its_limit(self):
        self.write("7/cgroup", "0::/pod/c1\n")
        for folder, quota in (("pod/c1", "max"), ("pod", "100000"), (".", "400000")):
            self.write("mount/%s/cpu.max" % folder, quota + " 100000\n")
            self.write("mount/%s/cpu.stat" % folder, "throttled_usec 0\n")
        self.assertEqual(self.limit().cores, 1.0)

    def test_controllers_mounted_together(self):
        self.write("7/cgroup", "1:cpu,cpuacct:/c1\n")
        self.write("mount/cpu,cpuacct/c1/cpu.cfs_quota_us", "300000\n")
        self.write("mount/cpu,cpuacct/c1/cpu.cfs_period_us", "100000\n")
        self.write("mount/cpu,cpuacct/c1/cpu.stat", "throttled_time 0\n")
        self.assertEqual(self.limit().cores, 3.0)

    def test_nothing_is_said_where_nothing_holds_the_process(self):
        self.write("7/cgroup", "1:cpu:/c1\n")
        self.write("mount/cpu/c1/cpu.cfs_quota_us", "-1\n")
        self.write("mount/cpu/c1/cpu.cfs_period_us", "100000\n")
        self.write("mount/cpu/c1/cpu.stat", "throttled_time 0\n")
        limit = self.limit()
        self.assertEqual((limit.cores, limit.throttled_s()), (None, None))

    def test_a_cgroup_that_went_away_says_nothing(self):
        self.write("7/cgroup", "0::/c1\n")
        self.write("mount/c1/cpu.max", "100000 100000\n")
        self.write("mount/c1/cpu.stat", "throttled_usec 0\n")
        limit = self.limit()
        shutil.rmtree(os.path.join(self.folder, "mount"))
        self.assertIsNone(limit.throttled_s())


def can_make_cgroups():
    probe = os.path.join(CPU_MOUNT, "stepfit-probe-%d" % os.getpid())
    try:
        os.mkdir(probe)
        os.rmdir(probe)
    except OSError:
        return False
    return os.path.exists(os.path.join(CPU_MOUNT, "cpu.cfs_quota_us"))


@unittest.skipUnless(can_make_cgroups(), "no cgroup of version 1 for CPU that we may write to")
class RealQuota(unittest.TestCase):
    def test_a_busy_process_under_a_quota_is_held_back_for_the_rest_of_the_time(self):
        folder = os.path.join(CPU_MOUNT, "stepfit-test-%d" % os.getpid())
        os.mkdir(folder)
        self.addCleanup(os.rmdir, folder)
        with open(os.path.join(folder, "cpu.cfs_quota_us"), "w") as file:
            file.write("2000")
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-c", BURN], stdin=pipe, stdout=pipe)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        process.stdout.readline()
        with open(os.path.join(folder, "cgroup.procs"), "w") as file:
            file.write(str(process.pid))
        limit = CpuLimit(process.pid)
        self.assertEqual(limit.cores, 0.02)
        self.assertEqual(limit.throttled_s(), 0.0)
        process.stdin.write(b"go\n")
        process.stdin.flush()
        process.stdout.readline()
        # 0.06 s of work at a fiftieth of a core: up to three seconds are held back, and less the more of the
        # time others have the cores.
        self.assertGreater(limit.throttled_s(), 0.1)
        with open(os.path.join(folder, "cpu.stat")) as file:
            self.assertGreaterEqual(parse_throttled_s(file.read()), limit.throttled_s())


if __name__ == "__main__":
    unittest.main()
