"""What an operator has set in place of Metaflow's defaults for `@kubernetes`.

`METAFLOW_KUBERNETES_CPU` and `METAFLOW_KUBERNETES_MEMORY` are configuration, which remote tasks do not have: `@stepfit`
takes them there as attributes of its own.
"""

# Among the declared decorators that are sent. No decorator can have this name, and the tuner knows it.
ENTRY = "kubernetes-defaults"
ATTRIBUTES = {"cpu": "kubernetes_cpu", "memory": "kubernetes_memory"}


def configured():
    """`{"memory": 600.0}` as this process's configuration has it; nothing that it does not set."""
    from metaflow import metaflow_config

    return _numbers(
        dict((name, getattr(metaflow_config, "KUBERNETES_" + name.upper(), None)) for name in ATTRIBUTES)
    )


def known_to(decorators):
    """The same for a step, as its launch told its task, or else as configured where this runs."""
    told = {}
    for decorator in decorators:
        if decorator.name == "stepfit":
            told = _numbers(
                dict((name, decorator.attributes.get(key)) for name, key in ATTRIBUTES.items())
            )
    return dict(configured(), **told)


def freeze(attributes):
    """Puts what is configured here into `@stepfit`'s attributes, which a launch hands on to its tasks."""
    for name, value in configured().items():
        attributes[ATTRIBUTES[name]] = value


def _numbers(values):
    numbers = {}
    for name, value in values.items():
        try:
            numbers[name] = float(value)
        except (TypeError, ValueError):
            # Not set, or nothing that Metaflow could make a request of.
            continue
    return numbers
