import unittest

from metaflow import FlowSpec, resources, step

from metaflow_extensions.stepfit.plugins.source_lines import describe_place

LINE = "@resources(cpu=1, memory=512)"


class BaseFlow(FlowSpec):
    @step
    def inherited(self):
        pass


class PlacedFlow(BaseFlow):
    @resources(memory=16000)
    @step
    def asking(self):
        pass

    @step
    def plain(self):
        pass


with open(__file__) as own_source:
    SOURCE = own_source.read().split("\n")


class DescribePlace(unittest.TestCase):
    def line_of(self, text, after):
        start = SOURCE.index(after)
        return next(at for at in range(start, len(SOURCE)) if text in SOURCE[at]) + 1

    def test_the_line_that_it_replaces(self):
        number = self.line_of("@resources", after="class PlacedFlow(BaseFlow):")
        expected = "%s, line %d, instead of the @resources there" % (__file__, number)
        self.assertEqual(describe_place(PlacedFlow, "asking", LINE), expected)

    def test_above_the_first_decorator_where_there_is_none(self):
        number = self.line_of("def plain", after="class PlacedFlow(BaseFlow):") - 1
        self.assertEqual(describe_place(PlacedFlow, "plain", LINE), "%s, above line %d" % (__file__, number))

    def test_in_the_class_that_defines_the_step(self):
        number = self.line_of("def inherited", after="class BaseFlow(FlowSpec):") - 1
        self.assertIn("above line %d" % number, describe_place(PlacedFlow, "inherited", LINE))

    def test_another_decorator_is_not_replaced(self):
        self.assertIn("above line", describe_place(PlacedFlow, "asking", "@kubernetes(memory=512)"))

    def test_without_source_it_says_so(self):
        made = type("MadeFlow", (FlowSpec,), {"work": lambda self: None})
        self.assertIn("source was not found", describe_place(made, "work", LINE))
