"""What the steps of a flow ask for as they are about to be launched, without hints."""

import sys

from . import facts, kubernetes_defaults

# What a launch compiles for, and the decorator that it attaches to each step.
COMPILED = {"argo-workflows": "kubernetes", "step-functions": "batch"}
LAUNCHES = ("run", "resume")
RETRY_DEFAULT_TIMES = 3
# Metaflow's, where nothing is said.
DEFAULTS = {"cpu": 1.0, "memory": 4096.0}


def launch_command():
    """`run` or `resume`, or what `create` compiles for, where this process launches a flow; else None."""
    from metaflow._vendor import click

    context = click.get_current_context(silent=True)
    if context is None:
        return None
    root = context.find_root()
    # Until Metaflow 2.13 the context itself knows the command, but not what follows it.
    words = getattr(root, "saved_args", None) or [root.invoked_subcommand] + sys.argv
    command = words[0]
    is_launch = command in LAUNCHES or (command in COMPILED and "create" in words)
    return command if is_launch else None


def backend_of(decorators, command):
    """Where a step is about to run, as the wire names it."""
    if command in COMPILED:
        return command
    for decorator in decorators:
        if decorator.name in facts.COMPUTE_DECORATORS:
            return decorator.name
    return facts.LOCAL


def request_before(decorators, declared, backend):
    """Cores, MiB and GPUs that the backend would be asked for, after merges and defaults.

    The same whether Metaflow has merged the decorators by now or not: it takes the larger of each, and of GPUs
    on Kubernetes what `@resources` says.
    """
    if backend == facts.LOCAL:
        return _named(facts.declared_amounts(declared, backend))
    compute_name = COMPILED.get(backend, backend)
    resources = _attributes_of(decorators, "resources")
    compute = _attributes_of(decorators, compute_name)
    if compute is None and compute_name == "kubernetes":
        # `@kubernetes` is attached when the flow is compiled, with the operator's defaults.
        compute = dict(DEFAULTS, **kubernetes_defaults.configured())
    amounts = {}
    for name in ("cpu", "memory"):
        asked = [_amount(attributes, name) for attributes in (resources, compute)]
        asked = [amount for amount in asked if amount is not None]
        amounts[name] = max(asked) if asked else DEFAULTS[name]
    gpus = [_amount(attributes, "gpu") for attributes in (resources, compute)]
    gpus = [gpu for gpu in gpus if gpu is not None]
    if gpus:
        amounts["gpu"] = gpus[0] if compute_name == "kubernetes" else max(gpus)
    return _named(facts.declared_amounts([{"attributes": amounts}], backend))


def set_on_command_line(decorators):
    """Names of the resource decorators that `--with` or a setting gave an amount."""
    return sorted(
        decorator.name
        for decorator in decorators
        if decorator.name in facts.RESOURCE_DECORATORS
        and not decorator.statically_defined
        and not getattr(decorator, "inserted_by", None)
        and any(_is_given(decorator, name, decorators) for name in facts.AMOUNTS)
    )


def _is_given(decorator, name, decorators):
    """Until Metaflow 2.13 nothing tells what was given from what was merged: there, what `@resources` does not
    say."""
    if name not in facts.set_by_user(decorator):
        return False
    knows = getattr(decorator, "_user_defined_attributes", None) is not None
    return knows or not facts.is_repeated(decorator, name, decorator.attributes.get(name), decorators)


def user_retries(decorators):
    """How often `@retry` repeats the step's code; 0 without one."""
    times = [deco.attributes.get("times", RETRY_DEFAULT_TIMES) for deco in decorators if deco.name == "retry"]
    return max([int(value) for value in times] or [0])


def _attributes_of(decorators, name):
    for decorator in decorators:
        if decorator.name == name:
            return decorator.attributes
    return None


def _amount(attributes, name):
    """A number, None where nothing is said. Raises ValueError for anything else: the step is left alone."""
    value = None if attributes is None else attributes.get(name)
    return None if value is None or value == "" else float(value)


def _named(amounts):
    """As hints name amounts: `declaredMemoryMiB` is `memoryMiB`."""
    names = {
        "declaredCpuCores": "cpuCores",
        "declaredMemoryMiB": "memoryMiB",
        "declaredGpuCount": "gpuCount",
    }
    return dict((names[key], value) for key, value in amounts.items())
