"""The kernel's count of processes that it killed for lack of memory, where a step has no cgroup of its own.

It is the count of the cgroup that the step shares with others, or else of the whole machine. A kill among them is
the step's own only if it falls together with the step's trouble, so what counts is the last seconds.
"""

import time
from collections import deque

from cgroup import find_memory_cgroup

# Between a kill and the moment at which its parent, or the sampler, has noticed.
LATELY_S = 5.0


class OomWitness(object):
    def __init__(self, pid, vmstat="/proc/vmstat"):
        folder = find_memory_cgroup(pid) or ""
        # Version 2, version 1, the machine's.
        candidates = (folder + "/memory.events", folder + "/memory.oom_control", vmstat)
        counted = (path for path in candidates if read_oom_kills(path) is not None)
        self._path = next(counted, None)
        # (monotonic time, count), of which only the first may be older than `LATELY_S`.
        self._counts = deque()
        self.look()

    def look(self):
        count = read_oom_kills(self._path) if self._path else None
        if count is None:
            return
        now = time.monotonic()
        self._counts.append((now, count))
        while len(self._counts) > 1 and self._counts[1][0] < now - LATELY_S:
            self._counts.popleft()

    def kills_lately(self):
        """Kills since the last look that is older than `LATELY_S`, or since the first."""
        return self._counts[-1][1] - self._counts[0][1] if self._counts else 0


def read_oom_kills(path):
    """The line `oom_kill` of a file of the kernel, or None."""
    try:
        with open(path) as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return None
