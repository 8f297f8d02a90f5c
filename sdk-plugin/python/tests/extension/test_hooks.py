import contextlib
import inspect
import tempfile
import unittest
from unittest import mock

from metaflow.decorators import StepDecorator
from metaflow.plugins.timeout_decorator import TimeoutException

from metaflow_extensions.stepfit.plugins import addresses, attempt_facts, facts, sampler_process, settings
from metaflow_extensions.stepfit.plugins import stepfit_decorator, task_card, task_metadata
from metaflow_extensions.stepfit.plugins.stepfit_decorator import StepfitDecorator

HOOKS = ("step_init", "task_pre_step", "task_exception", "task_finished")


class Flow(object):
    name = "F"


def functions_of(module):
    """Names of the functions that a module defines, and not those that it imports."""
    found = inspect.getmembers(module, inspect.isfunction)
    return [name for name, function in found if function.__module__ == module.__name__]


def call_all_hooks(decorator):
    datastore = mock.Mock(TYPE="local", datastore_root=tempfile.mkdtemp())
    decorator.step_init(Flow(), None, "work", [], None, datastore, None)
    pre_step = ["work", None, mock.Mock(), "1", "2", Flow(), None, 0, 0, None, []]
    decorator.task_pre_step(*pre_step)
    decorator.task_exception(ValueError(), "work", Flow(), None, 0, 0)
    decorator.task_finished("work", Flow(), None, False, 0, 0)


class NothingReachesTheFlow(unittest.TestCase):
    def test_whatever_function_of_ours_fails(self):
        targets = []
        for module in (settings, facts, attempt_facts, addresses, task_card, task_metadata):
            targets += [(module, name) for name in functions_of(module)]
        process = sampler_process.SamplerProcess
        targets += [(process, name) for name in vars(process) if inspect.isfunction(vars(process)[name])]
        names = ("read_settings", "describe_attempt", "last_word", "attempt_key", "register_metadata")
        targets += [(stepfit_decorator, name) for name in names]
        self.assertGreater(len(targets), 30)
        for holder, name in targets:
            broken = mock.patch.object(holder, name, side_effect=RuntimeError("injected"))
            with self.subTest(function=name), broken:
                call_all_hooks(StepfitDecorator())

    def test_whatever_a_hook_is_given(self):
        for hook in HOOKS:
            parameters = list(inspect.signature(getattr(StepDecorator, hook)).parameters)[1:]
            with self.subTest(hook=hook):
                self.assertIsNone(getattr(StepfitDecorator(), hook)(*[object() for _ in parameters]))

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
