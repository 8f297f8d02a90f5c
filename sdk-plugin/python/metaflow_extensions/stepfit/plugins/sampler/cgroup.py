"""Finds the cgroup folders of a process, and reads the memory of one: version 2, and version 1.

Only asked where the step has a container of its own. Everything in the container then counts: the step,
its children, Metaflow's log and heartbeat helpers, and this sampler, since all of it has to fit.
"""

import os
from collections import namedtuple

from proc_files import parse_pairs, read_int, read_text

# Version 1 says "no limit" with the largest page-aligned number.
NO_LIMIT_BYTES = 1 << 60
CGROUP_MOUNT = "/sys/fs/cgroup"
# Version 1 does not tell reclaimable kernel memory from the rest. What comes and goes with page cache is a
# `struct buffer_head` of 104 bytes for each block of 4 KiB (ext4; others have less, and so less kernel memory).
BUFFER_HEADS_SHARE = 104 / 4096

# Bytes. `cache` are pages of files, those that processes have mapped included.
CgroupReading = namedtuple("CgroupReading", "usage cache high_water limit oom_kills")


def cgroup_folders(pid, controller, proc="/proc", mount=CGROUP_MOUNT):
    """Folders that may be the cgroup of a process for a controller, the closest first, then those around it.

    Inside a container the path that /proc names may be the host's: the mount's root is the container then.
    """
    folders = []
    for line in (read_text("{}/{}/cgroup".format(proc, pid)) or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            roots = (mount + "/" + controller, mount + "/" + controllers)
            folders = _upwards(next(filter(os.path.isdir, roots), roots[0]), path) + folders
        elif controllers == "":
            folders += _upwards(mount, path)
    return folders


def _upwards(root, path):
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        # Outside of what is mounted here.
        parts = []
    return ["/".join([root] + parts[:count]) for count in range(len(parts), -1, -1)]


def find_memory_cgroup(pid, proc="/proc", mount=CGROUP_MOUNT):
    """The folder of the memory cgroup of a process, or None."""
    candidates = cgroup_folders(pid, "memory", proc, mount)
    return next((folder for folder in candidates if read_cgroup(folder) is not None), None)


def read_cgroup(folder):
    """Memory of one cgroup, page cache apart, or None if the folder is no memory cgroup."""
    usage = read_int(folder + "/memory.current")
    if usage is not None:
        stat = parse_pairs(read_text(folder + "/memory.stat"))
        # Pages of tmpfs are on the anonymous lists: they cannot be dropped, and count as need.
        cache = sum(stat.get(name, 0) for name in ("active_file", "inactive_file", "slab_reclaimable"))
        return CgroupReading(
            usage=usage,
            cache=min(cache, usage),
            high_water=read_int(folder + "/memory.peak"),
            limit=read_int(folder + "/memory.max"),
            oom_kills=parse_pairs(read_text(folder + "/memory.events")).get("oom_kill"),
        )
    usage = read_int(folder + "/memory.usage_in_bytes")
    if usage is None:
        return None
    stat = parse_pairs(read_text(folder + "/memory.stat"))
    cache = stat.get("total_active_file", 0) + stat.get("total_inactive_file", 0)
    kernel = read_int(folder + "/memory.kmem.usage_in_bytes") or 0
    cache += min(kernel, int(cache * BUFFER_HEADS_SHARE))
    limit = read_int(folder + "/memory.limit_in_bytes")
    return CgroupReading(
        usage=usage,
        cache=min(cache, usage),
        high_water=read_int(folder + "/memory.max_usage_in_bytes"),
        limit=None if limit is None or limit >= NO_LIMIT_BYTES else limit,
        oom_kills=parse_pairs(read_text(folder + "/memory.oom_control")).get("oom_kill"),
    )
