import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from process_tree import ProcessTree, parse_io, parse_kib_fields, parse_stat

BURN = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\n"


def wait_for(condition):
    gives_up_at = time.monotonic() + 30
    while not condition():
        if time.monotonic() > gives_up_at:
            raise AssertionError("what the test waits for never came")
        time.sleep(0.01)


def cpu_s(tree):
    return sum(reading.user_s + reading.system_s for reading in tree.read())


class Parse(unittest.TestCase):
    def test_a_command_may_hold_spaces_and_parentheses(self):
        numbers = " ".join(str(number) for number in range(20, 49))
        reading, state = parse_stat("42 (a) b (c) R 7 1 1 0 -1 0 0 0 0 0 100 50 20 10 %s" % numbers)
        self.assertEqual((reading.pid, reading.parent_pid, state), (42, 7, "R"))
        ticks = os.sysconf("SC_CLK_TCK")
        self.assertEqual((reading.user_s, reading.system_s), (120 / ticks, 60 / ticks))

    def test_kib_fields(self):
        text = "Name:\tpython\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n"
        self.assertEqual(parse_kib_fields(text, ("VmHWM",)), {"VmHWM": 2097152})

    def test_io(self):
        self.assertEqual(parse_io("rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n"), (4096, 8192))


class Tree(unittest.TestCase):
    """Real processes: a shell that starts what a test needs."""

    def start(self, script):
        process = self.run_in_own_group(["/bin/sh", "-c", script])
        return process, ProcessTree(process.pid)

    def run_in_own_group(self, command, **options):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **options)
        self.addCleanup(self._end, process)
        return process

    def _end(self, process):
        # Until it is waited for, its id and that of its group are nobody else's.
        os.killpg(process.pid, signal.SIGKILL)
        process.stdin.close()
        process.wait()

    def test_reads_the_root_first_and_descendants_after(self):
        process, tree = self.start("sh -c 'sleep 30 & wait' & wait")
        wait_for(lambda: len(tree.read()) == 3)
        readings = tree.read()
        self.assertEqual(readings[0].pid, process.pid)
        self.assertEqual(readings[1].parent_pid, process.pid)
        self.assertEqual(readings[2].parent_pid, readings[1].pid)

    def test_finds_the_same_tree_where_the_kernel_lists_no_children(self):
        process, tree = self.start("sleep 30 & wait")
        wait_for(lambda: len(tree.read()) == 2)
        tree._has_children_files = False
        readings = tree.read()
        self.assertEqual([item.parent_pid for item in readings][1:], [process.pid])

    def test_cpu_of_short_children_is_kept_by_their_parent(self):
        burn = "%s -c '%s'" % (sys.executable, BURN)
        process, tree = self.start("read line; %s; %s; read line" % (burn, burn))
        self.assertEqual(len(tree.read()), 1)
        process.stdin.write(b"go\n")
        process.stdin.flush()
        wait_for(lambda: len(tree.read()) == 1 and cpu_s(tree) > 0.4)
        self.assertGreaterEqual(cpu_s(tree), 0.59)

    def test_an_orphan_stays_in_the_tree_and_its_time_outlives_it(self):
        # It ends when its own source is gone.
        file = tempfile.NamedTemporaryFile("w", suffix=".py", delete=False)
        file.write(BURN + "import os\nwhile os.path.exists(__file__): time.sleep(0.01)\n")
        file.close()
        # The inner shell leaves its child behind; the outer one waits for a line that never comes.
        _, tree = self.start("sh -c '%s %s & sleep 0.3'; read line" % (sys.executable, file.name))
        wait_for(lambda: len(tree.read()) == 4)
        wait_for(lambda: len(tree.read()) == 2)
        orphan = tree.read()[1]
        self.assertNotEqual(orphan.parent_pid, tree.root_pid)
        wait_for(lambda: cpu_s(tree) > 0.28)
        os.remove(file.name)
        wait_for(lambda: len(tree.read()) == 1)
        self.assertGreater(tree.departed_user_s + tree.departed_system_s, 0.28)

    def test_a_process_that_has_not_run_is_idle_until_it_has(self):
        script = "import sys\nfor line in sys.stdin:\n    block = b'x' * (40 << 20)\n    del block\n    print('ok', flush=True)"
        process = self.run_in_own_group([sys.executable, "-c", script], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        tree = ProcessTree(process.pid)
        wait_for(lambda: tree.read() and tree.read()[0].is_idle)
        before = tree.read()[0].high_water_bytes
        process.stdin.write(b"go\n")
        process.stdin.flush()
        process.stdout.readline()
        after = tree.read()[0]
        self.assertFalse(after.is_idle)
        self.assertGreater(after.high_water_bytes, before + (38 << 20))
        wait_for(lambda: tree.read()[0].is_idle)
        self.assertEqual(tree.read()[0].high_water_bytes, after.high_water_bytes)

    def test_a_zombie_root_is_not_alive(self):
        process, tree = self.start("read line")
        tree.read()
        self.assertTrue(tree.is_alive())
        process.kill()
        wait_for(lambda: not tree.is_alive())
        self.assertEqual(tree.read(), [])
        self.assertIsNone(process.returncode)

    def test_shares_of_forked_memory_are_less_than_what_is_resident(self):
        script = (
            "import os,sys\nblock = os.urandom(20 << 20)\npid = os.fork()\n"
            "sys.stdin.readline()\n"
        )
        process = self.run_in_own_group([sys.executable, "-c", script])
        tree = ProcessTree(process.pid)
        wait_for(lambda: len(tree.read()) == 2)
        root = tree.read()[0]
        tree.read_share(root)
        own = root.rss_bytes - root.file_bytes
        self.assertGreater(own, 20 << 20)
        self.assertLess(root.share_bytes, own - (8 << 20))

    def test_what_a_process_freed_since_it_was_read_is_not_shared(self):
        process = self.run_in_own_group([sys.executable, "-c", "import sys; sys.stdin.readline()"])
        tree = ProcessTree(process.pid)
        wait_for(lambda: len(tree.read()) == 1)
        root = tree.read()[0]
        root.rss_bytes += 100 << 20
        tree.read_share(root)
        own = root.rss_bytes - root.file_bytes
        self.assertGreater(root.share_bytes, own - (10 << 20))
