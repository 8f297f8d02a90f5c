import contextlib
import importlib
import inspect
import os
import pkgutil
import tempfile
import threading
import unittest
from unittest import mock

from metaflow.decorators import StepDecorator
from metaflow.plugins.cards import card_datastore
from metaflow.plugins.timeout_decorator import TimeoutException

from played_store import played_store
from metaflow_extensions.stepfit import plugins
from metaflow_extensions.stepfit.plugins import card_saver, card_store, never_fails
from metaflow_extensions.stepfit.plugins import stepfit_decorator
from metaflow_extensions.stepfit.plugins.stepfit_decorator import StepfitDecorator

# Every hook that the decorator has of Metaflow's, and every module that tasks and runs use.
HOOKS = [name for name in vars(StepfitDecorator) if not name.startswith("_") and hasattr(StepDecorator, name)]
HOOKS = [name for name in HOOKS if inspect.isfunction(getattr(StepDecorator, name))]
FOR_PEOPLE = ("public_api", "server", "source_lines", "stepfit_cli")
# `test_hints.py` walks its own.
ELSEWHERE = ("hints",) + FOR_PEOPLE


class Flow(object):
    name = "F"


class Task(object):
    """As much of Metaflow's as a run shows to decorators."""

    step, task_id, retries, user_code_retries = "work", "2", 0, 0

    def __init__(self):
        self.lines, self.saved = [], []

    def log(self, line, system_msg=False, pid=None, timestamp=True):
        self.lines.append(line)

    def save_metadata(self, name, metadata):
        self.saved.append(name)

    def save_logs(self, logs):
        self.saved.append("logs")


class Metadata(object):
    def __init__(self):
        self.registered = []

    def register_metadata(self, run_id, step_name, task_id, data):
        self.registered.append(task_id)


def our_modules():
    names = [module.name for module in pkgutil.iter_modules(plugins.__path__)]
    wanted = [name for name in names if not name.startswith(ELSEWHERE + ("mfextinit",)) and name != "sampler"]
    return [importlib.import_module("%s.%s" % (plugins.__name__, name)) for name in wanted]


def our_functions():
    """(holders, name) of each function and method: all places where callers may look a function up."""
    modules = our_modules()
    for module in modules:
        for name, member in vars(module).items():
            if getattr(member, "__module__", None) != module.__name__ or module is never_fails:
                continue
            if inspect.isfunction(member):
                yield [other for other in modules if vars(other).get(name) is member], name
            elif inspect.isclass(member) and not issubclass(member, (StepDecorator, tuple)):
                for method, value in vars(member).items():
                    if inspect.isfunction(value) or isinstance(value, property):
                        yield [member], method


def is_of(modules, holders):
    names = [module.__name__ for module in modules]
    return any(holder in modules or getattr(holder, "__module__", None) in names for holder in holders)


@contextlib.contextmanager
def broken(holders, name):
    def failing(*args, **kwargs):
        raise RuntimeError("injected")

    with contextlib.ExitStack() as stack:
        for holder in holders:
            value = vars(holder)[name]
            if isinstance(value, property):
                stand_in = property(failing)
            else:
                # What is guarded fails inside of its guard.
                stand_in = never_fails.never_fails(failing) if hasattr(value, "__wrapped__") else failing
            stack.enter_context(mock.patch.object(holder, name, stand_in))
        yield


def datastore_of(folder, kind="local"):
    return played_store(kind, folder, Metadata())


def call_all_hooks(decorator, datastore=None):
    """What a run and a task do, in one process. Metaflow's own part of it must be done whatever we do."""
    datastore = datastore or datastore_of(tempfile.mkdtemp())
    metadata, task = datastore.metadata, Task()
    decorator.step_init(Flow(), None, "work", [], None, datastore, None)
    decorator.runtime_init(Flow(), None, None, "1")
    metadata.register_metadata("1", "work", "9", [mock.Mock(field="origin-task-id")])
    cli_args = mock.Mock(task=task, commands=["kubernetes", "step"])
    decorator.runtime_step_cli(cli_args, 0, 0, None)
    task.log("Task ran out of memory.", pid=1)
    task.save_metadata("runtime", {"return_code": 1, "killed": False})
    task.save_logs({})
    decorator.runtime_finished(None)
    pre_step = ["work", None, mock.Mock(), "1", "2", Flow(), None, 0, 0, None, []]
    decorator.task_pre_step(*pre_step)
    decorator.task_exception(ValueError(), "work", Flow(), None, 0, 0)
    decorator.task_finished("work", Flow(), None, False, 0, 0)
    decorator._at_exit()
    return metadata.registered, task.lines, task.saved


