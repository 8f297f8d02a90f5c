"""Sizes one task by a hint. Pure, and the same as the server's own sizing: a test holds `plan_for_task` here and
`planForTask` of the tuner together over generated cases."""

import hashlib
import math

from .facts import BYTES_PER_MEMORY_UNIT, MIB

RUNGS = ("first", "second", "last")
# Of what division leaves of a whole number; and of a binary fraction.
UNIT_SLACK = 1e-6
STEP_SLACK = 1e-9


def plan_for_task(hint, features):
    """(plan, sized by) of a task: the step's plan, its first memory replaced by the formula's where that says
    something of the task. No value is above the plan's last; each is at least the one before it."""
    plan = hint["plan"]
    formula = hint.get("memoryFormula")
    wish = None if formula is None else evaluate_formula(formula, features)
    if wish is None:
        return plan, "plan"
    last = plan["last"]["memoryMiB"]
    first = min(_fit(wish, hint), last)
    second = max(first, plan["second"]["memoryMiB"])
    sized = {
        "first": dict(plan["first"], memoryMiB=first),
        "second": dict(plan["second"], memoryMiB=second),
        "last": plan["last"],
    }
    return sized, "features"


def evaluate_formula(formula, features):
    """MiB before rounding, or None where the formula says nothing of such a task."""
    value = features.get(formula["feature"])
    if formula["kind"] == "labels":
        if isinstance(value, bool):
            value = "true" if value else "false"
        need = formula["needsMiB"].get(value) if isinstance(value, str) else None
        return None if need is None else need * formula["factor"]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value <= formula["to"]:
        return None
    if value < formula["from"] and formula["slopeMiB"] < 0:
        return None
    predicted = formula["baseMiB"] + formula["slopeMiB"] * max(float(value), formula["from"])
    return max(predicted, formula["leastMiB"]) * formula["factor"]


def is_hinted(hint, run, step, task):
    """Whether a task is among the share that gets the values: the same whoever asks, and however often."""
    name = "\n".join((hint["suggestionId"], str(run), step, str(task)))
    digest = hashlib.sha256(name.encode("utf-8")).digest()
    return int.from_bytes(digest[:4], "big") / 2.0**32 < hint["share"]


def attributes_for(amounts, backend):
    """`cpu`, `memory` and `gpu` as the backend's decorator reads them: memory in whole units, rounded up."""
    unit = BYTES_PER_MEMORY_UNIT.get(backend, MIB) / MIB
    attributes = {}
    if "cpuCores" in amounts:
        cores = math.ceil(amounts["cpuCores"] * 1000 - UNIT_SLACK) / 1000.0
        attributes["cpu"] = int(cores) if cores == int(cores) else cores
    if "memoryMiB" in amounts:
        attributes["memory"] = int(math.ceil(amounts["memoryMiB"] / unit - UNIT_SLACK))
    if "gpuCount" in amounts:
        attributes["gpu"] = int(amounts["gpuCount"])
    return attributes


def changed_amounts(before, wanted):
    """What of `wanted` is not asked for already."""
    return dict(
        (key, value)
        for key, value in wanted.items()
        if abs(value - before.get(key, 0)) > UNIT_SLACK * max(1.0, value)
    )


def _fit(value, hint):
    step = hint["memoryStepMiB"]
    lowest = _multiple(math.ceil(hint["memoryFloorMiB"] / float(step) - STEP_SLACK), step)
    highest = max(_multiple(math.floor(hint["memoryCapMiB"] / float(step) + STEP_SLACK), step), lowest)
    return min(max(_multiple(math.ceil(value / float(step) - STEP_SLACK), step), lowest), highest)


def _multiple(count, step):
    return count * step if step == int(step) else float("%.12g" % (count * step))
