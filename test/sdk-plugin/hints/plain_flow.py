"""The smallest flow that has a request."""

from metaflow import FlowSpec, resources, step


class PlainFlow(FlowSpec):
    @resources(cpu=4, memory=8000)
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PlainFlow()
