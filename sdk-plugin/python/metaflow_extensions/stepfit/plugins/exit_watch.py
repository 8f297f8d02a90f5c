"""Sees how the processes of a task end, from the process that runs the run. Metaflow has no hook for it."""

from .never_fails import never_fails

# Of the lines that are kept, the last ones say how a process ended.
MOST_LINES = 20


class ExitWatch(object):
    """One task's. `note_exit(runtime, lines)` is called after each attempt's process, with what Metaflow saves of its
    end and the last lines of its log that `keeps` wants.

    Metaflow logs those lines, saves the return code, and only then decides on a retry. What the task's two methods did
    they still do, first and with whatever they raise.
    """

    def __init__(self, task, keeps, note_exit):
        self._keeps = keeps
        self._note = note_exit
        self._lines = []
        log, save_metadata = task.log, task.save_metadata

        def watched_log(line, *args, **kwargs):
            log(line, *args, **kwargs)
            self._note_line(line)

        def watched_metadata(name, metadata):
            save_metadata(name, metadata)
            if name == "runtime":
                self._note_exit(metadata)

        task.log, task.save_metadata = watched_log, watched_metadata

    @never_fails
    def _note_line(self, line):
        if self._keeps(line):
            self._lines = self._lines[1 - MOST_LINES :] + [line]

    @never_fails
    def _note_exit(self, runtime):
        lines, self._lines = self._lines, []
        self._note(runtime, lines)
