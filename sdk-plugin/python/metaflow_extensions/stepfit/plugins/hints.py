"""Values applied at launch: one question for the whole flow, then the steps' own decorators are edited in place,
in the process that launches and nowhere else."""

import os

from . import facts, hints_request
from .attempt_facts import DEFAULT_PROJECT
from .hints_decorator import NAME, StepfitHintDecorator, encode
from .hints_plan import attributes_for, changed_amounts
from .hints_server import ask_for_hints

STEPFIT = "stepfit"
# A retry after running out of memory each for the second and the last value of a plan.
OOM_RETRIES = 2
SWITCH_OFF = "METAFLOW_STEPFIT_HINTS=0 switches this off"

_launches = {}


def hints_for(flow, graph, step, settings, logger):
    """The StepHints of a step where this process launches the flow and the server has values for it; else None.
    The first step that asks makes the question for all of them."""
    command = hints_request.launch_command()
    if command is None or settings.disabled or not settings.hints_enabled:
        return None
    key = (os.getpid(), flow.name)
    if key not in _launches:
        # First, so that whatever goes wrong is not tried again for each step.
        _launches[key] = {}
        _launches[key] = _launch(flow, graph, command, settings, logger)
    return _launches[key].get(step)


class StepHints(object):
    """A step that is about to be launched: what it asks for by itself, and what it is to ask for instead."""

    def __init__(self, step, decorators, graph, command):
        self.step = step
        self.decorators = decorators
        self.backend = hints_request.backend_of(decorators, command)
        self.is_compiled = command in hints_request.COMPILED
        self.declared = facts.declared_decorators(decorators)
        self.before = hints_request.request_before(decorators, self.declared, self.backend)
        self.set_on_command_line = hints_request.set_on_command_line(decorators)
        self.user_retries = hints_request.user_retries(decorators)
        self.is_caught = any(decorator.name == "catch" for decorator in decorators)
        self.is_parallel = _is_parallel(graph, step)
        self.hint = None

    def reason_to_leave(self, hint):
        """Why a hint is not applied, in words; None where it is."""
        if self.set_on_command_line and not hint["overridesCommandLine"]:
            return "`--with %s` says what it gets" % self.set_on_command_line[0]
        if self.is_parallel:
            return "its nodes run in parallel"
        if self.is_compiled and hint["share"] < 1:
            return "its values are being tried on a share of the tasks, which a compiled flow cannot do"
        less = hint["plan"]["first"].get("memoryMiB", 0) < self.before.get("memoryMiB", 0)
        may_be_less = less or "memoryFormula" in hint
        if may_be_less and not self.is_compiled and self.is_caught and self.user_retries == 0:
            return "@catch without @retry would take running out of memory for an answer"
        return None

    @property
    def rung(self):
        """A compiled flow repeats an attempt with what it had: there, the value with a net under it."""
        return "second" if self.is_compiled else "first"

    @property
    def adds_retry(self):
        """Where the step has none, a retry after running out of memory is asked for."""
        return not self.is_compiled and not self.is_caught and self.user_retries < OOM_RETRIES

    def apply(self):
        """Edits the decorators there are now; Metaflow attaches some later, and merges them meanwhile."""
        applied = changed_amounts(self.before, self.hint["plan"][self.rung])
        values = attributes_for(applied, self.backend)
        for decorator in self.decorators:
            if decorator.name in facts.RESOURCE_DECORATORS:
                known = dict((name, value) for name, value in values.items() if name in decorator.defaults)
                _fit_tmpfs(decorator, known)
                decorator.attributes.update(known)
        if not any(decorator.name == NAME for decorator in self.decorators):
            data = self.record("hinted", self.rung, "plan", applied)
            self.decorators.append(StepfitHintDecorator(attributes={"data": encode(data)}))
            self._pair_retry()

    def _pair_retry(self):
        """Metaflow's launcher of a remote task reads the wait between two attempts from `@retry`, and stumbles
        where a retry that somebody else asked for finds none."""
        is_remote = self.backend in facts.COMPUTE_DECORATORS
        if is_remote and self.adds_retry and not any(deco.name == "retry" for deco in self.decorators):
            from metaflow.plugins.retry_decorator import RetryDecorator

            self.decorators.append(RetryDecorator(attributes={"times": 0, "minutes_between_retries": 0}))

    def record(self, arm, rung, sized_by, applied):
        """What the task is told, and tells the collector."""
        hint = {
            "suggestionId": self.hint["suggestionId"],
            "arm": arm,
            "rung": rung,
            "sizedBy": sized_by,
            "before": self.before,
        }
        if arm == "hinted" or applied:
            hint["applied"] = applied
        return {"hint": hint, "declared": self.declared}


def _launch(flow, graph, command, settings, logger):
    steps = {}
    for step in flow:
        decorators = step.decorators
        if any(decorator.name == STEPFIT for decorator in decorators):
            try:
                steps[step.__name__] = StepHints(step.__name__, decorators, graph, command)
            except (TypeError, ValueError):
                # Amounts that are no numbers: Metaflow itself will have a word on them.
                continue
    question = {
        "project": settings.project or DEFAULT_PROJECT,
        "flow": flow.name,
        "steps": [
            {"step": name, "backend": known.backend, "current": known.before}
            for name, known in sorted(steps.items())
        ],
    }
    hints = ask_for_hints(settings.url, settings.token, question) if steps else {}
    applied, words = {}, []
    for name, known in sorted(steps.items()):
        if name not in hints:
            continue
        reason = known.reason_to_leave(hints[name])
        if reason is None:
            known.hint = hints[name]
            applied[name] = known
            words.append(_describe(known))
        else:
            words.append("%s left alone, since %s" % (name, reason))
    if words:
        say(logger, command, "StepFit: %s. %s." % ("; ".join(words), SWITCH_OFF))
    return applied


def _describe(known):
    hint = known.hint
    attributes = attributes_for(changed_amounts(known.before, hint["plan"][known.rung]), known.backend)
    before = attributes_for(known.before, known.backend)
    changes = [
        "%s=%s instead of %s" % (name, value, before.get(name, "nothing"))
        for name, value in sorted(attributes.items())
    ]
    if not known.is_compiled and "memoryFormula" in hint:
        changes.append("memory of each task by %s" % hint["memoryFormula"]["feature"])
    share = "" if hint["share"] == 1 else " for %g %% of its tasks" % (hint["share"] * 100)
    return "%s gets %s%s (suggestion %s)" % (known.step, ", ".join(changes), share, hint["suggestionId"])


def say(logger, command, line):
    """One line where Metaflow says what it does. What is compiled goes to the output alone."""
    if command in hints_request.COMPILED:
        from metaflow._vendor import click

        click.secho(line, err=True)
    else:
        logger(line, system_msg=True)


def _is_parallel(graph, step):
    node = graph[step]
    return bool(getattr(node, "parallel_step", False) or getattr(node, "parallel_foreach", False))


def _fit_tmpfs(decorator, values):
    """Half of the memory, where nobody said how large: Metaflow worked it out before the memory changed."""
    attributes = decorator.attributes
    if decorator.name != "kubernetes" or "memory" not in values or not attributes.get("use_tmpfs"):
        return
    given = getattr(decorator, "_user_defined_attributes", None)
    memory_then = (attributes["memory"], decorator.defaults["memory"])
    halves = [int(float(memory)) // 2 for memory in memory_then]
    # Until Metaflow 2.13 what was worked out is told by its value alone.
    if attributes["tmpfs_size"] in halves if given is None else "tmpfs_size" not in given:
        attributes["tmpfs_size"] = values["memory"] // 2
