import os
import subprocess
import sys
import tempfile
import unittest

from core_waits import MAX_THREADS, CoreWaits, parse_schedstat
from process_tree import ProcessReading

# Both burn half a second of the same core, so that each waits for the other.
BURN = (
    "import os, sys, time\n"
    "os.sched_setaffinity(0, [int(sys.argv[1])])\n"
    "print('pinned', flush=True)\n"
    "sys.stdin.readline()\n"
    "while time.process_time() < 0.5: pass\n"
    "print('done', flush=True)\n"
    "sys.stdin.readline()\n"
)


def of(pid, threads=1, is_idle=False):
    reading = ProcessReading(pid, 1, 0, 0.0, 0.0, 0, threads)
    reading.is_idle = is_idle
    return reading


class Parse(unittest.TestCase):
    def test_the_second_field_is_the_wait(self):
        self.assertEqual(parse_schedstat("900000000 1500000000 42\n"), 1.5)


class RealThreads(unittest.TestCase):
    def start(self, core):
        process = subprocess.Popen(
            [sys.executable, "-c", BURN, str(core)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        self.assertEqual(process.stdout.readline(), b"pinned\n")
        return process

    def test_two_processes_on_one_core_wait_for_each_other(self):
        core = min(os.sched_getaffinity(0))
        pair = [self.start(core), self.start(core)]
        waits = CoreWaits()
        pids = [of(process.pid) for process in pair]
        self.assertEqual(waits.fold(pids), 0.0)
        for process in pair:
            process.stdin.write(b"go\n")
            process.stdin.flush()
        for process in pair:
            self.assertEqual(process.stdout.readline(), b"done\n")
        # While the first burns its half second, the second waits about as long; a busy machine adds more.
        self.assertGreater(waits.fold(pids), 0.25)


class MadeUpProc(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.proc = folder.name

    def write(self, pid, thread, waited_s):
        folder = os.path.join(self.proc, str(pid), "task", str(thread))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "schedstat"), "w") as file:
            file.write("0 %d 1\n" % int(waited_s * 1e9))

    def test_what_was_waited_before_the_first_reading_does_not_count(self):
        self.write(7, 7, 5.0)
        waits = CoreWaits(self.proc)
        self.assertEqual(waits.fold([of(7)]), 0.0)
        self.write(7, 7, 6.5)
        self.assertEqual(waits.fold([of(7)]), 1.5)

    def test_a_thread_that_comes_later_counts_from_its_start_and_one_that_goes_keeps_its_share(self):
        self.write(7, 7, 0.0)
        waits = CoreWaits(self.proc)
        waits.fold([of(7)])
        self.write(7, 8, 2.0)
        self.assertEqual(waits.fold([of(7, threads=2)]), 2.0)
        os.remove(os.path.join(self.proc, "7", "task", "8", "schedstat"))
        self.assertEqual(waits.fold([of(7)]), 2.0)

    def test_a_tree_that_has_ended_keeps_what_it_waited(self):
        self.write(7, 7, 0.0)
        waits = CoreWaits(self.proc)
        waits.fold([of(7)])
        self.write(7, 7, 1.0)
        waits.fold([of(7)])
        self.assertEqual(waits.fold([]), 1.0)

    def test_a_process_that_has_not_run_is_not_asked_and_keeps_what_it_waited(self):
        self.write(7, 7, 1.0)
        waits = CoreWaits(self.proc)
        waits.fold([of(7)])
        self.write(7, 7, 4.0)
        self.assertEqual(waits.fold([of(7, is_idle=True)]), 0.0)
        self.assertEqual(waits.fold([of(7)]), 3.0)

    def test_too_many_threads_are_not_followed_at_all(self):
        self.write(7, 7, 0.0)
        waits = CoreWaits(self.proc)
        waits.fold([of(7)])
        self.assertIsNone(waits.fold([of(7, threads=MAX_THREADS + 1)]))
        self.assertIsNone(waits.fold([of(7)]))

    def test_a_kernel_that_does_not_tell_says_nothing(self):
        self.assertIsNone(CoreWaits(self.proc).fold([of(7)]))


if __name__ == "__main__":
    unittest.main()
