"""A step that always fails, is tried twice, and is caught: the third attempt is Metaflow's fallback."""

import os
import signal

from metaflow import FlowSpec, Parameter, catch, retry, step


class CaughtFlow(FlowSpec):
    ending = Parameter("ending", default="exception")

    @step
    def start(self):
        self.next(self.work)

    @catch(var="failure", print_exception=False)
    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        if self.ending == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise ValueError("as always")
        self.next(self.end)

    @step
    def end(self):
        print("caught: %s" % bool(self.failure))


if __name__ == "__main__":
    CaughtFlow()
