"""A step that ends in the way that `--ending` says."""

import os
import signal
import sys
import time

from metaflow import FlowSpec, Parameter, step, timeout


class EndingFlow(FlowSpec):
    ending = Parameter("ending", default="well")

    @step
    def start(self):
        self.next(self.work)

    @timeout(seconds=30)
    @step
    def work(self):
        end(self.ending)
        if self.ending == "unpicklable":
            # Storing it fails after user code: Metaflow calls no further hook.
            self.handle = open(os.devnull)
        self.next(self.end)

    @step
    def end(self):
        pass


def end(how):
    # Who is killed cannot wait to be sampled first, on a busy machine either.
    time.sleep(1.0 if how.startswith("kill") else 0.3)
    if how == "exception":
        raise KeyError("no such thing")
    if how == "memory-error":
        bytearray(1 << 60)
    if how == "exit":
        sys.exit(3)
    if how == "timeout":
        signal.alarm(1)
        time.sleep(20)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "kill-with-child":
        # The child inherits every descriptor that fork hands on, and outlives the task.
        if os.fork() == 0:
            for descriptor in (0, 1, 2):
                os.close(descriptor)
            time.sleep(3)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    EndingFlow()
