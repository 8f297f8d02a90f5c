"""How many cores a container is held to, and how much that held back: cgroup version 2, and version 1."""

from cgroup import CGROUP_MOUNT, cgroup_folders
from proc_files import parse_pairs, read_int, read_text


def parse_cpu_max(text):
    """`cpu.max` of version 2, `<quota> <period>` in microseconds, as cores; None where it says `max`. Pure."""
    words = (text or "").split()
    if len(words) != 2 or not (words[0].isdigit() and words[1].isdigit()) or int(words[1]) == 0:
        return None
    return int(words[0]) / int(words[1])


def parse_throttled_s(text):
    """Core seconds held back so far, from `cpu.stat`: microseconds in version 2, nanoseconds in version 1;
    None where the file has neither. The kernel adds them up over cores. Pure."""
    stat = parse_pairs(text)
    if "throttled_usec" in stat:
        return stat["throttled_usec"] / 1e6
    if "throttled_time" in stat:
        return stat["throttled_time"] / 1e9
    return None


class CpuLimit(object):
    """The tightest quota on a process, its own cgroup's or one around it, and what the quotas held back."""

    def __init__(self, pid, proc="/proc", mount=CGROUP_MOUNT):
        self.cores = None
        self._first_s = {}
        for folder in cgroup_folders(pid, "cpu", proc, mount):
            cores = _read_quota(folder)
            throttled_s = parse_throttled_s(read_text(folder + "/cpu.stat"))
            if cores is None or throttled_s is None:
                continue
            self.cores = cores if self.cores is None else min(self.cores, cores)
            self._first_s[folder] = throttled_s

    def throttled_s(self):
        """Core seconds held back since the start; None where nothing holds the process."""
        held_back = []
        for folder, first_s in self._first_s.items():
            now_s = parse_throttled_s(read_text(folder + "/cpu.stat"))
            if now_s is not None:
                held_back.append(max(0.0, now_s - first_s))
        # A thread that one quota stops is not stopped by another at the time.
        return sum(held_back) if held_back else None


def _read_quota(folder):
    text = read_text(folder + "/cpu.max")
    if text is not None:
        return parse_cpu_max(text)
    quota, period = read_int(folder + "/cpu.cfs_quota_us"), read_int(folder + "/cpu.cfs_period_us")
    return quota / period if quota and period and quota > 0 and period > 0 else None
