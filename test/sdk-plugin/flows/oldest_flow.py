"""A flow for any Metaflow: a step with a request, and one that is killed at its first attempt."""

import os
import signal

import metaflow
from metaflow import FlowSpec, current, resources, retry, step


class OldestFlow(FlowSpec):
    @resources(memory=700)
    @step
    def start(self):
        print("run by Metaflow %s" % metaflow.__version__)
        self.next(self.end)

    @retry(times=1, minutes_between_retries=0)
    @step
    def end(self):
        if current.retry_count == 0:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    OldestFlow()
