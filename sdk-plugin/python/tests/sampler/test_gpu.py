import json
import os
import shutil
import stat
import tempfile
import time
import unittest

from gpu import AmdFiles, GpuWatch
from gpu_readings import GpuReading, is_visible, parse_line, parse_rocm_smi

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "../../../../test/sdk-plugin/gpu-readings.json")) as shared_cases:
    SHARED = json.load(shared_cases)
TWO_CARDS = next(case for case in SHARED["answers"] if case["name"].startswith("two"))


def to_reading(expected):
    amounts = (expected.get(name) for name in ("utilization", "memoryUsedBytes", "memoryTotalBytes"))
    return GpuReading(expected["index"], expected["uuid"], *amounts)


class SharedCases(unittest.TestCase):
    """The cases that the sampler in TypeScript is held to as well."""

    def test_lines_of_nvidia_smi(self):
        self.assertTrue(SHARED["lines"])
        for case in SHARED["lines"]:
            expected = to_reading(case["expected"]) if "expected" in case else None
            self.assertEqual(parse_line(case["line"] + "\n"), expected, case["line"])

    def test_answers_of_rocm_smi(self):
        self.assertTrue(SHARED["answers"])
        for case in SHARED["answers"]:
            expected = [to_reading(each) for each in case["expected"]]
            self.assertEqual(parse_rocm_smi(case["text"]), expected, case["name"])

    def test_files_of_amds_driver(self):
        self.assertTrue(SHARED["machines"])
        for case in SHARED["machines"]:
            with tempfile.TemporaryDirectory() as root:
                for name, text in case["files"].items():
                    path = os.path.join(root, name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "w") as file:
                        file.write(text)
                self.assertEqual(AmdFiles(root).read(), [to_reading(each) for each in case["expected"]], case["name"])

    def test_what_the_runtimes_variables_show(self):
        self.assertTrue(SHARED["visibility"])
        for case in SHARED["visibility"]:
            self.assertEqual(is_visible(to_reading(case), case.get("variable")), case["isVisible"], case)


class Watch(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.logged = []

    def watch(self, **environ):
        environ.setdefault("PATH", self.folder)
        watch = GpuWatch(environ, self.logged.append, root=self.folder)
        self.addCleanup(watch.stop)
        return watch

    def tool(self, name, *lines):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\nPATH=/usr/bin:/bin\n" + "\n".join(lines) + "\n")
        os.chmod(path, stat.S_IRWXU)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def wait_for(self, watch):
        gives_up_at = time.monotonic() + 30
        readings = []
        while not readings:
            self.assertLess(time.monotonic(), gives_up_at, "no reading came")
            time.sleep(0.01)
            readings = watch.take()
        return readings

    def test_without_tools_and_driver_there_are_no_gpus_and_nothing_is_said(self):
        self.assertEqual(self.watch().take(), [])
        self.assertEqual(self.logged, [])

    def test_reports_each_visible_card_once_for_each_line_of_the_running_tool(self):
        self.tool("nvidia-smi", 'printf "0, GPU-aa, 10, 100, 1000\\n1, GPU-bb, 20, 200, 1000\\n"', "exec sleep 30")
        watch = self.watch(CUDA_VISIBLE_DEVICES="1")
        self.assertEqual([reading.uuid for reading in self.wait_for(watch)], ["GPU-bb"])
        self.assertEqual(watch.take(), [])

    def test_a_tool_that_ends_at_once_leaves_no_readings_and_no_trace(self):
        self.tool("nvidia-smi", 'echo "NVIDIA-SMI has failed"', "exit 9")
        self.assertEqual(self.watch().take(), [])

    def test_a_tool_that_cannot_be_run_is_said_once(self):
        self.write("nvidia-smi", "")
        os.chmod(os.path.join(self.folder, "nvidia-smi"), stat.S_IRWXU)
        self.watch().take()
        self.assertLessEqual(len(self.logged), 1)

    def test_amds_driver_is_read_once_a_second_and_rocm_smi_not_started_then(self):
        machine = SHARED["machines"][0]
        for name, text in machine["files"].items():
            self.write(name, text)
        self.tool("rocm-smi", 'touch "%s/started"' % self.folder)
        watch = self.watch()
        self.assertEqual(len(watch.take()), len(machine["expected"]))
        self.assertEqual(watch.take(), [])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "started")))

    def test_rocm_smi_is_asked_where_the_driver_is_hidden(self):
        self.write("answer.json", TWO_CARDS["text"])
        self.tool("rocm-smi", 'cat "%s/answer.json"' % self.folder)
        uuids = [reading.uuid for reading in self.wait_for(self.watch(HIP_VISIBLE_DEVICES="1"))]
        self.assertEqual(uuids, ["AMD-5e7c02bd9d5b0a3f"])


if __name__ == "__main__":
    unittest.main()
