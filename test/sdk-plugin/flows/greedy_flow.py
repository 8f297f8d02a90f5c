"""Asks for far more than it needs, in six tasks: enough for a suggestion from one run."""

from metaflow import FlowSpec, resources, step, stepfit


class GreedyFlow(FlowSpec):
    @step
    def start(self):
        self.items = list(range(6))
        self.next(self.work, foreach="items")

    @stepfit
    @resources(cpu=1, memory=16000)
    @step
    def work(self):
        self.bytes = len(bytearray(8 * 1024 * 1024))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    GreedyFlow()
