"""Sizes each task and each retry of a run, where Metaflow's local scheduler launches them one by one."""

import re
from collections import namedtuple

from . import facts
from .exit_watch import ExitWatch
from .hints_decorator import NAME, spec
from .hints_features import features_at_launch
from .hints_plan import RUNGS, attributes_for, changed_amounts, is_hinted, plan_for_task
from .never_fails import never_fails
from .task_exit import LOCAL, explain_exit

LAST = len(RUNGS) - 1
KILLED_EXIT_CODES = (-9, 137)
MEMORY_ERROR = re.compile(r"MemoryError\b")
# Metaflow's words where it reads a dead task's metadata from the datastore, in place of why the task died.
REASON_MASKED = re.compile(r"No completed attempts of the task was found")

# Of one task: which share it is of, its plan (None: what the source asks for), and the index of its value now.
SizedTask = namedtuple("SizedTask", "arm plan sized_by rung")


class StepRuntime(object):
    """One step's tasks in one run. `hints` is its StepHints."""

    def __init__(self, hints, flow, run_id, flow_datastore):
        self._hints = hints
        self._flow = flow
        self._run_id = run_id
        self._flow_datastore = flow_datastore
        self._tasks = {}

    def size(self, cli_args, retry_count, max_user_code_retries):
        """Sizes the attempt that is about to be launched."""
        task = cli_args.task
        if retry_count > max_user_code_retries:
            # The fallback of @catch: it runs here, and no code of the step's.
            return
        if task.task_id not in self._tasks:
            self._tasks[task.task_id] = self._first(task)
            self._watch_ends(cli_args)
            if self._tasks[task.task_id].plan is None:
                # As if nobody had asked for retries beyond the user's.
                task.user_code_retries = self._hints.user_retries
                cli_args.command_options["max-user-code-retries"] = task.user_code_retries
        self._put(cli_args, self._tasks[task.task_id])

    def _first(self, task):
        hint = self._hints.hint
        if not is_hinted(hint, self._run_id, self._hints.step, task.task_id):
            return SizedTask("control", hint.get("otherwise"), "plan", 0)
        plan, sized_by = plan_for_task(hint, self._features(task))
        return SizedTask("hinted", plan, sized_by, 0)

    def _features(self, task):
        """What the formula needs to know of a task; where that cannot be had, the task goes by the plan."""
        formula = self._hints.hint.get("memoryFormula")
        if formula is None:
            return {}
        try:
            return features_at_launch(self._flow_datastore, self._flow, task, formula["feature"])
        except Exception:
            return {}

    def _watch_ends(self, cli_args):
        def note_exit(runtime, lines):
            if runtime["return_code"]:
                # By now it is known who launched the task.
                ran_out = ran_out_of_memory(runtime, cli_args.commands[0], lines)
                self._note_end(cli_args.task, ran_out)

        # A traceback's last line is among the last ones, and what a launcher says of its task's end.
        ExitWatch(cli_args.task, lambda line: True, note_exit)

    def _note_end(self, task, ran_out):
        """Before Metaflow decides on a retry: after want of memory the next value of the plan, the last where no
        other retry follows; after anything else only the retries that the user asked for, with the same value."""
        sized = self._tasks[task.task_id]
        if ran_out and sized.plan is not None:
            is_final = task.retries + 1 >= task.user_code_retries
            self._tasks[task.task_id] = sized._replace(rung=LAST if is_final else min(sized.rung + 1, LAST))
        else:
            task.user_code_retries = self._hints.user_retries

    def _put(self, cli_args, sized):
        """`@kubernetes` and `@batch` write their values into the command in the same hook, before ours or after:
        so ours are put there when the command is asked for."""
        hints = self._hints
        rung = RUNGS[sized.rung]
        applied = {} if sized.plan is None else changed_amounts(hints.before, sized.plan[rung])
        data = hints.record(sized.arm, rung, sized.sized_by, applied)
        wanted = dict(hints.before, **applied)
        # The decorators of all tasks were given the step's values: what those changed, each task states.
        changed = changed_amounts(hints.before, hints.hint["plan"][hints.rung])
        stated = dict((key, wanted[key]) for key in wanted if key in applied or key in changed)
        values = attributes_for(stated, hints.backend)
        get_args = cli_args.get_args

        @never_fails
        def put():
            if cli_args.commands[0] in facts.COMPUTE_DECORATORS:
                cli_args.command_options.update(values)
            specs = cli_args.top_level_options["with"]
            others = [item for item in specs if item.split(":")[0] != NAME]
            cli_args.top_level_options["with"] = others + [spec(data)]

        def get_sized_args():
            put()
            return get_args()

        cli_args.get_args = get_sized_args


def ran_out_of_memory(runtime, command, lines):
    """Whether an attempt ended for want of memory, by its process's end and the last lines of its log. Pure.

    Where Metaflow masks the reason of a remote task it may have: a retry with more is the safe way to know.
    """
    if runtime["killed"]:
        return False
    backend = command if command in facts.COMPUTE_DECORATORS else LOCAL
    end = explain_exit(runtime["return_code"], False, backend, "\n".join(lines)) or {}
    return (
        end.get("outcome") == "oom"
        or end.get("exitCode") in KILLED_EXIT_CODES
        or any(MEMORY_ERROR.match(line) for line in lines)
        or (backend != LOCAL and any(REASON_MASKED.search(line) for line in lines))
    )
