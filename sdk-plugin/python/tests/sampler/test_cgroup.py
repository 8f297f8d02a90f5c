import os
import tempfile
import unittest

from cgroup import CgroupReading, find_memory_cgroup, read_cgroup
from cgroup_need import CgroupMemory
from process_tree import ProcessReading

MIB = 1024 * 1024
RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")


def folder_with(files):
    folder = tempfile.mkdtemp()
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    return folder


VERSION_2 = {
    "memory.current": "524288000\n",
    "memory.peak": "734003200\n",
    "memory.max": "1073741824\n",
    "memory.stat": "anon 314572800\nfile 209715200\ninactive_file 104857600\nactive_file 52428800\n"
    "slab_reclaimable 10485760\nshmem 52428800\n",
    "memory.events": "low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n",
}
VERSION_1 = {
    "memory.usage_in_bytes": "524288000\n",
    "memory.max_usage_in_bytes": "629145600\n",
    "memory.limit_in_bytes": "9223372036854771712\n",
    "memory.stat": "cache 1\ntotal_active_file 52428800\ntotal_inactive_file 104857600\n",
    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
}


class ReadCgroup(unittest.TestCase):
    """Files as the kernel documents them (admin-guide/cgroup-v2, cgroup-v1/memory)."""

    def test_version_2_keeps_page_cache_apart_and_tmpfs_in(self):
        self.assertEqual(
            read_cgroup(folder_with(VERSION_2)),
            CgroupReading(500 * MIB, 160 * MIB, 700 * MIB, 1024 * MIB, 1),
        )

    def test_version_2_of_an_old_kernel_has_no_mark_and_may_have_no_limit(self):
        files = dict(VERSION_2, **{"memory.max": "max\n"})
        del files["memory.peak"]
        reading = read_cgroup(folder_with(files))
        self.assertEqual((reading.high_water, reading.limit), (None, None))

    def test_version_1(self):
        self.assertEqual(
            read_cgroup(folder_with(VERSION_1)),
            CgroupReading(500 * MIB, 150 * MIB, 600 * MIB, None, 2),
        )

    def test_version_1_keeps_what_the_kernel_holds_for_page_cache_apart_as_far_as_it_holds_anything(self):
        for kernel, expected in (("1048576", 151 * MIB), ("104857600", 150 * MIB + int(150 * MIB * 104 / 4096))):
            files = dict(VERSION_1, **{"memory.kmem.usage_in_bytes": kernel})
            self.assertEqual(read_cgroup(folder_with(files)).cache, expected)

    def test_version_1_as_recorded(self):
        """A process that held 120 MiB, wrote 30 MiB to tmpfs and 64 MiB to a file, and mapped 16 MiB of it."""
        reading = read_cgroup(os.path.join(RECORDED, "cgroup1", "memory", "task"))
        self.assertEqual(
            reading, CgroupReading(228139008, 67325952, 312209408, 512 * MIB, 0)
        )
        self.assertGreater(reading.usage - reading.cache, 150 * MIB)

    def test_a_folder_without_memory_files_is_none(self):
        self.assertIsNone(read_cgroup(folder_with({"cgroup.procs": "1\n"})))


class FindCgroup(unittest.TestCase):
    def find(self, membership, mounted):
        proc = folder_with({"7/cgroup": membership})
        mount = folder_with(mounted)
        found = find_memory_cgroup(7, proc=proc, mount=mount)
        return None if found is None else os.path.relpath(found, mount)

    def test_version_2_by_path(self):
        self.assertEqual(self.find("0::/pod/c1\n", {"pod/c1/memory.current": "1\n"}), "pod/c1")

    def test_a_path_of_the_host_falls_back_to_the_containers_own_root(self):
        self.assertEqual(self.find("0::/../../kubepods/c1\n", {"memory.current": "1\n"}), ".")

    def test_a_folder_without_the_controller_belongs_to_the_one_around_it(self):
        mounted = {"pod/c1/cgroup.procs": "7\n", "pod/memory.current": "1\n"}
        self.assertEqual(self.find("0::/pod/c1\n", mounted), "pod")

    def test_version_1_wins_on_a_hybrid_host(self):
        membership = "4:memory:/docker/c1\n0::/docker/c1\n"
        mounted = {"memory/docker/c1/memory.usage_in_bytes": "1\n"}
        self.assertEqual(self.find(membership, mounted), "memory/docker/c1")

    def test_none_where_there_is_no_memory_controller(self):
        self.assertIsNone(self.find("0::/\n", {"cgroup.procs": "7\n"}))


def reading(usage, cache=0, high_water=None, oom_kills=None):
    mark = None if high_water is None else high_water * MIB
    return CgroupReading(usage * MIB, cache * MIB, mark, None, oom_kills)


