import unittest
from contextlib import contextmanager
from importlib import metadata
from unittest import mock

import metaflow
from metaflow import metaflow_config
from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.kubernetes import kubernetes_decorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator

from made_decorators import RemoteStore, by_with, in_source, initialised
from metaflow_extensions.stepfit.plugins import facts
from metaflow_extensions.stepfit.plugins import hints_request, kubernetes_defaults
from metaflow_extensions.stepfit.plugins.attempt_facts import VERSION
from metaflow_extensions.stepfit.plugins.stepfit_decorator import StepfitDecorator

HAS_MUTATORS = hasattr(metaflow, "FlowMutator")


def merged(*decorators):
    """Runs Metaflow's own merge of `@resources` into the compute decorators, as a task does."""
    for decorator in decorators:
        if decorator.name in facts.COMPUTE_DECORATORS:
            decorator.step_init(None, None, "work", list(decorators), None, RemoteStore, None)
    return list(decorators)


class Declared(unittest.TestCase):
    def test_only_what_the_source_sets_is_declared(self):
        declared = facts.declared_decorators([in_source(ResourcesDecorator, cpu=8)])
        self.assertEqual(declared, [{"name": "resources", "attributes": {"cpu": 8}}])

    def test_where_metaflow_does_not_say_what_was_given_it_is_what_differs_from_the_defaults(self):
        decorator = in_source(ResourcesDecorator, cpu=8, memory=4096)
        vars(decorator).pop("_user_defined_attributes", None)
        declared = facts.declared_decorators([decorator])
        self.assertEqual(declared, [{"name": "resources", "attributes": {"cpu": 8}}])

    def test_a_bare_decorator_is_declared_without_attributes(self):
        declared = facts.declared_decorators([in_source(ResourcesDecorator)])
        self.assertEqual(declared, [{"name": "resources", "attributes": {}}])

    def test_of_a_forwarded_decorator_defaults_and_merged_values_are_not_the_users(self):
        # What `--with kubernetes:cpu=2` looks like in the task after Metaflow has merged and forwarded it.
        decorators = merged(
            in_source(ResourcesDecorator, memory=8000),
            by_with(KubernetesDecorator, cpu="2.0", memory="8000.0", disk="10240.0"),
        )
        self.assertEqual(
            facts.declared_decorators(decorators),
            [
                {"name": "resources", "attributes": {"memory": 8000}},
                {"name": "kubernetes", "attributes": {"cpu": "2.0"}},
            ],
        )

    @unittest.skipUnless(HAS_MUTATORS, "this Metaflow has no mutators")
    def test_what_a_mutator_put_in_is_declared_although_metaflow_does_not_name_it(self):
        decorator = ResourcesDecorator(statically_defined=True, inserted_by=["SizeAll"])
        decorator.attributes.update({"memory": 700})
        declared = facts.declared_decorators([initialised(decorator)])
        self.assertEqual(declared, [{"name": "resources", "attributes": {"memory": 700}}])

    def test_other_decorators_declare_no_resources(self):
        class Retry(object):
            name = "retry"

        self.assertEqual(facts.declared_decorators([Retry()]), [])


