"""Samples on their way to the collector: sent by a thread, so that a collector that hangs delays no sample.

What is not acknowledged stays in memory and is tried again, ever less often; a long outage moves it to the
spool in large pieces; when time is up, everything left goes there.
"""

import json
import threading
import time
import zlib

from collector_client import DELIVERED, REFUSED

# A request stays around 100 KB before compression, whatever piles up.
SAMPLES_PER_REQUEST = 300
# About ten minutes at one sample a second: kept in memory for a collector that is restarted.
SAMPLES_IN_MEMORY = 600
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
# Longer than any answer takes; ends a collector that trickles bytes to stay within the read timeout.
LONGEST_POST_S = 10.0

METRICS, TRACES = "metrics", "traces"
# The widest window, in gzip's envelope (zlib.h). The module `gzip` is a megabyte for the same.
GZIP_WINDOW_BITS = 31


class Outbox(object):
    def __init__(self, encoder, client, spool, log):
        self._encoder = encoder
        self._client = client
        self._spool = spool
        self._log = log
        self._changed = threading.Condition()
        self._samples = []
        self._closing_span = None
        self._closing = False
        self._finished = False
        self._next_try_at = 0.0
        self._retry_s = FIRST_RETRY_S
        self._post_began_at = None
        self._flush = False
        self._claim = None
        self._thread = threading.Thread(target=self._run)
        self._thread.daemon = True

    def start(self):
        self._thread.start()

    def add(self, sample, flush):
        """Queues a sample; `flush` says that it is time to send what is queued."""
        with self._changed:
            self._samples.append(sample)
            if flush:
                self._flush = True
                self._changed.notify_all()
        began = self._post_began_at
        if began is not None and time.monotonic() - began > LONGEST_POST_S:
            self._client.abort()

    def close(self, span, deadline):
        """Sends what is left, and the closing span if there is one, until the monotonic `deadline`; what
        could not be delivered by then is spooled. Afterwards old exports of the spool are sent too."""
        with self._changed:
            self._closing_span = span
            self._closing = True
            self._deadline = deadline
            self._changed.notify_all()
            while not self._finished:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    break
                self._changed.wait(remaining)
            # From here on the sending thread changes nothing any more.
            self._finished = True
            self._spool_rest()
            if self._claim is not None:
                # Still under way: the next sampler sends it, perhaps again, which is harmless.
                self._claim.put_back()

    def _run(self):
        while True:
            with self._changed:
                while not self._is_due():
                    self._changed.wait(self._patience())
                self._flush = False
                closing = self._closing
            delivered = self._send_samples()
            if closing:
                delivered = self._send_span() and delivered
            if delivered:
                self._send_spooled(until=self._deadline if closing else None)
            if closing and not self._is_restless():
                self._client.close()
                with self._changed:
                    self._finished = True
                    self._changed.notify_all()
                return

    def _is_due(self):
        if self._closing:
            return True
        return self._flush and bool(self._samples) and time.monotonic() >= self._next_try_at

    def _patience(self):
        """How long to wait: until told, or until the next try after a failure."""
        wait = self._next_try_at - time.monotonic()
        return wait if self._flush and wait > 0 else None

    def _is_restless(self):
        """While closing: whether another round makes sense at once (the queue was longer than a request)."""
        with self._changed:
            return bool(self._samples) and time.monotonic() >= self._next_try_at

    def _send_samples(self):
        while True:
            with self._changed:
                batch = self._samples[:SAMPLES_PER_REQUEST]
            if not batch:
                return True
            taken = self._post(METRICS, self._pack(self._encoder.metrics(batch)))
            with self._changed:
                if self._finished:
                    return False
                if taken:
                    del self._samples[: len(batch)]
                else:
                    self._spill()
                    return False

    def _send_span(self):
        with self._changed:
            span = self._closing_span
        if span is None:
            return True
        if not self._post(TRACES, self._pack(self._encoder.span(span))):
            return False
        with self._changed:
            self._closing_span = None
        return True

    def _send_spooled(self, until):
        """One spooled export after each own one, and at the end as many as time allows."""
        while True:
            if self._finished:
                return
            claim = self._claim = self._spool.claim()
            if claim is None:
                return
            settled = self._post(claim.kind, claim.body)
            if settled:
                claim.discard()
            else:
                claim.put_back()
            self._claim = None
            if not settled:
                return
            if until is None or time.monotonic() >= until:
                return

    def _post(self, kind, body):
        """Whether the export is settled: delivered, or refused for good."""
        self._post_began_at = time.monotonic()
        answer = self._client.post(kind, body)
        self._post_began_at = None
        if answer.reason:
            self._log("%s of %s: %s" % (answer.verdict, kind, answer.reason))
        if answer.verdict in (DELIVERED, REFUSED):
            self._retry_s, self._next_try_at = FIRST_RETRY_S, 0.0
            return True
        wait = self._retry_s if answer.retry_after_s is None else answer.retry_after_s
        self._next_try_at = time.monotonic() + wait
        self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)
        return False

    def _spill(self):
        """Bounds memory during an outage. The lock is held."""
        while len(self._samples) >= SAMPLES_IN_MEMORY:
            oldest = self._samples[:SAMPLES_PER_REQUEST]
            self._spool.put(METRICS, self._pack(self._encoder.metrics(oldest)))
            del self._samples[: len(oldest)]

    def _spool_rest(self):
        while self._samples:
            batch = self._samples[:SAMPLES_PER_REQUEST]
            del self._samples[: len(batch)]
            self._keep(METRICS, self._encoder.metrics(batch))
        if self._closing_span is not None:
            self._keep(TRACES, self._encoder.span(self._closing_span))
            self._closing_span = None

    def _keep(self, kind, request):
        if not self._spool.put(kind, self._pack(request)):
            self._log("the spool could not be written: %s are lost" % kind)

    @staticmethod
    def _pack(request):
        text = json.dumps(request, separators=(",", ":"), allow_nan=False)
        packer = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW_BITS)
        return packer.compress(text.encode("utf-8")) + packer.flush()
