import json
import os
import tempfile
import unittest

from cgroup import CgroupReading, find_memory_cgroup, read_cgroup
from cgroup_need import CgroupMemory
from process_tree import ProcessReading

MIB = 1024 * 1024
HERE = os.path.dirname(os.path.abspath(__file__))
RECORDED = os.path.join(HERE, "recorded")
with open(os.path.join(HERE, "../../../../test/sdk-plugin/cgroup-memory.json")) as shared_cases:
    SHARED = json.load(shared_cases)


def folder_with(files):
    folder = tempfile.mkdtemp()
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    return folder


class ReadCgroup(unittest.TestCase):
    """By the cases that the sampler in TypeScript is held to as well."""

    def test_shared_cases(self):
        self.assertTrue(SHARED["readings"])
        for case in SHARED["readings"]:
            with self.subTest(case["name"]):
                recorded = case.get("recorded")
                folder = os.path.join(RECORDED, recorded) if recorded else folder_with(case["files"])
                names = ("usageBytes", "cacheBytes", "highWaterBytes", "limitBytes", "oomKills")
                expected = CgroupReading(*(case["expected"].get(name) for name in names))
                self.assertEqual(read_cgroup(folder), expected)

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


def reading(sample):
    mark = sample.get("highWaterMiB")
    return CgroupReading(
        usage=sample["usageMiB"] * MIB,
        cache=sample.get("cacheMiB", 0) * MIB,
        high_water=None if mark is None else mark * MIB,
        limit=None,
        oom_kills=sample.get("oomKills"),
    )


def process(pid, rssMiB, highWaterMiB=None, fileMiB=0):
    item = ProcessReading(pid, 1, 0, 0.0, 0.0, rssMiB * MIB)
    item.high_water_bytes = (rssMiB if highWaterMiB is None else highWaterMiB) * MIB
    item.file_bytes = fileMiB * MIB
    return item


class FoldCgroup(unittest.TestCase):
    def test_shared_cases(self):
        self.assertTrue(SHARED["folds"])
        for case in SHARED["folds"]:
            with self.subTest(case["name"]):
                memory = CgroupMemory()
                for sample in case["samples"]:
                    memory.fold(reading(sample), [process(**item) for item in sample.get("processes", ())])
                children = case.get("childrenMaxRssMiB")
                if children is not None:
                    memory.fold_end({"pid": 7, "children_maxrss": children * MIB})
                found = {
                    "needMiB": memory.need_bytes / MIB,
                    "cacheMiB": memory.cache_bytes / MIB,
                    "peakMiB": memory.peak.bytes / MIB,
                    "source": memory.peak.source,
                }
                if memory.oom_kills is not None:
                    found["oomKills"] = memory.oom_kills
                self.assertEqual(found, case["expected"])

    def test_the_last_word_of_the_step_raises_the_peak_after_the_last_sample(self):
        memory = CgroupMemory()
        memory.fold(reading({"usageMiB": 300, "highWaterMiB": 900}), [process(pid=7, rssMiB=150)])
        memory.fold_end({"pid": 7, "vm_hwm": 550 * MIB, "children_maxrss": 650 * MIB})
        self.assertEqual((memory.peak.bytes, memory.peak.source), (700 * MIB, "vm-hwm"))
