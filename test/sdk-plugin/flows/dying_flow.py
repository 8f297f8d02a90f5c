"""A step that dies at its first attempts in the way that `--ending` says, and then succeeds."""

import ctypes
import os
import signal
import subprocess
import sys
import time

from metaflow import FlowSpec, Parameter, catch, current, retry, step

# Whoever does this is to be the kernel's victim, and nobody else of the run.
GROW = """
import time
with open("/proc/self/oom_score_adj", "w") as file:
    file.write("1000")
data = []
# Where no limit holds it, it gives up before the machine does.
while len(data) < 128:
    data.append(bytearray(1 << 24))
    time.sleep(0.01)
"""


class DyingFlow(FlowSpec):
    ending = Parameter("ending", default="kill")
    deaths = Parameter("deaths", default=1)

    @step
    def start(self):
        self.next(self.work)

    @catch(var="failure", print_exception=False)
    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        time.sleep(0.3)
        if current.retry_count < self.deaths:
            die(self.ending)
        self.next(self.end)

    @step
    def end(self):
        print("caught: %s" % bool(self.failure))


def die(how):
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "crash":
        ctypes.string_at(0)
    if how == "exception":
        raise ValueError("as asked")
    if how == "grow":
        exec(GROW)
    if how == "child-grows":
        subprocess.check_call([sys.executable, "-c", GROW])
    if how == "child-is-killed":
        subprocess.check_call(["sh", "-c", "kill -9 $$"])


if __name__ == "__main__":
    DyingFlow()
