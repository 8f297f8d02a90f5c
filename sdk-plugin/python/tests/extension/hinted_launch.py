"""As much of Metaflow as a launch with hints meets, for the tests of it."""

import itertools
from collections import namedtuple

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator

from made_decorators import RemoteStore, by_with, in_source
from metaflow_extensions.stepfit.plugins import facts, hints, hints_decorator

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
