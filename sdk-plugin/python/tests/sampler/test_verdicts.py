import unittest

from verdicts import (
    describe_change,
    describe_proof,
    describe_savings,
    format_memory,
    format_number,
    to_verdict,
)


class Words(unittest.TestCase):
    def test_a_change_names_what_changes(self):
        change = describe_change({"memoryMiB": 16000, "cpuCores": 8}, {"memoryMiB": 512, "cpuCores": 8})
        self.assertEqual(change, "memory 15.6 GiB -> 512 MiB")

    def test_a_request_where_there_was_none(self):
        self.assertEqual(describe_change({}, {"memoryMiB": 512, "gpuCount": 0}), "memory 512 MiB, gpu 0")
        self.assertEqual(describe_change({"cpuCores": 1}, {"cpuCores": 1}), "no change")

    def test_the_proof_is_of_the_suggested_value(self):
        rows = [
            {"label": "current", "failures": 0, "attempts": 9},
            {"label": "suggested", "failures": 1, "attempts": 9},
        ]
        bound = {"upperBound": 0.4296, "confidence": 0.95}
        self.assertEqual(
            describe_proof({"attempts": 9, "memoryReplay": rows, "memoryBound": bound}),
            "1 of 9 attempts would have run out of memory; at most 43 % of the next will (95 % sure)",
        )

    def test_savings_say_what_is_freed_and_what_is_taken(self):
        self.assertEqual(
            describe_savings({"gibHoursPerRun": 0.5, "coreHoursPerRun": -1.25, "gpuHoursPerRun": 0}),
            "frees 0.5 GiB-h a run, takes 1.25 core-h a run",
        )

    def test_amounts(self):
        self.assertEqual([format_memory(mib) for mib in (None, 511.6, 16000)], ["-", "512 MiB", "15.6 GiB"])
        numbers = [format_number(value) for value in (None, 0, 0.00012, 0.0317, 8.0, 12345.6)]
        self.assertEqual(numbers, ["-", "0", "< 0.001", "0.0317", "8", "12346"])


class ToVerdict(unittest.TestCase):
    def test_a_step_that_nobody_has_looked_at_is_pending(self):
        verdict = to_verdict({"flow": "F", "step": "s", "current": {"cpuCores": 2}}, "http://page")
        self.assertEqual((verdict.skip_reason, verdict.suggested, verdict.savings), ("pending", None, None))
        self.assertEqual(verdict.effective, {"cpuCores": 2})
