"""Turns what is read of one attempt at one moment into a sample.

Each reader may fail: that costs its own points, is said once in the log, and nothing else.
"""

import time
from collections import namedtuple

from cgroup import find_memory_cgroup, read_cgroup
from cgroup_cpu import CpuLimit
from cgroup_need import CgroupMemory
from core_waits import CoreWaits
from io_use import DiskUse, NetworkUse
from memory_need import TreeMemory
from oom_witness import OomWitness
from pace import Restlessness
from process_tree import ProcessTree

# Asking for shares (PSS) makes the kernel walk page tables: a quarter second of that to begin with, and
# half a thousandth of the time gone by.
SHARES_ALLOWANCE_S, SHARES_SHARE_OF_TIME = 0.25, 0.0005

# `points` are (contract key, value, series labels).
Sample = namedtuple("Sample", "at_ns points")


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


class Guard(object):
    """Calls readers. One that raises is as one that has nothing to say, and is named in the log once."""

    def __init__(self, log):
        self._log = log
        self._failed = set()

    def ask(self, name, reader, *arguments):
        try:
            return reader(*arguments)
        except Exception as error:
            if name not in self._failed:
                self._log("reading %s failed: %r" % (name, error))
            self._failed.add(name)
            return None


class Recorder(object):
    """Everything that is read of one attempt. Counters only ever rise."""

    def __init__(self, start, gpus, log):
        pid = start["pid"]
        self._guard = Guard(log)
        ask = self._guard.ask
        self._tree = ProcessTree(pid)
        self._memory = TreeMemory()
        self._waits = CoreWaits()
        self._gpus = gpus
        self._cgroup_folder = self._cgroup = self._cpu_limit = self._disk = self._network = None
        if start["owns_cgroup"]:
            self._cgroup_folder = ask("the cgroup", find_memory_cgroup, pid)
            self._cpu_limit = ask("the CPU limit", CpuLimit, pid)
            self._disk = ask("disks", DiskUse, pid)
            self._network = ask("the network", NetworkUse, pid)
        self._cgroup = CgroupMemory() if self._cgroup_folder else None
        self._witness = None if self._cgroup else ask("OOM kills", OomWitness, pid)
        self._clock = Clock(start["started_ns"])
        self._began = time.monotonic()
        self._shares_spent_s = 0.0
        self._before_s = start["cpu_before_s"]
        self._counters = {}
        self._restlessness = Restlessness()
        self.limit_bytes = self._cgroup_limit()

    @property
    def limit_cores(self):
        return self._cpu_limit.cores if self._cpu_limit else None

    @property
    def peak(self):
        return self._cgroup.peak if self._cgroup else self._memory.peak

    @property
    def cpu_s(self):
        return sum(self._counters.get(("cpuTime", (mode,)), 0.0) for mode in ("user", "system"))

    @property
    def oom_kills(self):
        """In the container since the attempt began; elsewhere lately, and by the step's own trouble its own."""
        if self._cgroup:
            return self._cgroup.oom_kills or 0
        return self._witness.kills_lately() if self._witness else 0

    @property
    def is_restless(self):
        return self._restlessness.is_restless

    def is_root_alive(self):
        return self._tree.is_alive()

    def first_sample(self):
        """What is known before anything was read: the counters begin. An attempt that is killed at once
        leaves this trace of having been."""
        points = [self._counter("cpuTime", 0.0, (mode,)) for mode in ("user", "system")]
        return Sample(self._clock.began_ns, points)

    def sample(self, end=None):
        """Reads everything once. `end` is the step's own last word, exact where samples are not.

        Returns None when there is nothing to tell: the processes are gone, and left no word.
        """
        at_ns = self._clock.stamp_ns()
        ask = self._guard.ask
        readings = ask("processes", self._tree.read)
        has_failed, readings = readings is None, readings or []
        ask("memory", self._fold_memory, readings, end)
        if self._witness:
            ask("OOM kills", self._witness.look)
        if not readings and end is None and not has_failed:
            return None
        points = []
        for name, reader, arguments in (
            ("CPU time", self._cpu_points, (readings, end)),
            ("waiting", self._wait_points, (readings,)),
            ("throttling", self._throttle_points, ()),
            ("memory", self._memory_points, (readings,)),
            ("disks", self._disk_points, (readings,)),
            ("the network", self._network_points, ()),
            ("GPUs", self._gpu_points, ()),
        ):
            points += ask(name, reader, *arguments) or []
        return Sample(at_ns, points) if points else None

    def _fold_memory(self, readings, end):
        """In a container the kernel's mark of it counts, else the tree's."""
        if self._cgroup:
            reading = read_cgroup(self._cgroup_folder)
            if reading is not None:
                self._cgroup.fold(reading, readings)
        elif readings:
            self._measure_shares(readings)
            self._memory.fold(readings)
        memory = self._cgroup or self._memory
        self._restlessness.fold(memory.need_bytes, [item.key for item in readings])
        if end is not None:
            memory.fold_end(end)

    def _measure_shares(self, readings):
        allowed_s = SHARES_ALLOWANCE_S + SHARES_SHARE_OF_TIME * (time.monotonic() - self._began)
        if self._shares_spent_s >= allowed_s or not self._memory.wants_shares(readings):
            return
        began = time.process_time()
        for reading in sorted(readings, key=lambda item: -item.rss_bytes):
            self._tree.read_share(reading)
            if self._shares_spent_s + time.process_time() - began > allowed_s:
                break
        self._shares_spent_s += time.process_time() - began

    def _cpu_points(self, readings, end):
        if not readings and end is None:
            return []
        user = sum(item.user_s for item in readings) + self._tree.departed_user_s
        system = sum(item.system_s for item in readings) + self._tree.departed_system_s
        if end is not None:
            user, system = max(user, end["user_s"]), max(system, end["system_s"])
        return [
            self._counter("cpuTime", user - self._before_s[0], ("user",)),
            self._counter("cpuTime", system - self._before_s[1], ("system",)),
        ]

    def _wait_points(self, readings):
        waited_s = self._waits.fold(readings)
        return [] if waited_s is None else [self._counter("cpuWait", waited_s, ())]

    def _throttle_points(self):
        throttled_s = self._cpu_limit.throttled_s() if self._cpu_limit else None
        return [] if throttled_s is None else [self._counter("cpuThrottled", throttled_s, ())]

    def _memory_points(self, readings):
        points = []
        if self.peak.bytes > 0:
            points.append(("memoryPeak", self.peak.bytes, (self.peak.source,)))
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
        """The larger of what processes and the container's devices count: each misses what the other sees."""
        devices = self._disk.read() if self._disk else None
        if not readings and devices is None:
            return []
        read, written = devices or (0, 0)
        read = max(read, sum(item.read_bytes for item in readings))
        written = max(written, sum(item.write_bytes for item in readings))
        return [self._counter("diskIo", read, ("read",)), self._counter("diskIo", written, ("write",))]

    def _network_points(self):
        used = self._network.read() if self._network else None
        if used is None:
            return []
        received, sent = used
        return [
            self._counter("networkIo", received, ("receive",)),
            self._counter("networkIo", sent, ("transmit",)),
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
        reading = self._guard.ask("the cgroup", read_cgroup, self._cgroup_folder or "")
        return reading.limit if reading is not None else None
