"""A task's features before it is launched: the same that the task itself will report, from Metaflow's store."""

from collections import namedtuple

from .features import features_of

# A join may have thousands of inputs, and each is read by itself: beyond this its plan goes without features.
MOST_INPUTS = 50

Frame = namedtuple("Frame", "index value num_splits")


def features_at_launch(flow_datastore, flow, task, feature):
    """The task's features, at least `feature` where it can be had; {} where nothing can."""
    if feature == "foreach_index" and task.split_index is not None:
        return {feature: int(task.split_index)}
    if not task.input_paths or len(task.input_paths) > MOST_INPUTS:
        return {}
    inputs = [flow_datastore.get_task_datastore(*path.split("/")[:3]) for path in task.input_paths]
    names = [name for name, _ in flow._get_parameters()]
    is_join = flow._graph[task.step].type == "join"
    stack = [] if is_join else _foreach_stack(inputs, task)
    return features_of(inputs, stack, names)


def _foreach_stack(inputs, task):
    """As `_init_foreach` of Metaflow's task.py builds it, of a new one the innermost frame only."""
    parent = inputs[0]
    if task.split_index is not None:
        index = int(task.split_index)
        values = None if parent.is_none("_foreach_values") else parent["_foreach_values"]
        return [Frame(index, None if values is None else values[index], parent["_foreach_num_splits"])]
    return parent["_foreach_stack"] if "_foreach_stack" in parent else []
