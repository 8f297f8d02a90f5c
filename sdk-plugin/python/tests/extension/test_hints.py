import inspect
import json
import unittest
from unittest import mock

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator

from hinted_launch import CliArgs, Flow, GRAPH, HINT, Task
from made_decorators import by_with, in_source
from metaflow_extensions.stepfit.plugins import attempt_facts, hints, hints_decorator, hints_features
from metaflow_extensions.stepfit.plugins import hints_plan, hints_request, hints_runtime, hints_server
from metaflow_extensions.stepfit.plugins import stepfit_decorator
from metaflow_extensions.stepfit.plugins.settings import read_settings
from metaflow_extensions.stepfit.plugins.stepfit_decorator import StepfitDecorator

MODULES = (
    hints,
    hints_decorator,
    hints_features,
    hints_plan,
    hints_request,
    hints_runtime,
    hints_server,
)


class ReportedAttempt(unittest.TestCase):
    def test_reports_what_launching_did_and_what_the_source_says(self):
        hint = {"before": {"cpuCores": 4.0, "memoryMiB": 8000.0}, "applied": {"memoryMiB": 1024}}
        known = attempt_facts.hinted_facts(hint)
        self.assertEqual(json.loads(known.pop("hint")), hint)
        self.assertEqual(known, {"requestCpuCores": 4.0, "requestMemoryMiB": 1024})
        self.assertEqual(attempt_facts.hinted_facts(None), {})


class NothingReachesTheFlow(unittest.TestCase):
    def launch(self):
        """A whole launch with every hook that hints have, as Metaflow calls them; the command at its end."""
        hints._launches.clear()
        decorator = StepfitDecorator(attributes={"url": "http://127.0.0.1:9"})
        decorators = [decorator, in_source(ResourcesDecorator, memory=8000), by_with(BatchDecorator)]
        flow = Flow(decorators)
        datastore = mock.Mock(TYPE="s3")
        formula = {"kind": "labels", "feature": "table", "needsMiB": {}, "factor": 1}
        with mock.patch.object(hints, "ask_for_hints", return_value={"work": dict(HINT, memoryFormula=formula)}):
            with mock.patch.object(hints_request, "launch_command", return_value="run"):
                decorator.step_init(flow, GRAPH, "work", decorators, None, datastore, mock.Mock())
        retries, others = decorator.step_task_retry_count()
        decorator.package_init(flow, "work", None)
        decorator.runtime_init(flow, GRAPH, None, "7")
        cli_args = CliArgs(Task(retries), "batch")
        decorator.runtime_step_cli(cli_args, 0, retries, None)
        command = cli_args.get_args()
        cli_args.task.end(-9)
        self.assertEqual(others, 0)
        return command, cli_args

    def test_where_nothing_fails_the_values_are_there(self):
        command, cli_args = self.launch()
        self.assertEqual(command, ["batch"])
        self.assertEqual(cli_args.command_options["memory"], 1024)

    def test_whatever_function_of_ours_fails(self):
        count = 0
        for module in MODULES:
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ != module.__name__:
                    continue
                for holder in (module,) + MODULES + (stepfit_decorator,):
                    if getattr(holder, name, None) is not function:
                        continue
                    count += 1
                    broken = mock.patch.object(holder, name, side_effect=RuntimeError("injected"))
                    with self.subTest(function=name, of=holder.__name__), broken:
                        command, cli_args = self.launch()
                        self.assertEqual(command, ["batch"])
                        self.assertEqual(cli_args.task.saved, ["Task failed.", "runtime"])
        self.assertGreater(count, 30)

    def test_a_process_that_launches_nothing_asks_nobody(self):
        settings = read_settings({"url": "http://127.0.0.1:9"})
        with mock.patch.object(hints, "ask_for_hints") as ask:
            self.assertIsNone(hints.hints_for(Flow([]), GRAPH, "work", settings, None))
            ask.assert_not_called()


if __name__ == "__main__":
    unittest.main()
