"""Exports a few points to the collector given on the command line, as any user of OpenTelemetry would.

Prints one line for each attempt to export: the result's name.
"""

import json
import sys
import time

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource


class Telling(OTLPMetricExporter):
    def export(self, metrics_data, *args, **kwargs):
        result = super().export(metrics_data, *args, **kwargs)
        print(json.dumps({"result": result.name}), flush=True)
        return result


def main(url):
    resource = Resource.create(
        {
            "cicd.pipeline.name": "TrainFlow",
            "cicd.pipeline.run.id": "python-run",
            "cicd.pipeline.task.name": "train",
            "cicd.pipeline.task.run.id": "1",
            "stepfit.attempt": 0,
            "stepfit.attempt.started_unix_ms": int(time.time() * 1000) - 1000,
        }
    )
    exporter = Telling(endpoint=url + "/v1/metrics", compression=Compression.Gzip)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3600000)
    provider = MeterProvider(resource=resource, metric_readers=[reader], shutdown_on_exit=False)
    meter = provider.get_meter("test")

    cpu = meter.create_counter("process.cpu.time", unit="s")
    memory = meter.create_up_down_counter("process.memory.usage", unit="By")
    cpu.add(1.5, {"cpu.mode": "user"})
    memory.add(100 * 1024 * 1024)
    provider.force_flush()
    cpu.add(0.5, {"cpu.mode": "user"})
    memory.add(50 * 1024 * 1024)
    provider.shutdown()


main(sys.argv[1])
