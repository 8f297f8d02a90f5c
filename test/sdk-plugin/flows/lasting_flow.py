"""A step that lasts until somebody ends it, or `--seconds` have gone by, and then ends as `--ending` says; it says
when it has begun."""

import os
import signal
import time

from metaflow import FlowSpec, Parameter, step


class LastingFlow(FlowSpec):
    seconds = Parameter("seconds", default=2.0)
    ending = Parameter("ending", default="well")

    @step
    def start(self):
        with open(os.environ["STEPFIT_TEST_BEGUN"], "w") as file:
            file.write("begun")
        time.sleep(self.seconds)
        if self.ending == "exception":
            raise ValueError("as asked")
        if self.ending == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    LastingFlow()
