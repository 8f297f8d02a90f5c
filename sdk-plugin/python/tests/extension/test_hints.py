import inspect
import itertools
import json
import unittest
from collections import namedtuple
from unittest import mock

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.catch_decorator import CatchDecorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator
from metaflow.plugins.retry_decorator import RetryDecorator

from metaflow_extensions.stepfit.plugins import attempt_facts, facts, hints, hints_decorator, hints_features
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
HINT = {
    "suggestionId": "1a2b3c4d5e6f",
    "share": 1,
    "plan": {
        "first": {"cpuCores": 2, "memoryMiB": 1024},
        "second": {"cpuCores": 2, "memoryMiB": 2048},
        "last": {"cpuCores": 4, "memoryMiB": 8000},
    },
    "memoryFloorMiB": 512,
    "memoryCapMiB": 1048576,
    "memoryStepMiB": 64,
    "overridesCommandLine": False,
}
GRAPH = {"work": namedtuple("Node", "name")("work")}


class RemoteStore(object):
    TYPE = "s3"


class Step(object):
    __name__ = "work"

    def __init__(self, decorators):
        self.decorators = decorators


class Flow(object):
    name = "F"

    def __init__(self, decorators):
        self._steps = [Step(decorators)]

    def __iter__(self):
        return iter(self._steps)


class Task(object):
    run_id, step, task_id, split_index, input_paths = "7", "work", "3", None, ["7/start/1"]

    def __init__(self, user_code_retries=2):
        self.retries = 0
        self.user_code_retries = user_code_retries
        self.saved = []

    def save_metadata(self, name, metadata):
        self.saved.append(name)

    def log(self, line, **kwargs):
        self.saved.append(line)

    def end(self, return_code, line="Task failed."):
        self.log(line, pid=1)
        self.save_metadata("runtime", {"return_code": return_code, "killed": False})
        self.retries += 1


class CliArgs(object):
    """As Metaflow's, which is made anew for each attempt."""

    def __init__(self, task, command="step", specs=()):
        self.task = task
        self.commands = [command]
        self.command_options = {"memory": "1024", "cpu": "2"} if command != "step" else {}
        self.top_level_options = {"with": list(specs)}

    def get_args(self):
        return [self.commands[0]]

    def told(self):
        self.get_args()
        specs = [spec for spec in self.top_level_options["with"] if spec.startswith("stepfit_hint:")]
        attributes = dict(item.split("=", 1) for item in specs[-1].split(":", 1)[1].split(","))
        return hints_decorator.carried([hints_decorator.StepfitHintDecorator(attributes=attributes)])


def in_source(decorator_class, **attributes):
    return initialised(decorator_class(attributes=attributes, statically_defined=True))


def by_with(decorator_class, **attributes):
    return initialised(decorator_class(attributes=attributes))


def initialised(decorator):
    # Metaflow 2.12 has no such step.
    getattr(decorator, "external_init", lambda: None)()
    return decorator


def merge(decorators):
    """Metaflow's own merge of `@resources` into the compute decorators."""
    for decorator in list(decorators):
        if decorator.name in facts.COMPUTE_DECORATORS:
            decorator.step_init(None, None, "work", decorators, None, RemoteStore, None)


def asked(decorators, backend):
    """What Metaflow asks of the backend, by the merged decorators, in cores and MiB."""
    amounts = facts.requested_amounts(decorators, [], backend)
    return {"cpuCores": amounts["requestCpuCores"], "memoryMiB": amounts["requestMemoryMiB"]}


def step_hints(decorators, command="run", **hint):
    known = hints.StepHints("work", decorators, GRAPH, command)
    known.hint = dict(HINT, **hint)
    return known


def decorator_sets():
    """Every way of writing the decorators, on both backends: fresh ones each time."""
    amounts = ({}, {"memory": 1000}, {"memory": "16000"}, {"cpu": 8}, {"cpu": 0.5, "memory": 300})
    for compute, name in ((KubernetesDecorator, "kubernetes"), (BatchDecorator, "batch")):
        for resources, own, is_static in itertools.product((None,) + amounts, amounts, (True, False)):
            made = [] if resources is None else [in_source(ResourcesDecorator, **resources)]
            made.append((in_source if is_static else by_with)(compute, **own))
            yield name, made


