"""Follows one step attempt from its start message to its end: when to sample, and what the step says."""

import json
import os
import select
import time

from pace import interval_after, push_after

# How long the sampler may outlive its step to deliver the end.
GRACE_S = 2.0
MAX_MESSAGE_BYTES = 1024 * 1024


class Inbox(object):
    """Messages from the step's process: one JSON object a line; the end of the stream is its death."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._buffer = b""
        self._ended = False

    def next(self, timeout_s):
        """The next message; None when nothing came in time; `{"event": "gone"}` at the end."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self._buffer:
            if self._ended or len(self._buffer) > MAX_MESSAGE_BYTES:
                return {"event": "gone"}
            wait = max(0.0, deadline - time.monotonic())
            if not select.select([self._descriptor], [], [], wait)[0]:
                return None
            chunk = os.read(self._descriptor, 65536)
            self._ended = not chunk
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line.decode("utf-8"))


class Words(object):
    """What the step has said so far: how its user code failed, and its end, if it got that far."""

    def __init__(self, inbox):
        self._inbox = inbox
        self.exception = None
        self.end = None
        self.are_over = False

    def listen(self, until):
        """Takes messages until the monotonic time `until`, or until the last one."""
        while not self.are_over:
            message = self._inbox.next(until - time.monotonic())
            if message is None:
                return
            if message["event"] == "exception":
                self.exception = message
            else:
                self.end = message if message["event"] == "end" else None
                self.are_over = True


def record(words, recorder, outbox, card, longest_interval_s):
    """Samples until the step says its last word, or vanishes."""
    began = push_at = time.monotonic()
    is_alive = True
    while is_alive and not words.are_over:
        is_alive = recorder.is_root_alive()
        sample = recorder.sample() if is_alive else None
        now = time.monotonic()
        if sample is not None:
            outbox.add(sample, flush=now >= push_at)
            if now >= push_at:
                push_at = now + push_after(now - began)
            card.add(sample)
        if is_alive:
            spent_s = time.process_time()
            wait = interval_after(now - began, longest_interval_s, recorder.is_restless, spent_s)
            words.listen(until=now + wait)
        else:
            words.listen(until=now)
