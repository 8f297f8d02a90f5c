"""Watches a run from the process that runs it, for what no task can say itself: how a task's process ended
that was killed, and which tasks `resume` cloned. For neither has Metaflow a hook.

The objects that are watched are Metaflow's own, one run's and one task's; what they did before they still do,
first and with whatever it raises.
"""

import os
import threading
import time

from . import facts
from .attempt_facts import DEFAULT_PROJECT, VERSION
from .exit_watch import ExitWatch
from .never_fails import never_fails
from .sampler_process import SamplerProcess
from .task_exit import BATCH, KUBERNETES, LOCAL, explain_exit, is_of_interest

CLONED = {
    "outcome": "cached",
    "outcomeEvidence": "`resume` cloned it from another run: nothing ran.",
}


class RunWatch(object):
    """One run's watch, over the steps that are measured."""

    def __init__(self, flow, run):
        self._flow = flow
        self.run = run
        self._settings = {}
        self._reporter = None
        # `resume` clones in several threads.
        self._lock = threading.Lock()
        self._watched_metadata = None

    def add_step(self, step, settings):
        self._settings[step] = settings

    def watch_clones(self, metadata):
        """Sees the tasks that are registered with a task of another run as their origin."""
        if metadata is None or metadata is self._watched_metadata:
            return
        self._watched_metadata = metadata
        register = metadata.register_metadata

        def watched(run_id, step_name, task_id, data):
            register(run_id, step_name, task_id, data)
            self._note_clone(run_id, step_name, task_id, data)

        metadata.register_metadata = watched

    def watch_task(self, cli_args):
        """Sees how the processes of this task end, each attempt's."""
        watch = getattr(cli_args.task, "_stepfit_watch", None)
        if watch is None:
            watch = cli_args.task._stepfit_watch = TaskWatch(cli_args.task, self._report)
        watch.cli_args = cli_args

    def close(self):
        """The run is over: what was said is delivered by a process that does not keep anybody waiting."""
        reporter, self._reporter = self._reporter, None
        if reporter is not None:
            reporter.close()

    @never_fails
    def _note_clone(self, run_id, step_name, task_id, data):
        if run_id == self.run and any(item.field == "origin-task-id" for item in data):
            self._report(step_name, task_id, 0, None, CLONED)

    def _report(self, step, task, attempt, backend, attributes):
        settings = self._settings.get(step)
        if settings is None or settings.disabled:
            return
        now_ns = int(time.time() * 1e9)
        project = settings.project or DEFAULT_PROJECT
        identity = (project, self._flow, str(self.run), step, str(task), attempt)
        names = ("project", "flow", "run", "step", "task", "attempt")
        known = dict(zip(names, identity))
        # The attempt itself knows when it began; of the two, the collector keeps the earlier.
        known.update(startedUnixMs=now_ns // 1000000, backend=backend, samplerVersion=VERSION)
        trace_id, span_id = facts.attempt_ids(identity)
        self._tell(
            settings.log_file,
            {
                "event": "exit",
                "url": settings.url,
                "token": settings.token,
                "spool_dir": os.path.join(settings.spool_dir, facts.short_digest(settings.url)),
                "facts": known,
                "trace_id": trace_id,
                "span_id": span_id,
                "ended_ns": now_ns,
                "attributes": attributes,
            },
        )

    def _tell(self, log_file, message):
        with self._lock:
            if self._reporter is None:
                self._reporter = SamplerProcess()
                self._reporter.widen()
                self._reporter.send({"event": "run", "log_file": log_file})
            self._reporter.send(message)


class TaskWatch(object):
    """One task's: tells the exits that say more than the task itself can."""

    def __init__(self, task, report):
        self.cli_args = None
        self._task = task
        self._report = report
        ExitWatch(task, self._keeps, self._note_exit)

    @property
    def _backend(self):
        command = self.cli_args.commands[0]
        return command if command in (KUBERNETES, BATCH) else LOCAL

    def _keeps(self, line):
        return self._backend != LOCAL and is_of_interest(line)

    def _note_exit(self, runtime, lines):
        attributes = explain_exit(
            runtime["return_code"], runtime["killed"], self._backend, "\n".join(lines)
        )
        task = self._task
        # After the last retry Metaflow runs a fallback for @catch, which is no attempt at the step.
        if attributes is not None and task.retries <= task.user_code_retries:
            self._report(task.step, task.task_id, task.retries, self._backend, attributes)
