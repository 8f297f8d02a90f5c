"""Prints what resource-tracker stored as each step's memory: its highest sample, in bytes, as one JSON object. Where a
step was over before the first sample, it stored an error instead: 0 here."""

import json
import sys

from metaflow import Flow, namespace

namespace(None)
peaks = {}
for step in Flow(sys.argv[1]).latest_run:
    found = [task["resource_tracker_data"].data for task in step if "resource_tracker_data" in task]
    tracker = found[0].get("tracker") if found else None
    samples = tracker["process_metrics"] if tracker else []
    peaks[step.id] = max([sample["memory_mib"] for sample in samples] or [0]) * 1024 * 1024
print(json.dumps(peaks))
