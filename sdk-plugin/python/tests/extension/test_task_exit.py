import unittest

from metaflow_extensions.stepfit.plugins.task_exit import explain_exit, is_of_interest

OUT_OF_MEMORY = (
    "Task ran out of memory. Increase the available memory by specifying @resource(memory=...) for the step. "
)
BATCH_OOM = (
    "OutOfMemoryError: Container killed due to memory usage This could be a transient error. Use @retry to retry."
)


def explain(return_code, backend="kubernetes", line="", was_killed=False):
    return explain_exit(return_code, was_killed, backend, line if is_of_interest(line) else "")


class ExplainExit(unittest.TestCase):
    def test_on_one_machine_the_return_code_is_the_tasks(self):
        self.assertEqual(explain(-9, "local"), {"exitCode": -9})
        self.assertIsNone(explain(0, "local"))

    def test_what_metaflow_kills_at_the_end_of_a_run_is_lost(self):
        self.assertEqual(explain(-9, "local", was_killed=True)["outcome"], "lost")

    def test_out_of_memory_on_kubernetes_is_any_exit_code_137_so_nothing_is_claimed(self):
        self.assertEqual(explain(1, line=OUT_OF_MEMORY), {"exitCode": 137})

    def test_lines_of_a_stored_log_have_a_stamp(self):
        stamp = "[MFLOG|0|2026-01-01T00:00:00.000000Z|runtime|5e2f]"
        stored = explain_exit(1, False, "kubernetes", "\n".join([stamp + "Kubernetes error:", stamp + OUT_OF_MEMORY]))
        self.assertEqual(stored, {"exitCode": 137})

    def test_out_of_memory_on_batch_is_amazons_own_word(self):
        self.assertEqual(explain(1, "batch", BATCH_OOM)["outcome"], "oom")

    def test_other_ends_of_a_pod(self):
        line = "Error (exit code 3). This could be a transient error. Use @retry to retry."
        self.assertEqual(explain(1, line=line), {"exitCode": 3})
        self.assertEqual(explain(1, line="Task failed with a segmentation fault."), {"exitCode": 139})
        line = "DeadlineExceeded: Job was active longer than specified deadline. This could be"
        self.assertEqual(explain(1, line=line)["outcome"], "timeout")
        self.assertIsNone(explain(1, line="Evicted: The node was low on resource: memory."))

    def test_a_pod_that_ended_before_its_job_is_taken_for_a_success_by_its_launcher(self):
        line = "[pod t-1-abc] Task finished with exit code 137."
        self.assertEqual(explain(0, line=line), {"exitCode": 137})
        self.assertIsNone(explain(0, line="[pod t-1-abc] Task finished with exit code 0."))

    def test_what_a_user_prints_is_not_taken_for_it(self):
        for line in (OUT_OF_MEMORY, BATCH_OOM, "Error (exit code 3)"):
            self.assertIsNone(explain(1, line="[pod t-1-abc] " + line), line)
