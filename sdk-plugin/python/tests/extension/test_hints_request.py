import unittest

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.catch_decorator import CatchDecorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator
from metaflow.plugins.retry_decorator import RetryDecorator

from hinted_launch import asked, decorator_sets, merge, step_hints
from made_decorators import by_with, in_source
from metaflow_extensions.stepfit.plugins import hints_request


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
        same = dict((rung, {"memoryMiB": 8000}) for rung in ("first", "second", "last"))
        self.assertIsNone(self.reason(caught, plan=same))
        # By its features a task may still get less.
        self.assertIn("@catch", self.reason(caught, plan=same, memoryFormula={"feature": "rows"}))

    def test_a_compiled_flow_that_cannot_try_on_a_share(self):
        decorators = [in_source(ResourcesDecorator, memory=8000)]
        self.assertIn("share", self.reason(decorators, "step-functions", share=0.5))
        self.assertIsNone(self.reason(decorators, "step-functions"))
        self.assertIsNone(self.reason(decorators, "run", share=0.5))