class NothingReachesTheFlow(unittest.TestCase):
    def test_whatever_function_of_ours_fails(self):
        targets = list(our_functions())
        self.assertGreater(len(targets), 60)
        for holders, name in targets:
            with self.subTest(function=name, of=holders[0].__name__), broken(holders, name):
                self.assertEqual(
                    call_all_hooks(StepfitDecorator()),
                    (["9"], ["Task ran out of memory."], ["runtime", "logs"]),
                )

    def test_whatever_fails_that_saves_cards(self):
        folder = tempfile.mkdtemp()
        hook = mock.patch.object(threading, "excepthook")
        with hook, mock.patch.object(card_datastore, "CARD_S3ROOT", os.path.join(folder, "cards")):
            call_all_hooks(StepfitDecorator(), datastore_of(folder, "s3"))
            self.assertTrue(os.path.isdir(os.path.join(folder, "cards", "F")))
            targets = [(holders, name) for holders, name in our_functions() if is_of((card_saver, card_store), holders)]
            self.assertGreater(len(targets), 6)
            for holders, name in targets:
                with self.subTest(function=name), broken(holders, name):
                    _, lines, saved = call_all_hooks(StepfitDecorator(), datastore_of(folder, "s3"))
                    self.assertEqual((lines, saved), (["Task ran out of memory."], ["runtime", "logs"]))

    def test_all_hooks_are_called_here(self):
        # A hook that is new has to be added to `call_all_hooks`.
        known = {"step_init", "package_init", "runtime_init", "runtime_step_cli", "runtime_finished"}
        known |= {"task_pre_step", "task_exception", "task_finished", "step_task_retry_count"}
        self.assertLessEqual(set(HOOKS), known)

    def test_whatever_a_hook_is_given(self):
        for hook in HOOKS:
            parameters = list(inspect.signature(getattr(StepDecorator, hook)).parameters)[1:]
            with self.subTest(hook=hook):
                answer = getattr(StepfitDecorator(), hook)(*[object() for _ in parameters])
                self.assertEqual(answer, (0, 0) if hook == "step_task_retry_count" else None)

    def test_hooks_in_an_order_that_metaflow_never_uses(self):
        decorator = StepfitDecorator()
        decorator.task_finished("work", Flow(), None, True, 0, 0)
        decorator.task_exception(ValueError(), "work", Flow(), None, 0, 0)
        decorator._at_exit()

    def test_timeouts_raised_by_a_signal_in_our_code_do(self):
        with mock.patch.object(stepfit_decorator, "read_settings", side_effect=TimeoutException()):
            with self.assertRaises(TimeoutException):
                call_all_hooks(StepfitDecorator())


class WhatHooksDo(unittest.TestCase):
    @contextlib.contextmanager
    def sampler(self):
        with mock.patch.object(stepfit_decorator, "SamplerProcess") as process:
            yield process.return_value

    def messages(self, sampler):
        return [call[0][0] for call in sampler.send.call_args_list]

    def pre_step(self, decorator, retry_count, retries):
        decorator.task_pre_step(
            "work", None, None, "1", "2", Flow(), None, retry_count, retries, None, []
        )

    def test_the_fallback_of_catch_runs_no_user_code_and_is_not_measured(self):
        with self.sampler() as sampler:
            decorator = StepfitDecorator()
            self.pre_step(decorator, retry_count=3, retries=2)
            decorator.task_finished("work", Flow(), None, True, 3, 2)
        self.assertEqual(self.messages(sampler), [])

    def test_nothing_starts_when_switched_off(self):
        with self.sampler() as sampler, mock.patch.dict("os.environ", METAFLOW_STEPFIT_DISABLE="1"):
            self.pre_step(StepfitDecorator(), 0, 0)
        self.assertEqual(self.messages(sampler), [])

    def test_the_end_is_said_once(self):
        with self.sampler() as sampler:
            decorator = StepfitDecorator()
            self.pre_step(decorator, 1, 2)
            decorator.task_exception(KeyError("x"), "work", Flow(), None, 1, 2)
            decorator.task_finished("work", Flow(), None, False, 1, 2)
            decorator._at_exit()
        start, failure, end = self.messages(sampler)
        self.assertEqual((start["event"], start["facts"]["attempt"]), ("start", 1))
        self.assertEqual(failure, {"event": "exception", "type": "KeyError"})
        self.assertEqual((end["event"], end["ok"]), ("end", False))

    def test_a_process_that_exits_before_storing_its_artifacts_says_so(self):
        with self.sampler() as sampler:
            decorator = StepfitDecorator()
            self.pre_step(decorator, 0, 0)
            decorator._at_exit()
        self.assertIn("before its artifacts were stored", self.messages(sampler)[-1]["evidence"])

    def test_metaflow_learns_what_was_measured_in_one_request(self):
        metadata = mock.Mock()
        with self.sampler():
            arguments = ["work", None, metadata, "1", "2", Flow(), None, 3, 3, None, []]
            StepfitDecorator().task_pre_step(*arguments)
        ((run, step, task, data),) = [call[0] for call in metadata.register_metadata.call_args_list]
        self.assertEqual((run, step, task), ("1", "work", "2"))
        values = dict((item.field, item.value) for item in data)
        self.assertEqual(values["stepfit-measures"], "process tree")
        self.assertEqual(values["stepfit-page"], "http://127.0.0.1:4380/steps/F/work")
        self.assertEqual(set(tuple(item.tags) for item in data), {("attempt_id:3",)})

    def test_a_metadata_service_that_fails_costs_no_measurement(self):
        metadata = mock.Mock()
        metadata.register_metadata.side_effect = OSError("away")
        with self.sampler() as sampler:
            decorator = StepfitDecorator()
            decorator.task_pre_step("work", None, metadata, "1", "2", Flow(), None, 0, 0, None, [])
            decorator.task_finished("work", Flow(), None, True, 0, 0)
        self.assertEqual([message["event"] for message in self.messages(sampler)], ["start", "end"])

    def test_settings_of_the_launching_machine_travel_in_the_attributes(self):
        environment = {"METAFLOW_STEPFIT_URL": "http://c:1", "METAFLOW_STEPFIT_PROJECT": "team"}
        with mock.patch.dict("os.environ", environment):
            decorator = StepfitDecorator()
            decorator.step_init(Flow(), None, "work", [], None, None, None)
        self.assertEqual(decorator.make_decorator_spec(), "stepfit:url=http://c:1,project=team")

    def test_a_token_does_not(self):
        with mock.patch.dict("os.environ", METAFLOW_STEPFIT_TOKEN="s3cret"):
            decorator = StepfitDecorator()
            decorator.step_init(Flow(), None, "work", [], None, None, None)
        self.assertNotIn("s3cret", decorator.make_decorator_spec())
