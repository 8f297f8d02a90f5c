"""Samples one step attempt from its start message to its end, and reports it."""

import json
import os
import select
import time
from collections import namedtuple

from cgroup import CgroupMemory, find_memory_cgroup, read_cgroup
from core_waits import CoreWaits
from memory_need import TreeMemory
from process_tree import ProcessTree

# Short steps and the first seconds of long ones are where peaks hide: one tenth of the time gone by.
SHORTEST_INTERVAL_S = 0.1
INTERVAL_SHARE = 0.1
# A push each half second at first, then each two seconds: an attempt that is killed has no last word.
SHORTEST_PUSH_S, LONGEST_PUSH_S = 0.5, 2.0
# How long the sampler may outlive its step to deliver the end.
GRACE_S = 2.0
# Asking for shares (PSS) makes the kernel walk page tables: a quarter second of that to begin with, and
# half a per cent of the time gone by.
SHARES_ALLOWANCE_S, SHARES_SHARE_OF_TIME = 0.25, 0.005
MAX_MESSAGE_BYTES = 1024 * 1024

# `points` are (contract key, value, series labels).
Sample = namedtuple("Sample", "at_ns points")


def interval_after(elapsed_s, longest_s):
    """Seconds until the next sample: dense at the start, `longest_s` later. Pure."""
    return min(longest_s, max(SHORTEST_INTERVAL_S, elapsed_s * INTERVAL_SHARE))


def push_after(elapsed_s):
    """Seconds between two exports. Pure."""
    return min(LONGEST_PUSH_S, max(SHORTEST_PUSH_S, elapsed_s * INTERVAL_SHARE))


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


class Clock(object):
    """Time stamps of samples: wall-clock at the start, monotonic from there, each a millisecond after
    `began_ns` and the one before at least, so that no two samples of a series fall together."""

    def __init__(self, began_ns):
        self._offset_ns = int((time.time() - time.monotonic()) * 1e9)
        self.began_ns = began_ns
        self._last_ns = began_ns

    def stamp_ns(self):
        now = int(time.monotonic() * 1e9) + self._offset_ns
        self._last_ns = max(now, self._last_ns + 1000000)
        return self._last_ns


class Recorder(object):
    """Turns what is read at one moment into a sample. Counters only ever rise."""

    def __init__(self, start, gpus, log):
        self._log = log
        self._has_failed = False
        self._tree = ProcessTree(start["pid"])
        self._memory = TreeMemory()
        self._waits = CoreWaits()
        self._cgroup_folder = find_memory_cgroup(start["pid"]) if start["owns_cgroup"] else None
        self._cgroup = CgroupMemory() if self._cgroup_folder else None
        self._gpus = gpus
        self._clock = Clock(start["started_ns"])
        self._began = time.monotonic()
        self._shares_spent_s = 0.0
        self._before_s = start["cpu_before_s"]
        self._counters = {}
        self.limit_bytes = self._cgroup_limit()

    def is_root_alive(self):
        return self._tree.is_alive()

    @property
    def peak(self):
        return self._cgroup.peak if self._cgroup else self._memory.peak

    @property
    def cpu_s(self):
        return sum(self._counters.get(("cpuTime", (mode,)), 0.0) for mode in ("user", "system"))

    @property
    def oom_kills(self):
        return (self._cgroup.oom_kills if self._cgroup else None) or 0

    def first_sample(self):
        """What is known before anything was read: the counters begin. An attempt that is killed at once
        leaves this trace of having been."""
        points = [self._counter("cpuTime", 0.0, (mode,)) for mode in ("user", "system")]
        return Sample(self._clock.began_ns, points)

    def sample(self, end=None):
        """Reads everything once. `end` is the step's own last word, exact where samples are not.

        Returns None when there is nothing to tell: the processes are gone, and left no word. A reading
        that makes no sense costs this sample, not the ones to come.
        """
        try:
            return self._sample(self._clock.stamp_ns(), end)
        except Exception as error:
            if not self._has_failed:
                self._log("a sample failed: %r" % error)
            self._has_failed = True
            return None

    def _sample(self, at_ns, end):
        readings = self._tree.read()
        if readings:
            self._fold_memory(readings)
        if end is not None:
            self._memory.fold_end(end)
        if self._cgroup:
            reading = read_cgroup(self._cgroup_folder)
            if reading is not None:
                self._cgroup.fold(reading)
        if not readings and end is None:
            return None
        points = self._cpu_points(readings, end) + self._memory_points(readings)
        points += self._disk_points(readings) + self._gpu_points()
        return Sample(at_ns, points)

    def _fold_memory(self, readings):
        allowed_s = SHARES_ALLOWANCE_S + SHARES_SHARE_OF_TIME * (time.monotonic() - self._began)
        affordable = self._shares_spent_s < allowed_s and not self._cgroup
        if affordable and self._memory.wants_shares(readings):
            began = time.monotonic()
            for reading in sorted(readings, key=lambda item: -item.rss_bytes):
                self._tree.read_share(reading)
                if self._shares_spent_s + time.monotonic() - began > allowed_s:
                    break
            self._shares_spent_s += time.monotonic() - began
        self._memory.fold(readings)

    def _cpu_points(self, readings, end):
        user = sum(item.user_s for item in readings) + self._tree.departed_user_s
        system = sum(item.system_s for item in readings) + self._tree.departed_system_s
        if end is not None:
            user, system = max(user, end["user_s"]), max(system, end["system_s"])
        points = [
            self._counter("cpuTime", user - self._before_s[0], ("user",)),
            self._counter("cpuTime", system - self._before_s[1], ("system",)),
        ]
        waited_s = self._waits.fold([item.pid for item in readings])
        if waited_s is not None:
            points.append(self._counter("cpuWait", waited_s, ()))
        return points

    def _memory_points(self, readings):
        points = [("memoryPeak", self.peak.bytes, (self.peak.source,))]
        if self._cgroup:
            points.append(("memoryUsage", self._cgroup.need_bytes, ()))
            points.append(("memoryCache", self._cgroup.cache_bytes, ()))
            if self._cgroup.oom_kills is not None:
                points.append(self._counter("oomKills", self._cgroup.oom_kills, ()))
        elif readings:
            points.append(("memoryUsage", self._memory.need_bytes, ()))
        if readings:
            points.append(("processCount", len(readings), ()))
        return points

    def _disk_points(self, readings):
        if not readings:
            return []
        return [
            self._counter("diskIo", sum(item.read_bytes for item in readings), ("read",)),
            self._counter("diskIo", sum(item.write_bytes for item in readings), ("write",)),
        ]

    def _gpu_points(self):
        points = []
        for gpu in self._gpus.take():
            series = (gpu.uuid,)
            readings = (
                ("gpuUtilization", gpu.utilization),
                ("gpuMemoryUsage", gpu.memory_used_bytes),
                ("gpuMemoryLimit", gpu.memory_total_bytes),
            )
            points += [(key, value, series) for key, value in readings if value is not None]
        return points

    def _counter(self, key, value, labels):
        """A process that ends between two readings can make a sum dip: a counter never does."""
        value = max(value, self._counters.get((key, labels), type(value)(0)))
        self._counters[(key, labels)] = value
        return (key, value, labels)

    def _cgroup_limit(self):
        reading = read_cgroup(self._cgroup_folder) if self._cgroup_folder else None
        return reading.limit if reading is not None else None


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
        wait = interval_after(now - began, longest_interval_s) if is_alive else 0.0
        words.listen(until=now + wait)
