"""What a step truly needed, from the kernel and not from any sampler. Imported by flows that measure samplers.

Each task runs in a memory cgroup (version 1) of its own, under `STEPFIT_TRUTH_CGROUP`, and leaves a JSON file in
`STEPFIT_MARKS_DIR`:

- `mark`: one process, and its high-water mark (VmHWM) as it exits, plus what else is in its container;
- `cgroup`: several processes, or tmpfs. The cgroup's `max_usage_in_bytes` since the work began, less the page cache
  that is left (the kernel does not drop any: there is no limit), plus the files that
  the task has mapped, which are charged to whoever read them first.
"""

import atexit
import json
import os
import sys

ROOT = os.environ.get("STEPFIT_TRUTH_CGROUP")
FOLDER = os.path.join(ROOT, str(os.getpid())) if ROOT else None
truth = {}


def enter_cgroup():
    """Starts the program again in a cgroup of its own, so that all it holds is charged there. It keeps its pid, and
    the sampler of a container finds the step in it."""
    if not os.path.isdir(FOLDER):
        os.mkdir(FOLDER)
        write(os.path.join(FOLDER, "cgroup.procs"), os.getpid())
        os.execv(sys.executable, [sys.executable, "-u"] + sys.argv)
    atexit.register(leave)


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


def read_int(name):
    with open(os.path.join(FOLDER, name)) as file:
        return int(file.read())


def status_of(pid, name):
    """An amount of a process, 0 where it has ended meanwhile."""
    try:
        with open("/proc/%s/status" % pid) as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def others():
    with open(os.path.join(FOLDER, "cgroup.procs")) as file:
        return [pid for pid in file.read().split() if int(pid) != os.getpid()]


class Truth(object):
    """Around the work of a step. Outside a container, what measures the step is not part of it."""

    def __init__(self, means):
        self._means = means

    def __enter__(self):
        if not os.environ.get("METAFLOW_KUBERNETES_WORKLOAD"):
            for pid in others():
                try:
                    write(os.path.join(ROOT, "cgroup.procs"), pid)
                except ProcessLookupError:
                    pass
        write(os.path.join(FOLDER, "memory.force_empty"), 0)
        write(os.path.join(FOLDER, "memory.max_usage_in_bytes"), 0)
        truth["means"] = self._means

    def __exit__(self, *_):
        # In a container the others have to fit as well: this sampler, for one.
        truth["beside_bytes"] = sum(status_of(pid, "RssAnon") for pid in others())
        if self._means == "cgroup":
            most = read_int("memory.max_usage_in_bytes")
            with open(os.path.join(FOLDER, "memory.stat")) as file:
                stat = dict((name, int(value)) for name, value in (line.split() for line in file))
            cache = stat["total_cache"] - stat["total_shmem"]
            truth["need_bytes"] = most - cache + status_of("self", "RssFile")


def leave():
    from metaflow import current

    if "means" not in truth:
        return
    if truth["means"] == "mark":
        truth["need_bytes"] = status_of("self", "VmHWM") + truth["beside_bytes"]
    with open(os.path.join(os.environ["STEPFIT_MARKS_DIR"], current.step_name + ".json"), "w") as file:
        json.dump(truth, file)


if ROOT and "step" in sys.argv:
    enter_cgroup()
