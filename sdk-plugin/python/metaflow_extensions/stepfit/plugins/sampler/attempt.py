"""One attempt from start to end: what is sampled, what is concluded, and who is told."""

import os
import time

from collector_client import CollectorClient
from gpu import GpuWatch
from live_card import open_card
from otlp import Encoder
from outbox import Outbox
from recorder import Recorder
from session import GRACE_S, Words, record
from spool import Spool

MIB = 1024 * 1024


def run_attempt(inbox, start, contract, log):
    """Samples and reports the attempt that the start message describes, until it is over."""
    gpus = GpuWatch(os.environ, log)
    try:
        recorder = Recorder(start, gpus, log)
        facts = dict(start["facts"])
        if recorder.limit_bytes is not None:
            facts["limitMemoryMiB"] = recorder.limit_bytes / MIB
        if recorder.limit_cores is not None:
            facts["limitCpuCores"] = recorder.limit_cores
        version = facts["samplerVersion"]
        encoder = Encoder(contract, facts, start["features"], start["started_ns"], version)
        client = CollectorClient(start["url"], start.get("token"), version)
        outbox = Outbox(encoder, client, Spool(start["spool_dir"]), log)
        outbox.start()
        outbox.add(recorder.first_sample(), flush=False)
        words = Words(inbox)
        card = open_card(start, facts, log)
        record(words, recorder, outbox, card, start["interval_s"])
        last = recorder.sample(words.end)
        if last is not None:
            outbox.add(last, flush=False)
            card.add(last)
        outcome = conclude(words.end, words.exception, recorder.oom_kills)
        gives_up_at = time.monotonic() + GRACE_S
        card.finish("%s: %s" % outcome if outcome else "It ended without a word; the server finds out why.")
        span = closing_span(start, outcome, words, recorder) if outcome else None
        outbox.close(span, gives_up_at)
        card.amend(gives_up_at)
    finally:
        gpus.stop()


def conclude(end, exception, oom_kills):
    """The outcome and its evidence, or None where the attempt died without a word and nothing shows why:
    then silence speaks, and whoever knows more may close it. Pure."""
    if end is None:
        if oom_kills > 0:
            return "oom", "The kernel killed a process for lack of memory, and the step is gone."
        return None
    if exception is None:
        if end["ok"]:
            return "succeeded", "The task finished and its artifacts are stored."
        return "failed", end.get("evidence") or "The task ended without success."
    name = exception["type"]
    if name == "TimeoutException":
        return "timeout", "@timeout ended the user code."
    if name == "MemoryError":
        return "oom", "The user code ended with MemoryError."
    if oom_kills > 0:
        return "oom", "The kernel killed a process for lack of memory, then came %s." % name
    caught = " Metaflow caught it: the task counts as done." if end["ok"] else ""
    return "failed", "The user code ended with %s.%s" % (name, caught)


def closing_span(start, outcome, words, recorder):
    """The span that says how the attempt ended, for `Encoder.span`."""
    name, evidence = outcome
    attributes = {
        "outcome": name,
        "outcomeEvidence": evidence,
        "cpuSeconds": recorder.cpu_s,
        "exceptionType": words.exception["type"] if words.exception else None,
    }
    if recorder.peak.bytes > 0:
        attributes["peakMemoryBytes"] = recorder.peak.bytes
        attributes["peakMemorySource"] = recorder.peak.source
    return {
        "trace_id": start["trace_id"],
        "span_id": start["span_id"],
        "ended_ns": words.end["ended_ns"] if words.end else int(time.time() * 1e9),
        "succeeded": name == "succeeded",
        "attributes": attributes,
    }
