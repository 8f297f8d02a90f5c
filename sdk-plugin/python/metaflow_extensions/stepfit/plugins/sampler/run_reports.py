"""Delivers what a run's scheduler has seen of attempts: one span for each, in as few requests as may be."""

import gzip
import json
import threading
import time
from collections import OrderedDict

from collector_client import DELIVERED, REFUSED, CollectorClient
from otlp import Encoder
from spool import Spool

TRACES = "traces"
# Exits that come together, as the clones of a resumed run do, travel together.
GATHER_S = 0.2
# The collector takes a thousand attempts in a request.
SPANS_PER_REQUEST = 200
# How long a request may keep the next ones waiting, and the process alive after its run.
GRACE_S = 2.0
# After a failure the spool takes everything for a while.
REST_S = 30.0


def report_run(inbox, contract, log):
    """Reports until the scheduler says no more, or is gone."""
    reports = RunReports(contract, log)
    waiting = []
    while True:
        message = inbox.next(GATHER_S if waiting else 3600.0)
        is_over = message is not None and message["event"] == "gone"
        if message is not None and message["event"] == "exit":
            waiting.append(message)
        elif waiting:
            reports.deliver(waiting)
            waiting = []
        if len(waiting) == SPANS_PER_REQUEST:
            reports.deliver(waiting)
            waiting = []
        if is_over:
            return


class RunReports(object):
    def __init__(self, contract, log):
        self._contract = contract
        self._log = log
        self._rests_until = 0.0

    def deliver(self, exits):
        """Sends the exits to their collectors, or spools them."""
        by_collector = OrderedDict()
        for one in exits:
            key = (one["url"], one.get("token"), one["spool_dir"])
            by_collector.setdefault(key, []).append(one)
        for (url, token, spool_dir), own in by_collector.items():
            body = self._pack(own)
            agent = own[0]["facts"]["samplerVersion"]
            if not self._is_settled(CollectorClient(url, token, agent), body):
                self._rests_until = time.monotonic() + REST_S
                if not Spool(spool_dir).put(TRACES, body):
                    self._log("the spool could not be written: %d exits are lost" % len(own))

    def _is_settled(self, client, body):
        if time.monotonic() < self._rests_until:
            return False
        answers = []
        thread = threading.Thread(target=lambda: answers.append(client.post(TRACES, body)))
        thread.daemon = True
        thread.start()
        thread.join(GRACE_S)
        if not answers:
            self._log("the collector did not answer in time")
            return False
        client.close()
        if answers[0].reason:
            self._log("%s of exits: %s" % (answers[0].verdict, answers[0].reason))
        return answers[0].verdict in (DELIVERED, REFUSED)

    def _pack(self, exits):
        spans = []
        for one in exits:
            version = one["facts"]["samplerVersion"]
            encoder = Encoder(self._contract, one["facts"], {}, one["ended_ns"], version)
            closing = dict(one, succeeded=one["attributes"].get("outcome") == "cached")
            spans += encoder.span(closing)["resourceSpans"]
        text = json.dumps({"resourceSpans": spans}, separators=(",", ":"), allow_nan=False)
        return gzip.compress(text.encode("utf-8"), compresslevel=6)
