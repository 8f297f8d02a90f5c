import os
import shutil
import stat
import tempfile
import time
import unittest

from gpu import GpuWatch
from gpu_readings import GpuReading, is_visible, parse_line, parse_rocm_smi

GIB = 1024 * 1024 * 1024


class ParseLine(unittest.TestCase):
    """Lines follow NVIDIA's documentation of `--query-gpu`; the bracketed answers are as people reported
    them (a MIG-enabled A100 in an unprivileged pod: StableSwarmUI issue 388)."""

    def test_reads_a_card_that_reports_everything(self):
        line = "0, GPU-7fdaf0a5-179b-f636-d15d-daf243e3ff16, 87, 40960, 81920\n"
        self.assertEqual(
            parse_line(line),
            GpuReading(0, "GPU-7fdaf0a5-179b-f636-d15d-daf243e3ff16", 0.87, 40 * GIB, 80 * GIB),
        )

    def test_leaves_out_what_a_card_does_not_report(self):
        for word in ("[N/A]", "N/A", "[Not Supported]", "[Insufficient Permissions]", "ERR!"):
            reading = parse_line("3, GPU-aa, %s, %s, 15360" % (word, word))
            self.assertEqual(reading, GpuReading(3, "GPU-aa", None, None, 15 * GIB), word)

    def test_reads_the_cards_of_a_machine_with_several(self):
        """The four A100 of telegraf's issue 5812, the first split by MIG, which then reports no utilisation
        (nvidia_gpu_exporter's issue 203) and the memory of the whole card; the loads are CHTC's (pull request 24)."""
        lines = (
            "0, GPU-513536b6-7d19-9063-b049-1e69664bb298, [N/A], 39, 81920",
            "1, GPU-d8594bd4-0fc3-8595-e355-7c98138f3b95, 100, 7488, 81920",
            "2, GPU-5e375e7e-b41f-155b-dcdc-534524c356fc, 100, 7500, 81920",
            "3, GPU-69ec2344-ebac-b028-f88f-452abb3d7f11, 99, 7500, 81920",
        )
        readings = [parse_line(line) for line in lines]
        self.assertEqual([item.index for item in readings], [0, 1, 2, 3])
        self.assertEqual([item.utilization for item in readings], [None, 1.0, 1.0, 0.99])
        self.assertEqual(sum(item.memory_used_bytes for item in readings), 22527 * 1024 * 1024)

    def test_ignores_what_is_no_reading(self):
        for line in (
            "",
            "No devices were found",
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
            "index, uuid, utilization.gpu [%], memory.used [MiB], memory.total [MiB]",
            "0, GPU-aa, 1, 2",
            "0, GPU-aa, 1, 2, 3, 4",
        ):
            self.assertIsNone(parse_line(line), line)


class Visibility(unittest.TestCase):
    card = GpuReading(2, "GPU-cc11", 0.5, 1, 2)

    def test_every_card_is_visible_without_the_variable(self):
        self.assertTrue(is_visible(self.card, None))

    def test_cards_are_named_by_index_or_by_the_start_of_their_uuid(self):
        self.assertTrue(is_visible(self.card, "0,2"))
        self.assertTrue(is_visible(self.card, "GPU-cc"))
        self.assertFalse(is_visible(self.card, "0,1"))
        self.assertFalse(is_visible(self.card, "GPU-dd"))

    def test_an_empty_or_unknown_entry_hides_all_that_follow(self):
        self.assertFalse(is_visible(self.card, ""))
        self.assertFalse(is_visible(self.card, "-1,2"))
        self.assertFalse(is_visible(self.card, "NoDevFiles"))


class RocmSmi(unittest.TestCase):
    """Figures as people printed them: a Radeon RX 7900 XT (marimo issue 9237), and a machine with an integrated
    card too (Beszel's recorded output). The unique id, and the warning that rocm-smi may print first, are ours."""

    ONE = """WARNING: AMD GPU device(s) is/are in a low-power state. Check power control/runtime_status

{"card0": {"GPU use (%)": "0", "VRAM Total Memory (B)": "21458059264",
 "VRAM Total Used Memory (B)": "27856896", "Card Series": "Radeon RX 7900 XT", "GUID": "26967"}}"""
    TWO = """{"card0": {"GUID": "34756", "GPU use (%)": "0", "VRAM Total Memory (B)": "536870912",
 "VRAM Total Used Memory (B)": "482263040", "Card Series": "Rembrandt [Radeon 680M]", "Unique ID": "N/A"},
"card1": {"GUID": "38294", "GPU use (%)": "20.3", "VRAM Total Memory (B)": "25753026560",
 "VRAM Total Used Memory (B)": "794341376", "Unique ID": "0x5E7C02BD9D5B0A3F"},
"system": {"Driver version": "6.7.0"}}"""

    def test_one_card_behind_a_warning(self):
        expected = GpuReading(0, "AMD-card0", 0.0, 27856896, 21458059264)
        self.assertEqual(parse_rocm_smi(self.ONE), [expected])

    def test_two_cards_one_of_them_with_an_id(self):
        integrated, discrete = parse_rocm_smi(self.TWO)
        self.assertEqual(integrated, GpuReading(0, "AMD-card0", 0.0, 482263040, 536870912))
        self.assertEqual(discrete.uuid, "AMD-5e7c02bd9d5b0a3f")
        self.assertAlmostEqual(discrete.utilization, 0.203)

    def test_what_a_card_does_not_report_is_left_out(self):
        text = '{"card0": {"GPU use (%)": "N/A", "VRAM Total Memory (B)": "100"}}'
        self.assertEqual(parse_rocm_smi(text), [GpuReading(0, "AMD-card0", None, None, 100)])

    def test_what_is_no_answer_has_no_cards(self):
        for text in ("", "No AMD GPUs specified", "[]", "{", '{"system": {}}', '{"card0": "N/A"}', "null"):
            self.assertEqual(parse_rocm_smi(text), [], text)


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

    def amd_card(self, name, node, busy, used, total, vendor="0x1002"):
        base = "sys/class/drm/%s/device/" % name
        self.write(base + "vendor", vendor + "\n")
        self.write(base + "drm/%s/dev" % node, "226:128\n")
        self.write(base + "unique_id", "5e7c02bd9d5b0a3%s\n" % name[-1])
        self.write(base + "gpu_busy_percent", "%d\n" % busy)
        self.write(base + "mem_info_vram_used", "%d\n" % used)
        self.write(base + "mem_info_vram_total", "%d\n" % total)

    def test_amds_driver_is_read_for_the_cards_that_the_container_has(self):
        self.amd_card("card0", "renderD128", 7, 10, 100)
        self.amd_card("card1", "renderD129", 50, 20, 100)
        self.amd_card("card2", "renderD130", 1, 1, 1, vendor="0x10de")
        self.write("dev/dri/renderD129", "")
        self.write("dev/dri/renderD130", "")
        watch = self.watch()
        self.assertEqual(watch.take(), [GpuReading(0, "AMD-5e7c02bd9d5b0a31", 0.5, 20, 100)])
        self.assertEqual(watch.take(), [])

    def test_rocm_smi_is_asked_where_the_driver_is_hidden(self):
        self.write("answer.json", RocmSmi.TWO)
        self.tool("rocm-smi", 'cat "%s/answer.json"' % self.folder)
        uuids = [reading.uuid for reading in self.wait_for(self.watch(HIP_VISIBLE_DEVICES="1"))]
        self.assertEqual(uuids, ["AMD-5e7c02bd9d5b0a3f"])


if __name__ == "__main__":
    unittest.main()
