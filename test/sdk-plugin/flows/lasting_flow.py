"""A step that lasts until somebody ends it, or `--seconds` have gone by; it says when it has begun."""

import os
import time

from metaflow import FlowSpec, Parameter, step


class LastingFlow(FlowSpec):
    seconds = Parameter("seconds", default=2.0)
    fails = Parameter("fails", default=False)

    @step
    def start(self):
        with open(os.environ["STEPFIT_TEST_BEGUN"], "w") as file:
            file.write(str(os.getpid()))
        time.sleep(self.seconds)
        if self.fails:
            raise ValueError("as asked")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    LastingFlow()
