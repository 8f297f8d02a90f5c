"""A step in a container with a quarter of a core, which wants one. Leaves what the kernel counted, as it exits."""

import atexit
import json
import os
import sys
import time

FOLDER = os.environ["STEPFIT_QUOTA_CGROUP"]


def leave():
    with open(os.path.join(FOLDER, "cpu.stat")) as file:
        stat = dict(line.split() for line in file)
    with open(os.path.join(os.environ["STEPFIT_MARKS_DIR"], "work.json"), "w") as file:
        json.dump({"throttled_s": int(stat["throttled_time"]) / 1e9}, file)


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
        end = time.process_time() + 0.5
        while time.process_time() < end:
            pass
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ThrottledFlow()
