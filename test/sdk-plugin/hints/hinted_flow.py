"""Tasks that each ask for 8,000 MB and 4 cores, and end as `--ending` says."""

import os
import signal

from metaflow import FlowSpec, Parameter, current, resources, retry, step


class HintedFlow(FlowSpec):
    ending = Parameter("ending", default="well")
    times = Parameter("times", default=1)
    rows = Parameter("rows", default=10)

    @step
    def start(self):
        self.items = ["small", "large"]
        self.next(self.work, foreach="items")

    @resources(cpu=4, memory=8000)
    @step
    def work(self):
        if self.input == "large" and current.retry_count < self.times:
            end(self.ending)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.again)

    @retry(times=1, minutes_between_retries=0)
    @resources(memory=2000)
    @step
    def again(self):
        if current.retry_count == 0 and self.ending == "again":
            raise KeyError("no such thing")
        self.next(self.end)

    @step
    def end(self):
        pass


def end(how):
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "memory-error":
        bytearray(1 << 60)
    if how == "exception":
        raise KeyError("no such thing")


if __name__ == "__main__":
    HintedFlow()