def process(rss, high_water=None, file=0, pid=7):
    item = ProcessReading(pid, 1, 0, 0.0, 0.0, rss * MIB)
    item.high_water_bytes = (rss if high_water is None else high_water) * MIB
    item.file_bytes = file * MIB
    return item


class FoldCgroup(unittest.TestCase):
    def fold(self, *readings):
        memory = CgroupMemory()
        for item in readings:
            memory.fold(item)
        return memory

    def test_the_mark_catches_what_no_sample_saw(self):
        memory = self.fold(reading(100, high_water=100), reading(120, high_water=900))
        self.assertEqual((memory.peak.bytes, memory.peak.source), (900 * MIB, "cgroup-peak"))

    def test_page_cache_is_no_need(self):
        memory = self.fold(
            reading(150, cache=50, high_water=150), reading(1000, cache=800, high_water=1000)
        )
        self.assertEqual(memory.need_bytes, 200 * MIB)
        self.assertEqual(memory.peak.bytes, 200 * MIB)

    def test_cache_that_was_dropped_meanwhile_is_no_need_either(self):
        memory = self.fold(
            reading(900, cache=800, high_water=900), reading(110, cache=10, high_water=950)
        )
        self.assertEqual(memory.peak.bytes, 150 * MIB)

    def test_a_mark_from_before_the_attempt_says_nothing_about_it(self):
        memory = self.fold(reading(100, high_water=900), reading(300, high_water=900))
        self.assertEqual((memory.peak.bytes, memory.peak.source), (300 * MIB, "pss"))

    def test_the_peak_never_falls(self):
        memory = self.fold(
            reading(600, high_water=600), reading(700, high_water=700), reading(1000, 900, 1000)
        )
        self.assertEqual((memory.peak.bytes, memory.peak.source), (700 * MIB, "cgroup-peak"))

    def test_without_a_mark_the_samples_are_the_peak(self):
        memory = self.fold(reading(300), reading(200))
        self.assertEqual((memory.peak.bytes, memory.peak.source), (300 * MIB, "pss"))

    def test_mapped_files_are_need_once(self):
        memory = CgroupMemory()
        memory.fold(reading(500, cache=400), [process(120, file=100), process(90, file=80, pid=8)])
        self.assertEqual((memory.need_bytes, memory.cache_bytes), (200 * MIB, 300 * MIB))

    def test_mapped_files_are_need_whoever_is_charged_for_them(self):
        memory = CgroupMemory()
        memory.fold(reading(100, cache=5), [process(120, file=30)])
        self.assertEqual((memory.need_bytes, memory.cache_bytes), (125 * MIB, 0))

    def test_a_mark_of_the_container_keeps_what_was_mapped_at_both_ends(self):
        memory = CgroupMemory()
        memory.fold(reading(150, cache=50, high_water=150), [process(100, file=20)])
        memory.fold(reading(160, cache=60, high_water=500), [process(100, file=30)])
        self.assertEqual((memory.peak.bytes, memory.peak.source), (460 * MIB, "cgroup-peak"))

    def test_a_spike_below_the_containers_mark_shows_in_the_processs(self):
        memory = CgroupMemory()
        memory.fold(reading(1000, cache=800, high_water=1000), [process(150)])
        memory.fold(reading(1000, cache=800, high_water=1000), [process(150, high_water=550)])
        self.assertEqual((memory.peak.bytes, memory.peak.source), (600 * MIB, "vm-hwm"))

    def test_a_processs_mark_is_no_more_than_the_container_ever_held(self):
        memory = CgroupMemory()
        memory.fold(reading(200, high_water=400), [process(150)])
        memory.fold(reading(200, high_water=400), [process(150, high_water=900)])
        self.assertEqual(memory.peak.bytes, 400 * MIB)

    def test_memory_that_moved_between_processes_counts_once(self):
        memory = CgroupMemory()
        memory.fold(reading(100, high_water=100), [process(50), process(50, pid=8)])
        after = [process(50, high_water=300), process(350, pid=8)]
        memory.fold(reading(400, high_water=400), after)
        self.assertEqual(memory.peak.bytes, 400 * MIB)

    def test_the_last_word_raises_the_peak_after_the_last_sample(self):
        memory = CgroupMemory()
        memory.fold(reading(300, high_water=900), [process(150)])
        memory.fold_end({"pid": 7, "vm_hwm": 550 * MIB, "children_maxrss": 650 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (700 * MIB, "vm-hwm"))
        memory.fold_end({"pid": 7, "vm_hwm": 550 * MIB, "children_maxrss": 1200 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (900 * MIB, "rusage"))

    def test_oom_kills_count_from_the_start_of_the_attempt(self):
        self.assertEqual(self.fold(reading(1, oom_kills=3), reading(1, oom_kills=5)).oom_kills, 2)
        self.assertIsNone(self.fold(reading(1)).oom_kills)
