"""The shapes that a flow can have: nested foreach, a join of each, and parallel nodes."""

import os

from metaflow import FlowSpec, Parameter, current, parallel, resources, step


class ShapesFlow(FlowSpec):
    fail_at = Parameter("fail-at", default="nowhere")

    @step
    def start(self):
        self.letters = ["a", "b"]
        self.next(self.outer, foreach="letters")

    @step
    def outer(self):
        self.letter = self.input
        self.numbers = [1, 2, 3]
        self.next(self.inner, foreach="numbers")

    @resources(memory=900)
    @step
    def inner(self):
        self.name = "%s%d" % (self.letter, self.input)
        self.next(self.join_inner)

    @step
    def join_inner(self, inputs):
        self.names = [each.name for each in inputs]
        self.next(self.join_outer)

    @step
    def join_outer(self, inputs):
        self.names = sorted(name for each in inputs for name in each.names)
        self.next(self.prepare)

    @step
    def prepare(self):
        self.next(self.nodes, num_parallel=2)

    @parallel
    @step
    def nodes(self):
        self.node = current.parallel.node_index
        self.next(self.join_nodes)

    @step
    def join_nodes(self, inputs):
        self.nodes = sorted(each.node for each in inputs)
        # By the environment, since a resumed run keeps its parameters.
        if self.fail_at == "join_nodes" and "STEPFIT_TEST_MENDED" not in os.environ:
            raise RuntimeError("asked to fail")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ShapesFlow()
