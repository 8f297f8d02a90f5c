"""A step that asks for 2,000 MB and needs some 600 of them, or fails as `--ending` says."""

from metaflow import FlowSpec, Parameter, resources, step


class RemoteFlow(FlowSpec):
    ending = Parameter("ending", default="well")

    @resources(memory=2000)
    @step
    def start(self):
        if self.ending == "exception":
            raise KeyError("no such thing")
        held = [bytearray(b"x" * (10 << 20)) for _ in range(50)]
        print("held", len(held))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    RemoteFlow()
