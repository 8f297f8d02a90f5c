"""A flow whose decorators are made: by a configuration, by mutators of the flow and of a step, and by hand."""

from metaflow import Config, FlowMutator, FlowSpec, StepMutator, card, config_expr, resources, step


class SizeAll(FlowMutator):
    def mutate(self, mutable_flow):
        for name, mutable_step in mutable_flow.steps:
            if name == "end":
                mutable_step.add_decorator("resources", deco_kwargs={"cpu": 2, "memory": 700})


class SizeOne(StepMutator):
    def mutate(self, mutable_step):
        mutable_step.add_decorator("resources", deco_kwargs={"memory": 500})


@SizeAll
class MadeFlow(FlowSpec):
    sizes = Config("sizes", default_value='{"memory": 300}')

    @resources(memory=config_expr("sizes.memory"))
    @step
    def start(self):
        self.next(self.sized)

    @SizeOne
    @step
    def sized(self):
        self.next(self.carded)

    @card
    @step
    def carded(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    MadeFlow()
