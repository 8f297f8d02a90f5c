import json
import os
import unittest

import otlp
from otlp import Encoder
from recorder import Sample

CONTRACT_FILE = os.path.join(os.path.dirname(otlp.__file__), os.pardir, "contract.json")
with open(CONTRACT_FILE) as contract_file:
    CONTRACT = json.load(contract_file)

FACTS = {"flow": "F", "run": "1", "attempt": 2, "declaredMemoryMiB": 512, "qos": None}


def encoder(features=()):
    return Encoder(CONTRACT, FACTS, dict(features), 1000, "metaflow-stepfit/9")


def attributes(holder):
    return dict((item["key"], item["value"]) for item in holder["attributes"])


class Metrics(unittest.TestCase):
    def encode(self, *samples, **options):
        return encoder(**options).metrics(samples)["resourceMetrics"][0]

    def metric(self, name, *samples):
        metrics = self.encode(*samples)["scopeMetrics"][0]["metrics"]
        return [metric for metric in metrics if metric["name"] == name][0]

    def test_identity_and_facts_are_typed_by_the_contract_and_absent_ones_left_out(self):
        self.assertEqual(
            attributes(self.encode()["resource"]),
            {
                "cicd.pipeline.name": {"stringValue": "F"},
                "cicd.pipeline.run.id": {"stringValue": "1"},
                "stepfit.attempt": {"intValue": "2"},
                "stepfit.declared.memory_mib": {"doubleValue": 512.0},
            },
        )

    def test_features_keep_their_own_types_under_the_prefix(self):
        resource = self.encode(features={"rows": 3, "rate": 0.5, "big": True, "name": "x"})["resource"]
        found = attributes(resource)
        self.assertEqual(found["stepfit.feature.rows"], {"intValue": "3"})
        self.assertEqual(found["stepfit.feature.rate"], {"doubleValue": 0.5})
        self.assertEqual(found["stepfit.feature.big"], {"boolValue": True})
        self.assertEqual(found["stepfit.feature.name"], {"stringValue": "x"})

    def test_a_counter_is_a_cumulative_sum_since_the_attempt_began(self):
        metric = self.metric(
            "process.cpu.time",
            Sample(2000, [("cpuTime", 0.5, ("user",)), ("cpuTime", 0.1, ("system",))]),
            Sample(3000, [("cpuTime", 0.9, ("user",))]),
        )
        self.assertEqual(metric["unit"], "s")
        self.assertEqual(metric["sum"]["aggregationTemporality"], 2)
        self.assertTrue(metric["sum"]["isMonotonic"])
        points = [
            (point["timeUnixNano"], point["startTimeUnixNano"], point["asDouble"])
            for point in metric["sum"]["dataPoints"]
            if attributes(point) == {"cpu.mode": {"stringValue": "user"}}
        ]
        self.assertEqual(points, [("2000", "1000", 0.5), ("3000", "1000", 0.9)])

    def test_a_gauge_holds_whole_numbers_as_strings(self):
        metric = self.metric("process.memory.usage", Sample(2000, [("memoryUsage", 1 << 40, ())]))
        self.assertEqual(
            metric["gauge"]["dataPoints"], [{"timeUnixNano": "2000", "asInt": "1099511627776"}]
        )


class Span(unittest.TestCase):
    def test_closes_the_attempt_with_its_outcome(self):
        closing = {
            "trace_id": "ab" * 16,
            "span_id": "cd" * 8,
            "ended_ns": 9000,
            "succeeded": False,
            "attributes": {"outcome": "failed", "peakMemoryBytes": 7, "exceptionType": None},
        }
        span = encoder().span(closing)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
        self.assertEqual((span["traceId"], span["spanId"]), ("ab" * 16, "cd" * 8))
        self.assertEqual((span["startTimeUnixNano"], span["endTimeUnixNano"]), ("1000", "9000"))
        self.assertEqual(span["name"], "stepfit.attempt")
        self.assertEqual(span["status"], {"code": 2})
        self.assertEqual(
            attributes(span),
            {
                "stepfit.outcome": {"stringValue": "failed"},
                "stepfit.memory.peak": {"intValue": "7"},
            },
        )
