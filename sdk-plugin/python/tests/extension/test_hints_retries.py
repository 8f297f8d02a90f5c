import unittest

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator
from metaflow.plugins.retry_decorator import RetryDecorator

from hinted_launch import CliArgs, Flow, HINT, Task, step_hints
from made_decorators import by_with, in_source
from metaflow_extensions.stepfit.plugins import hints_runtime


class Retries(unittest.TestCase):
    def runtime(self, *decorators, **hint):
        decorators = [in_source(ResourcesDecorator, memory=8000, cpu=4)] + list(decorators)
        known = step_hints(decorators, **hint)
        known.apply()
        return known, hints_runtime.StepRuntime(known, Flow(decorators), "7", None)

    def launch(self, runtime, task, command="step"):
        cli_args = CliArgs(task, command)
        runtime.size(cli_args, task.retries, task.user_code_retries)
        return cli_args

    def test_after_want_of_memory_get_the_second_value_then_the_last(self):
        _, runtime = self.runtime()
        task, seen = Task(), []
        for _ in range(3):
            told = self.launch(runtime, task).told()["hint"]
            seen.append((told["rung"], told["applied"].get("memoryMiB")))
            task.end(-9)
        self.assertEqual(seen, [("first", 1024), ("second", 2048), ("last", None)])
        self.assertEqual(task.user_code_retries, 2)

    def test_where_only_one_follows_get_the_last_value_at_once(self):
        _, runtime = self.runtime()
        task = Task(user_code_retries=1)
        self.launch(runtime, task)
        task.end(-9)
        self.assertEqual(self.launch(runtime, task).told()["hint"]["rung"], "last")

    def test_after_anything_else_are_the_users_alone_with_the_same_value(self):
        known, runtime = self.runtime(in_source(RetryDecorator, times=1))
        self.assertTrue(known.adds_retry)
        task = Task()
        self.launch(runtime, task)
        task.end(1, "ValueError: no such thing")
        self.assertEqual(task.user_code_retries, 1)
        self.assertEqual(self.launch(runtime, task).told()["hint"]["rung"], "first")

    def test_without_retry_in_the_source_a_failure_is_the_end(self):
        _, runtime = self.runtime()
        task = Task()
        self.launch(runtime, task)
        task.end(1, "ValueError: no such thing")
        self.assertEqual(task.user_code_retries, 0)

    def test_of_tasks_that_keep_their_own_values_are_as_without_us(self):
        _, runtime = self.runtime(share=0)
        task = Task()
        cli_args = self.launch(runtime, task, "batch")
        told = cli_args.told()
        self.assertEqual(told["hint"]["arm"], "control")
        self.assertNotIn("applied", told["hint"])
        self.assertEqual(task.user_code_retries, 0)
        self.assertEqual(cli_args.command_options["max-user-code-retries"], 0)
        self.assertEqual(cli_args.command_options["memory"], 8000)
        self.assertEqual(cli_args.command_options["cpu"], 4)

    def test_of_tasks_that_keep_what_is_in_force_go_by_that_plan(self):
        in_force = dict(HINT["plan"], first={"cpuCores": 2, "memoryMiB": 4096})
        in_force["second"] = {"cpuCores": 2, "memoryMiB": 6000}
        _, runtime = self.runtime(share=0, otherwise=in_force)
        task, seen = Task(), []
        for _ in range(3):
            told = self.launch(runtime, task).told()["hint"]
            seen.append((told["arm"], told["rung"], told.get("applied")))
            task.end(-9)
        self.assertEqual(
            seen,
            [
                ("control", "first", {"cpuCores": 2, "memoryMiB": 4096}),
                ("control", "second", {"cpuCores": 2, "memoryMiB": 6000}),
                ("control", "last", None),
            ],
        )

    def test_put_the_values_into_the_command_whatever_other_hooks_put_there_later(self):
        _, runtime = self.runtime(by_with(KubernetesDecorator))
        task = Task()
        cli_args = self.launch(runtime, task, "kubernetes")
        cli_args.command_options.update(memory="4096.0", cpu="1.0")
        cli_args.told()
        self.assertEqual(cli_args.command_options["memory"], 1074)
        self.assertEqual(cli_args.command_options["cpu"], 2)

    def test_want_of_memory_is_told_by_the_process_and_by_what_its_launcher_says(self):
        def ran_out(return_code, command, line=""):
            runtime = {"return_code": return_code, "killed": False}
            return hints_runtime.ran_out_of_memory(runtime, command, [line])

        container = "OutOfMemoryError: Container killed due to memory usage"
        self.assertTrue(ran_out(-9, "step"))
        self.assertTrue(ran_out(1, "step", "MemoryError"))
        self.assertTrue(ran_out(1, "kubernetes", "Task ran out of memory. Increase the available"))
        self.assertTrue(ran_out(1, "batch", container))
        self.assertFalse(ran_out(1, "step", "ValueError: MemoryError is my name"))
        self.assertFalse(ran_out(-11, "step"))
        self.assertFalse(ran_out(1, "batch", "Host EC2 terminated"))
        killed = {"return_code": -9, "killed": True}
        self.assertFalse(hints_runtime.ran_out_of_memory(killed, "step", []))

    def test_where_metaflow_masks_why_a_remote_task_ended_it_may_have_been_memory(self):
        line = "No completed attempts of the task was found for task 'F/7/train/3'"
        runtime = {"return_code": 1, "killed": False}
        self.assertTrue(hints_runtime.ran_out_of_memory(runtime, "batch", [line]))
        self.assertFalse(hints_runtime.ran_out_of_memory(runtime, "step", [line]))

    def test_of_a_remote_task_find_the_retry_decorator_that_its_launcher_reads(self):
        for compute in (KubernetesDecorator, BatchDecorator):
            known, _ = self.runtime(by_with(compute))
            added = [decorator for decorator in known.decorators if decorator.name == "retry"]
            self.assertEqual([decorator.step_task_retry_count() for decorator in added], [(0, 0)])
        known, _ = self.runtime()
        self.assertFalse(any(decorator.name == "retry" for decorator in known.decorators))

    def test_are_not_asked_of_a_compiler_which_would_repeat_every_failure(self):
        known = step_hints([in_source(ResourcesDecorator, memory=8000)], "argo-workflows")
        self.assertFalse(known.adds_retry)
        self.assertEqual(known.rung, "second")
