"""How long the threads of a step attempt waited for a core, from /proc (Linux)."""

from proc_files import list_folder, read_text

# Reading one thread costs some 15 microseconds. A tree with more threads than this is not followed: half
# an answer would look like a whole one.
MAX_THREADS = 256


def parse_schedstat(text):
    """Seconds that a thread was ready to run while others had the cores: the second field of
    `/proc/PID/task/TID/schedstat`, in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst)."""
    return int(text.split()[1]) / 1e9


class CoreWaits(object):
    """Adds up what the kernel counts for each thread into one sum that only rises.

    What a thread waited before it was first seen counts, except for those of the first reading: they were
    there before the attempt. What it waited between its last reading and its end is lost.
    """

    def __init__(self, proc="/proc"):
        self._proc = proc
        # Seconds by thread, by process.
        self._seen = None
        self._total_s = 0.0
        self._is_readable = True

    def fold(self, processes):
        """Takes a reading of all threads of `processes`, which have a `pid`, a number of `threads`, and may be
        `is_idle`; returns the seconds waited so far, or None where the kernel does not tell, or there are too
        many threads to ask."""
        if not self._is_readable:
            return None
        if sum(item.threads for item in processes) > MAX_THREADS:
            waits = None
        else:
            waits = dict((item.pid, self._read(item)) for item in processes)
        if waits is None or (self._seen is None and not any(waits.values())):
            self._is_readable = False
            return None
        if self._seen is not None:
            for pid, threads in waits.items():
                before = self._seen.get(pid, {})
                for thread, waited_s in threads.items():
                    self._total_s += max(0.0, waited_s - before.get(thread, 0.0))
        self._seen = waits
        return self._total_s

    def _read(self, process):
        """Seconds waited by each thread."""
        pid = process.pid
        if process.is_idle and self._seen and pid in self._seen:
            return self._seen[pid]
        waits = {}
        tasks = "{}/{}/task".format(self._proc, pid)
        for thread in list_folder(tasks) if process.threads > 1 else [str(pid)]:
            text = read_text("{}/{}/schedstat".format(tasks, thread))
            if text:
                waits[thread] = parse_schedstat(text)
        return waits
