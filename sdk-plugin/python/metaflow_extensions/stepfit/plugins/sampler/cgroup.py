"""Reads the memory of the cgroup that a container runs in: version 2, and version 1.

Only asked where the step has a container of its own. Everything in the container then counts: the step,
its children, Metaflow's log and heartbeat helpers, and this sampler, since all of it has to fit.
"""

import os
from collections import namedtuple

from memory_need import Peak, SOURCE_PSS

SOURCE_CGROUP = "cgroup-peak"
# Version 1 says "no limit" with the largest page-aligned number.
NO_LIMIT_BYTES = 1 << 60

CgroupReading = namedtuple("CgroupReading", "usage cache high_water limit oom_kills")


def find_memory_cgroup(pid, proc="/proc", mount="/sys/fs/cgroup"):
    """The folder of the memory cgroup of a process, or None.

    Inside a container the path that /proc names may be the host's: the mount's root is the container then.
    """
    version1, version2 = None, None
    for line in (_read_text("{}/{}/cgroup".format(proc, pid)) or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            version1 = path
        elif controllers == "":
            version2 = path
    candidates = []
    if version1 is not None:
        candidates += [mount + "/memory" + version1, mount + "/memory"]
    if version2 is not None:
        candidates += [mount + version2, mount]
    for folder in candidates:
        if read_cgroup(folder) is not None:
            return folder.rstrip("/")
    return None


def read_cgroup(folder):
    """Memory of one cgroup in bytes, page cache apart, or None if the folder is no memory cgroup."""
    usage = _read_int(folder + "/memory.current")
    if usage is not None:
        stat = _read_pairs(folder + "/memory.stat")
        # Pages of tmpfs are on the anonymous lists: they cannot be dropped, and count as need.
        cache = sum(stat.get(name, 0) for name in ("active_file", "inactive_file", "slab_reclaimable"))
        return CgroupReading(
            usage=usage,
            cache=min(cache, usage),
            high_water=_read_int(folder + "/memory.peak"),
            limit=_read_int(folder + "/memory.max"),
            oom_kills=_read_pairs(folder + "/memory.events").get("oom_kill"),
        )
    usage = _read_int(folder + "/memory.usage_in_bytes")
    if usage is None:
        return None
    stat = _read_pairs(folder + "/memory.stat")
    cache = stat.get("total_active_file", 0) + stat.get("total_inactive_file", 0)
    limit = _read_int(folder + "/memory.limit_in_bytes")
    return CgroupReading(
        usage=usage,
        cache=min(cache, usage),
        high_water=_read_int(folder + "/memory.max_usage_in_bytes"),
        limit=None if limit is None or limit >= NO_LIMIT_BYTES else limit,
        oom_kills=_read_pairs(folder + "/memory.oom_control").get("oom_kill"),
    )


class CgroupMemory(object):
    """Folds readings of a cgroup into need and peak. Pure.

    The kernel's mark includes page cache, which it would drop before killing anything. When the mark has
    grown since the last sample, the cache at that moment was about what it was at one end of the interval:
    the larger of both is taken off, so that the peak is never above what was needed. A mark that has not
    grown tells of some time before, the container's own start perhaps, and nothing about the attempt.
    """

    def __init__(self):
        self.need_bytes = 0
        self.cache_bytes = 0
        self.oom_kills = None
        self.peak = Peak()
        self._high_water = None
        self._first_oom_kills = None

    def fold(self, reading):
        self.need_bytes = reading.usage - reading.cache
        self.peak.offer(self.need_bytes, SOURCE_PSS)
        if reading.high_water is not None:
            if self._high_water is not None and reading.high_water > self._high_water:
                cache = max(self.cache_bytes, reading.cache)
                self.peak.offer(reading.high_water - cache, SOURCE_CGROUP, is_mark=True)
            self._high_water = reading.high_water
        self.cache_bytes = reading.cache
        self._count_oom_kills(reading.oom_kills)

    def _count_oom_kills(self, total):
        if total is None:
            return
        if self._first_oom_kills is None:
            self._first_oom_kills = total
        self.oom_kills = max(0, total - self._first_oom_kills)


def _read_text(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return None


def _read_int(path):
    try:
        return int(_read_text(path) or "")
    except ValueError:
        return None


def _read_pairs(path):
    pairs = {}
    for line in (_read_text(path) or "").splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            pairs[words[0]] = int(words[1])
    return pairs