class Request(unittest.TestCase):
    def test_is_known_before_metaflow_merges_and_is_what_it_then_asks(self):
        for backend, decorators in decorator_sets():
            with self.subTest(backend=backend, attributes=[dict(deco.attributes) for deco in decorators]):
                before = hints_request.request_before(decorators, [], backend)
                merge(decorators)
                wanted = asked(decorators, backend)
                for key in ("cpuCores", "memoryMiB"):
                    self.assertAlmostEqual(before[key], wanted[key])
                again = hints_request.request_before(decorators, [], backend)
                self.assertEqual(before["memoryMiB"], again["memoryMiB"])

    def test_is_the_hints_once_applied_whether_metaflow_merges_before_or_after(self):
        unit = {"kubernetes": 1e6 / 2**20, "batch": 1.0}
        for merges_first in (True, False):
            for backend, decorators in decorator_sets():
                with self.subTest(backend=backend, merges_first=merges_first):
                    if merges_first:
                        merge(decorators)
                    step_hints(decorators).apply()
                    if not merges_first:
                        merge(decorators)
                    got = asked(decorators, backend)
                    before = hints_request.request_before(decorators, [], backend)
                    self.assertGreaterEqual(got["memoryMiB"], 1024 - 1e-6)
                    self.assertLess(got["memoryMiB"], 1024 + unit[backend])
                    self.assertEqual(got["cpuCores"], 2.0)
                    self.assertAlmostEqual(before["memoryMiB"], got["memoryMiB"])

    def test_of_a_compiled_flow_is_the_defaults_of_a_decorator_to_come(self):
        with_resources = [in_source(ResourcesDecorator, memory=1000)]
        before = hints_request.request_before(with_resources, [], "argo-workflows")
        self.assertAlmostEqual(before["memoryMiB"], 4096e6 / 2**20)
        before = hints_request.request_before(with_resources, [], "step-functions")
        self.assertEqual(before["memoryMiB"], 1000.0)

    def test_of_gpus_is_the_resources_word_on_kubernetes_and_the_larger_on_batch(self):
        for backend, compute, gpus in (
            ("kubernetes", KubernetesDecorator, 1),
            ("batch", BatchDecorator, 4),
        ):
            decorators = [in_source(ResourcesDecorator, gpu=1), in_source(compute, gpu=4)]
            self.assertEqual(hints_request.request_before(decorators, [], backend)["gpuCount"], gpus)

    def test_tmpfs_follows_the_memory_that_it_was_worked_out_from(self):
        own = in_source(KubernetesDecorator, memory=8000, use_tmpfs=True)
        sized = in_source(KubernetesDecorator, memory=8000, use_tmpfs=True, tmpfs_size=100)
        for decorator, size in ((own, 537), (sized, 100)):
            step_hints([decorator]).apply()
            self.assertEqual(decorator.attributes["memory"], 1074)
            self.assertEqual(decorator.attributes["tmpfs_size"], size)


class LeftAlone(unittest.TestCase):
    def reason(self, decorators, command="run", **hint):
        known = step_hints(decorators, command, **hint)
        return known.reason_to_leave(known.hint)

    def test_what_the_command_line_says_wins(self):
        explicit = [by_with(ResourcesDecorator, memory=9000)]
        self.assertIn("--with resources", self.reason(explicit))
        self.assertIsNone(self.reason(explicit, overridesCommandLine=True))
        self.assertIn("--with batch", self.reason([by_with(BatchDecorator, cpu=2)]))

    def test_a_bare_with_says_no_amount(self):
        decorators = [in_source(ResourcesDecorator, memory=8000), by_with(KubernetesDecorator)]
        merge(decorators)
        self.assertIsNone(self.reason(decorators))

    def test_less_memory_where_catch_would_take_the_failure_for_an_answer(self):
        declared = in_source(ResourcesDecorator, memory=8000)
        caught = [declared, in_source(CatchDecorator, var="x")]
        self.assertIn("@catch", self.reason(caught))
        self.assertIsNone(self.reason(caught + [in_source(RetryDecorator, times=1)]))

    def test_a_compiled_flow_that_cannot_try_on_a_share(self):
        decorators = [in_source(ResourcesDecorator, memory=8000)]
        self.assertIn("share", self.reason(decorators, "step-functions", share=0.5))
        self.assertIsNone(self.reason(decorators, "step-functions"))
        self.assertIsNone(self.reason(decorators, "run", share=0.5))


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


class Answers(unittest.TestCase):
    def read(self, answer, status=200):
        return hints_server.read_answer(status, json.dumps(answer).encode("utf-8"))

    def test_give_the_hint_of_each_step_that_has_one(self):
        steps = [{"step": "work", "hint": HINT}, {"step": "end", "refusal": {"code": "x", "detail": "y"}}]
        self.assertEqual(self.read({"version": 1, "steps": steps}), {"work": HINT})

    def test_that_are_not_sound_are_refused_whole(self):
        formula = {"kind": "line", "feature": "rows", "baseMiB": 1, "slopeMiB": 1, "leastMiB": 1}
        wrong = [
            [],
            {"version": 2, "steps": []},
            {"version": 1},
            {"version": 1, "steps": [{"step": "", "hint": HINT}]},
        ]
        for key, value in (
            ("share", 2),
            ("share", "1"),
            ("plan", {}),
            ("plan", dict(HINT["plan"], first={"memoryMiB": -1})),
            ("plan", dict(HINT["plan"], first={"memoryMiB": float("nan")})),
            ("plan", dict(HINT["plan"], last={"memory": 1})),
            ("memoryStepMiB", 0),
            ("suggestionId", None),
            ("overridesCommandLine", 1),
            ("memoryFormula", {"kind": "power", "feature": "rows"}),
            ("memoryFormula", formula),
        ):
            wrong.append({"version": 1, "steps": [{"step": "work", "hint": dict(HINT, **{key: value})}]})
        for answer in wrong:
            with self.subTest(answer=answer), self.assertRaises((ValueError, KeyError, TypeError, AttributeError)):
                self.read(answer)

    def test_that_are_no_success_are_refused(self):
        with self.assertRaises(ValueError):
            self.read({"version": 1, "steps": []}, status=500)

    def test_that_do_not_come_are_none(self):
        self.assertEqual(hints_server.ask_for_hints("http://127.0.0.1:9", None, {}), {})
        self.assertEqual(hints_server.ask_for_hints("not an address", None, {}), {})


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