class Amounts(unittest.TestCase):
    def amounts(self, backend, *decorators):
        declared = facts.declared_decorators(decorators)
        return (
            facts.declared_amounts(declared, backend),
            facts.requested_amounts(decorators, declared, backend),
        )

    def test_locally_the_declaration_is_the_request_and_defaults_are_none(self):
        declared, requested = self.amounts("local", in_source(ResourcesDecorator, cpu=8, gpu=1))
        self.assertEqual(declared, {"declaredCpuCores": 8.0, "declaredGpuCount": 1})
        self.assertEqual(requested, {"requestCpuCores": 8.0, "requestGpuCount": 1})

    def test_on_kubernetes_the_maximum_with_the_defaults_is_requested_in_decimal_megabytes(self):
        decorators = merged(in_source(ResourcesDecorator, memory=1000), by_with(KubernetesDecorator))
        declared, requested = self.amounts("kubernetes", *decorators)
        self.assertAlmostEqual(declared["declaredMemoryMiB"], 1000e6 / 2**20)
        self.assertAlmostEqual(requested["requestMemoryMiB"], 4096e6 / 2**20)
        self.assertEqual(requested["requestCpuCores"], 1.0)
        # Metaflow has it from 2.12.35 on.
        self.assertEqual(requested.get("qos"), KubernetesDecorator.defaults.get("qos"))

    def test_on_kubernetes_the_compute_decorator_alone_may_ask_for_less(self):
        decorators = merged(in_source(KubernetesDecorator, memory=1000, cpu=0.5))
        _, requested = self.amounts("kubernetes", *decorators)
        self.assertAlmostEqual(requested["requestMemoryMiB"], 1000e6 / 2**20)
        self.assertEqual(requested["requestCpuCores"], 0.5)

    def test_on_batch_resources_decide_in_mebibytes(self):
        decorators = merged(in_source(ResourcesDecorator, memory=1000, cpu=2), by_with(BatchDecorator))
        _, requested = self.amounts("batch", *decorators)
        self.assertEqual(requested["requestMemoryMiB"], 1000.0)
        self.assertEqual(requested["requestCpuCores"], 2.0)
        self.assertEqual(requested["requestGpuCount"], 0)

    def test_an_amount_that_is_no_number_is_left_out(self):
        declared, _ = self.amounts("local", in_source(ResourcesDecorator, cpu=2, memory="4Gi"))
        self.assertEqual(declared, {"declaredCpuCores": 2.0})


@contextmanager
def an_operator_sets(memory, cpu=None):
    """The configuration of the machine that launches; Metaflow's own decorator holds a copy of it."""
    with mock.patch.multiple(metaflow_config, KUBERNETES_MEMORY=memory, KUBERNETES_CPU=cpu):
        with mock.patch.multiple(kubernetes_decorator, KUBERNETES_MEMORY=memory, KUBERNETES_CPU=cpu):
            yield


class OperatorsDefaults(unittest.TestCase):
    def launched(self, *makers):
        """The decorators in the launching process, and as the task has them: what came by `--with` with all its
        attributes, what is in the source made again. Only @stepfit tells of the configuration there."""
        ours = StepfitDecorator()
        with an_operator_sets("600", "2"):
            here = merged(*[initialised(make()) for make in makers])
            ours.step_init(None, None, "work", here, None, RemoteStore, None)
            before = hints_request.request_before(here, [], "kubernetes")
        there = [again(decorator) for decorator in here + [ours]]
        return before, merged(*[initialised(decorator) for decorator in there])

    def test_the_task_knows_what_was_asked_for_however_it_was_asked(self):
        def resources(**attributes):
            return lambda: ResourcesDecorator(attributes=attributes, statically_defined=True)

        def kubernetes(static, **attributes):
            return lambda: KubernetesDecorator(attributes=attributes, statically_defined=static)

        for makers, memory, cpu in (
            ([kubernetes(False)], 600, 2),
            ([kubernetes(True)], 600, 2),
            ([kubernetes(True, memory=900)], 900, 2),
            ([resources(memory=700), kubernetes(False)], 700, 2),
            ([resources(memory=700), kubernetes(True)], 700, 2),
            ([resources(cpu=8), kubernetes(True)], 4096, 8),
            ([resources(cpu=8), kubernetes(False, memory=5000)], 5000, 8),
        ):
            with self.subTest(decorators=[str(make()) for make in makers]):
                before, task = self.launched(*makers)
                declared = facts.declared_decorators(task)
                request = facts.requested_amounts(task, declared, "kubernetes")
                self.assertAlmostEqual(request["requestMemoryMiB"], memory * 1e6 / 2**20)
                self.assertEqual(request["requestCpuCores"], cpu)
                self.assertAlmostEqual(before["memoryMiB"], request["requestMemoryMiB"])
                self.assertEqual(before["cpuCores"], cpu)

    def test_they_are_not_what_a_person_declared(self):
        def amounts(task):
            declared = facts.declared_decorators(task)
            return facts.declared_amounts(declared, "batch")

        _, task = self.launched(KubernetesDecorator)
        self.assertEqual(amounts(task), {})
        _, task = self.launched(lambda: KubernetesDecorator(attributes={"memory": 4096}))
        # Metaflow 2.12 does not tell what was given.
        if hasattr(task[0], "_user_defined_attributes"):
            self.assertEqual(amounts(task), {"declaredMemoryMiB": 4096.0})

    def test_without_any_there_is_nothing_to_tell(self):
        ours = StepfitDecorator()
        ours.step_init(None, None, "work", [], None, RemoteStore, None)
        self.assertEqual(kubernetes_defaults.known_to([ours]), {})
        with an_operator_sets("plenty"):
            self.assertEqual(kubernetes_defaults.configured(), {})


