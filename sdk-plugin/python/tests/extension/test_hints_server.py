import json
import unittest

from hinted_launch import HINT
from metaflow_extensions.stepfit.plugins import hints_server


class Answers(unittest.TestCase):
    def read(self, answer, status=200):
        return hints_server.read_answer(status, json.dumps(answer).encode("utf-8"))

    def test_give_the_hint_of_each_step_that_has_one(self):
        steps = [{"step": "work", "hint": HINT}, {"step": "end", "refusal": {"code": "x", "detail": "y"}}]
        self.assertEqual(self.read({"version": 1, "steps": steps}), {"work": HINT})

    def test_that_are_not_sound_are_refused_whole(self):
        formula = {"kind": "line", "feature": "rows", "baseMiB": 1, "slopeMiB": 1, "leastMiB": 1}
        wrong = [
            [],
            {"version": 2, "steps": []},
            {"version": 1},
            {"version": 1, "steps": [{"step": "", "hint": HINT}]},
        ]
        for key, value in (
            ("share", 2),
            ("share", "1"),
            ("plan", {}),
            ("plan", dict(HINT["plan"], first={"memoryMiB": -1})),
            ("plan", dict(HINT["plan"], first={"memoryMiB": float("nan")})),
            ("plan", dict(HINT["plan"], last={"memory": 1})),
            ("memoryStepMiB", 0),
            ("suggestionId", None),
            ("overridesCommandLine", 1),
            ("memoryFormula", {"kind": "power", "feature": "rows"}),
            ("memoryFormula", formula),
        ):
            wrong.append({"version": 1, "steps": [{"step": "work", "hint": dict(HINT, **{key: value})}]})
        for answer in wrong:
            with self.subTest(answer=answer), self.assertRaises((ValueError, KeyError, TypeError, AttributeError)):
                self.read(answer)

    def test_that_are_no_success_are_refused(self):
        with self.assertRaises(ValueError):
            self.read({"version": 1, "steps": []}, status=500)

    def test_that_do_not_come_are_none(self):
        self.assertEqual(hints_server.ask_for_hints("http://127.0.0.1:9", None, {}), {})
        self.assertEqual(hints_server.ask_for_hints("not an address", None, {}), {})
