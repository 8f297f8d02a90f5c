"""A step in a container with a quarter of a core, and with a fiftieth while it works: that holds it back however busy
the machine is with others. Leaves what the kernel counted, as it exits."""

import atexit
import json
import os
import sys
import time

FOLDER = os.environ["STEPFIT_QUOTA_CGROUP"]


held_back = {}


def throttled_s():
    with open(os.path.join(FOLDER, "cpu.stat")) as file:
        stat = dict(line.split() for line in file)
    return int(stat["throttled_time"]) / 1e9


def set_quota(microseconds):
    with open(os.path.join(FOLDER, "cpu.cfs_quota_us"), "w") as file:
        file.write(str(microseconds))


def leave():
    held_back["whole_s"] = throttled_s()
    with open(os.path.join(os.environ["STEPFIT_MARKS_DIR"], "work.json"), "w") as file:
        json.dump(held_back, file)


if "step" in sys.argv and "work" in sys.argv:
    # Before the sampler starts, so that it finds the step where it will be held back.
    with open(os.path.join(FOLDER, "cgroup.procs"), "w") as file:
        file.write(str(os.getpid()))
    atexit.register(leave)

from metaflow import FlowSpec, step  # noqa: E402


class ThrottledFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.work)

    @step
    def work(self):
        # Until the sampler has seen the container, on a busy machine too.
        time.sleep(4)
        before_s = throttled_s()
        set_quota(2000)
        end = time.process_time() + 0.06
        while time.process_time() < end:
            pass
        set_quota(25000)
        held_back["work_s"] = throttled_s() - before_s
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ThrottledFlow()
