"""What Metaflow's own decorators make of a step's resources: reads cases from stdin, writes answers to stdout.

A case is {"backend": "kubernetes" | "batch", "decorators": ["@resources(cpu=2)", ...]}, the decorators as text,
as they stand in a source, and where an operator has set defaults "operators": {"memory": 600}. An answer has cpu,
memory and gpu as Metaflow would ask the backend for them.
"""

import ast
import json
import sys

from metaflow.plugins.aws.batch.batch_decorator import BatchDecorator
from metaflow.plugins.kubernetes import kubernetes_decorator
from metaflow.plugins.kubernetes.kubernetes_decorator import KubernetesDecorator
from metaflow.plugins.resources_decorator import ResourcesDecorator

CLASSES = {"kubernetes": KubernetesDecorator, "batch": BatchDecorator, "resources": ResourcesDecorator}


class Datastore:
    TYPE = "s3"


def decorator_of(text):
    call = ast.parse(text[1:], mode="eval").body
    attributes = {item.arg: ast.literal_eval(item.value) for item in call.keywords}
    return CLASSES[call.func.id](attributes=attributes, statically_defined=True)


def configure(operators):
    """As METAFLOW_KUBERNETES_CPU and METAFLOW_KUBERNETES_MEMORY do, which Metaflow reads when it is imported."""
    for name in ("cpu", "memory"):
        value = operators.get(name)
        setattr(kubernetes_decorator, "KUBERNETES_" + name.upper(), None if value is None else str(value))


def merge(case):
    configure(case.get("operators", {}))
    decorators = [decorator_of(text) for text in case["decorators"]]
    if not any(item.name == case["backend"] for item in decorators):
        decorators.append(CLASSES[case["backend"]](attributes={}, statically_defined=False))
    for item in decorators:
        # Until Metaflow 2.13 the constructor does it.
        getattr(item, "external_init", lambda: None)()
    compute = next(item for item in decorators if item.name == case["backend"])
    compute.step_init(None, None, "step", decorators, None, Datastore, None)
    return {name: float(compute.attributes[name] or 0) for name in ("cpu", "memory", "gpu")}


json.dump([merge(case) for case in json.load(sys.stdin)], sys.stdout)
