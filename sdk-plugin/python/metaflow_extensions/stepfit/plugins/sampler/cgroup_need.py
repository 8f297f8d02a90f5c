"""What a container needs, and the peak of it. Pure: readings in, bytes out.

**Need** is what the cgroup is charged for, less the pages of files, plus those that its processes have mapped. The
kernel drops page cache before it kills anything; but a step that loses mapped files (programs, libraries, data) reads
them again and again, so they count, as they do for a process tree. They count in full, since who is charged for a page
is a matter of chance: whoever on the machine read it first. Pages of tmpfs cannot be dropped, and count.

**Peak** is the highest need seen, raised by two kinds of the kernel's marks:

- The cgroup's own. It includes page cache; when it has grown since the last sample, the cache at that moment
  was about what it was at one end of the interval, and the larger of both is taken off, and the smaller
  of what was mapped is put back. So the peak is never above what was needed. A mark that has not grown tells of some time before, the container's own start
  perhaps, and nothing about the attempt.
- Each process's (VmHWM). What a process held above what it holds at an end of the interval, the container held
  beside its need there; the smaller of both ends counts. That finds a spike in a container whose own mark is
  as high already, with its bootstrap or with page cache.
"""

from memory_need import SOURCE_CGROUP, SOURCE_HIGH_WATER, SOURCE_PSS, SOURCE_RUSAGE, Peak


class CgroupMemory(object):
    """Folds readings of a cgroup, and of the processes in it, into need and peak."""

    def __init__(self):
        self.need_bytes = 0
        self.cache_bytes = 0
        self.oom_kills = None
        self.peak = Peak()
        self._all_cache = 0
        self._files = 0
        self._high_water = None
        self._first_oom_kills = None
        # (resident, high water) by process, as of the last sample.
        self._processes = {}

    def fold(self, reading, processes=()):
        need_before, cache_before, files_before = self.need_bytes, self._all_cache, self._files
        # The same files are mapped by all processes, largely: the largest share stands for all.
        self._files = max([item.file_bytes for item in processes] or [0])
        self._all_cache = reading.cache
        self.cache_bytes = max(0, reading.cache - self._files)
        self.need_bytes = reading.usage - reading.cache + self._files
        self.peak.offer(self.need_bytes, SOURCE_PSS)
        if reading.high_water is not None:
            if self._high_water is not None and reading.high_water > self._high_water:
                without_cache = reading.high_water - max(reading.cache, cache_before)
                held = without_cache + min(self._files, files_before)
                self.peak.offer(held, SOURCE_CGROUP, is_mark=True)
            self._high_water = reading.high_water
        for item in processes:
            self._raise_by_mark(item, need_before)
        self._processes = dict((item.key, (item.rss_bytes, item.high_water_bytes)) for item in processes)
        self._count_oom_kills(reading.oom_kills)

    def fold_end(self, last_word):
        """Takes what the step's own process said at its end: its mark, and that of children it waited for."""
        mark = last_word.get("vm_hwm")
        roots = [known for key, known in self._processes.items() if key[0] == last_word["pid"]]
        if mark and roots and mark > roots[0][1]:
            self._offer_mark(self.need_bytes + mark - roots[0][0], SOURCE_HIGH_WATER)
        elif mark:
            self._offer_mark(mark, SOURCE_HIGH_WATER)
        self._offer_mark(last_word.get("children_maxrss") or 0, SOURCE_RUSAGE)

    def _raise_by_mark(self, item, need_before):
        resident_before, mark_before = self._processes.get(item.key, (None, None))
        if mark_before is not None and item.high_water_bytes <= mark_before:
            return
        held = self.need_bytes + item.high_water_bytes - item.rss_bytes
        if resident_before is not None:
            held = min(held, need_before + item.high_water_bytes - resident_before)
        self._offer_mark(held, SOURCE_HIGH_WATER)

    def _offer_mark(self, held, source):
        """No mark of a process is above what the whole container ever held, files charged elsewhere apart."""
        if self._high_water is not None:
            held = min(held, self._high_water + self._files)
        self.peak.offer(held, source)

    def _count_oom_kills(self, total):
        if total is None:
            return
        if self._first_oom_kills is None:
            self._first_oom_kills = total
        self.oom_kills = max(0, total - self._first_oom_kills)
