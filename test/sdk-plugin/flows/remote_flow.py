"""A flow for containers: a step that outgrows its memory at its first attempt, and one that says whose code it runs."""

import sys
import time

from metaflow import FlowSpec, current, resources, retry, step


class RemoteFlow(FlowSpec):
    @resources(memory=700)
    @step
    def start(self):
        self.next(self.work)

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        data = []
        # Where no limit holds it, it gives up before the machine does.
        while current.retry_count == 0 and len(data) < 128:
            data.append(bytearray(1 << 24))
            time.sleep(0.02)
        self.next(self.end)

    @step
    def end(self):
        plugin = sys.modules["metaflow_extensions.stepfit.plugins.stepfit_decorator"]
        print("measured by %s" % plugin.__file__)


if __name__ == "__main__":
    RemoteFlow()