def again(decorator):
    """A decorator as a task's process has it."""
    if decorator.statically_defined:
        given = facts.set_by_user(decorator)
        attributes = dict((name, decorator.attributes[name]) for name in given)
        return type(decorator)(attributes=attributes, statically_defined=True)
    _, _, spec = decorator.make_decorator_spec().partition(":")
    # Its name in Metaflow 2.12.
    parse = getattr(type(decorator), "parse_decorator_spec", None) or type(decorator)._parse_decorator_spec
    return parse(spec)


class Ownership(unittest.TestCase):
    def test_a_tag_names_the_owner_before_the_user_does(self):
        self.assertEqual(facts.ownership({"owner:ana", "team:a"}, "bo"), {"owner": "ana"})
        self.assertEqual(facts.ownership({"owner:"}, "bo"), {"owner": "bo"})
        self.assertEqual(facts.ownership((), None), {})


class Graph(unittest.TestCase):
    def test_a_step_knows_what_it_follows(self):
        class Node(object):
            in_funcs = {"load", "clean"}

        class First(object):
            in_funcs = set()

        graph = {"train": Node(), "start": First()}

        self.assertEqual(facts.graph_facts(graph, "train"), {"stepParents": '["clean", "load"]'})
        self.assertEqual(facts.graph_facts(graph, "start"), {"stepParents": "[]"})
        self.assertEqual(facts.graph_facts(None, "start"), {})


class Backend(unittest.TestCase):
    def test_is_told_by_metaflows_own_environment(self):
        for environment, backend in (
            ({}, "local"),
            ({"METAFLOW_KUBERNETES_WORKLOAD": "1"}, "kubernetes"),
            ({"METAFLOW_KUBERNETES_WORKLOAD": "1", "ARGO_WORKFLOW_NAME": "w"}, "argo-workflows"),
            ({"AWS_BATCH_JOB_ID": "j"}, "batch"),
            ({"AWS_BATCH_JOB_ID": "j", "SFN_STATE_MACHINE": "s"}, "step-functions"),
        ):
            self.assertEqual(facts.detect_backend(environment), backend)


class CodeVersion(unittest.TestCase):
    step = "@resources(cpu=8)\n@step\ndef work(self):\n    self.x = 1\n    self.next(self.end)\n"

    def test_resizing_reformatting_and_commenting_is_the_same_code(self):
        version = facts.digest_code(self.step)
        for same in (
            self.step.replace("cpu=8", "cpu=1, memory=300"),
            self.step.replace("self.x = 1", "self.x = (\n        1)  # one"),
            self.step.replace("    self.x", '    """Says x."""\n    self.x'),
        ):
            self.assertEqual(facts.digest_code(same), version)

    def test_another_body_is_other_code(self):
        other = self.step.replace("self.x = 1", "self.x = 2")
        self.assertNotEqual(facts.digest_code(other), facts.digest_code(self.step))

    def test_a_step_is_found_in_the_class_that_defines_it_without_asking_the_flow(self):
        class Base(object):
            def work(self):
                return 1

        class Flow(Base):
            def __getattribute__(self, name):
                raise AssertionError("the flow was asked for %s" % name)

        self.assertEqual(facts.code_version(Flow, "work"), facts.code_version(Base, "work"))
        self.assertIsNone(facts.code_version(Flow, "absent"))


class Identity(unittest.TestCase):
    def test_the_version_sent_is_the_version_installed(self):
        self.assertEqual(VERSION, "metaflow-stepfit/" + metadata.version("metaflow-stepfit"))

    def test_ids_depend_on_the_identity_alone(self):
        trace, span = facts.attempt_ids(("p", "F", "1", "work", "2", 0))
        self.assertEqual((len(trace), len(span)), (32, 16))
        self.assertEqual(facts.attempt_ids(("p", "F", "1", "work", "2", 0)), (trace, span))
        self.assertEqual(facts.attempt_ids(("p", "F", "1", "other", "2", 0))[0], trace)
        self.assertNotEqual(facts.attempt_ids(("p", "F", "1", "work", "2", 1))[1], span)
