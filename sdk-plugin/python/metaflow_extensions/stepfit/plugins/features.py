"""A task's features: numbers and short labels that are known before its user code runs.

Nothing here unpickles what a user stored, but parameters that are plain and small, or touches the network.
"""

from .facts import LOCAL, LONGEST_LABEL, to_number

MOST_FEATURES = 64
SECRET_WORDS = ("secret", "token", "password", "passwd", "credential", "key", "auth")
PLAIN_TYPES = ("<class 'int'>", "<class 'float'>", "<class 'bool'>", "<class 'str'>")
# A pickled number or short label is smaller than this.
LARGEST_PLAIN_PICKLE = 256


def features_of(inputs, foreach_stack, parameter_names):
    """Numbers and short labels known before the user code runs."""
    features = {}
    _add_foreach(features, foreach_stack)
    _add_input_sizes(features, inputs, parameter_names)
    _add_parameters(features, inputs, parameter_names)
    return dict(sorted(features.items())[:MOST_FEATURES])


def _add_foreach(features, stack):
    if stack:
        frame = stack[-1]
        features["foreach_index"] = frame.index
        if frame.num_splits:
            features["foreach_count"] = frame.num_splits
        value = frame.value
        if value is not None:
            number = to_number(value)
            if number is not None:
                features["foreach_value"] = number
            elif isinstance(value, str) and len(value) <= LONGEST_LABEL:
                features["foreach_value"] = value
    return features


def _add_input_sizes(features, inputs, parameter_names):
    """Serialized sizes of the artifacts that the step starts from, from the datastore's index alone."""
    total = 0
    # `name` is Metaflow's: the flow's name, stored with every task.
    own_names = set(parameter_names) | {"name"}
    for source in inputs or ():
        for name, info in source._info.items():
            size = info.get("size")
            if name in own_names or name.startswith("_") or not isinstance(size, int):
                continue
            total += size
            feature = "input.%s.bytes" % name
            features[feature] = features.get(feature, 0) + size
    if inputs:
        features["input.bytes"] = total


def _add_parameters(features, inputs, parameter_names):
    """Plain values of parameters. Only from a local datastore: elsewhere each costs a request."""
    for source in list(inputs or ())[:1]:
        if source.TYPE != LOCAL:
            return
        names = [
            name
            for name in parameter_names
            if _is_plain_artifact(source._info.get(name)) and not _looks_secret(name)
        ]
        for name, value in source.load_artifacts(names) if names else ():
            if isinstance(value, (int, float)) or (
                isinstance(value, str) and len(value) <= LONGEST_LABEL
            ):
                if value == value and value not in (float("inf"), float("-inf")):
                    features["parameter." + name] = value


def _is_plain_artifact(info):
    return (
        info is not None
        and info.get("type") in PLAIN_TYPES
        and info.get("size", LARGEST_PLAIN_PICKLE) < LARGEST_PLAIN_PICKLE
    )


def _looks_secret(name):
    return any(word in name.lower() for word in SECRET_WORDS)
