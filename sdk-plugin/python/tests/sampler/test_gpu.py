import os
import stat
import tempfile
import time
import unittest

from gpu import GpuReading, GpuWatch, is_visible, parse_line

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


class Watch(unittest.TestCase):
    def test_without_the_tool_there_are_no_gpus(self):
        watch = GpuWatch(command="/nonexistent/nvidia-smi")
        self.assertEqual(watch.take(), [])
        watch.stop()

    def test_reports_each_visible_card_once_for_each_line_of_the_running_tool(self):
        folder = tempfile.mkdtemp()
        command = os.path.join(folder, "nvidia-smi")
        with open(command, "w") as file:
            file.write(
                "#!/bin/sh\n"
                'echo "0, GPU-aa, 10, 100, 1000"\n'
                'echo "1, GPU-bb, 20, 200, 1000"\n'
                "exec sleep 30\n"
            )
        os.chmod(command, stat.S_IRWXU)
        watch = GpuWatch(visible_devices="1", command=command)
        readings = []
        while not readings:
            time.sleep(0.01)
            readings = watch.take()
        self.assertEqual([reading.uuid for reading in readings], ["GPU-bb"])
        self.assertEqual(watch.take(), [])
        watch.stop()
