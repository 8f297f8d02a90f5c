"""What a process tree needs, and the peak of it. Pure: readings in, bytes out.

**Need** at a moment is what the tree holds in memory, each page once:

- Pages of files (programs, libraries) are largely the same ones in all processes: the largest of the
  processes' file pages stands for all. Pages shared with processes outside the tree count in full, since
  in a container of its own the step would pay for them alone.
- Everything else is summed. Where processes were forked from each other they share it, and the kernel's
  proportional share (PSS) says how much of it is whose. Asking is dear, so what a process shares (its
  *discount*) is kept until the next time.

**Peak** is the highest need seen, raised by the kernel's high-water mark of each process (VmHWM). When a
mark has grown since the last sample and is above what is resident now, the process held the difference at
some moment in between. The others are taken at the smaller of their needs at both ends of the interval, so
memory that moved from one process to another is not counted twice. One process's spike is added at a time:
nothing shows that two coincided. So the peak is exact for one process, and a lower bound for several.
"""

SOURCE_CGROUP = "cgroup-peak"
SOURCE_RUSAGE = "rusage"
SOURCE_HIGH_WATER = "vm-hwm"
SOURCE_PSS = "pss"
SOURCE_RSS = "rss"


class Peak(object):
    """The highest of the values offered, and where it came from."""

    def __init__(self):
        self.bytes = 0
        self.source = SOURCE_RSS

    def offer(self, value, source, is_mark=False):
        """Takes a value if it is higher; a kernel's mark also where it confirms the value."""
        if value > self.bytes or (is_mark and value == self.bytes and value > 0):
            self.bytes = value
            self.source = source


class _Remembered(object):
    """A process as of the last sample. `own` is its need without file pages."""

    __slots__ = ("own", "high_water", "discount")

    def __init__(self, own, high_water, discount):
        self.own = own
        self.high_water = high_water
        self.discount = discount


class TreeMemory(object):
    """Folds readings of a process tree, sample after sample, into its need and its peak."""

    def __init__(self):
        self.need_bytes = 0
        self.peak = Peak()
        self._remembered = {}
        self._files = 0
        self._share_ratio = 1.0

    def wants_shares(self, readings):
        """Whether asking for shares would tell something new: there are several processes, and one was
        never measured, or one has gone (what it shared is the others' now), or there is a new peak."""
        if len(readings) < 2:
            return False
        gone = set(self._remembered) - set(reading.key for reading in readings)
        unmeasured = any(self._discount_of(reading) is None for reading in readings)
        return unmeasured or bool(gone) or self._need_of(readings) > self.peak.bytes

    def fold(self, readings):
        """Takes one sample of the tree."""
        readings = [reading for reading in readings if reading.settled]
        if not readings:
            return
        if len(readings) == 1:
            # Nobody is left to share with.
            readings[0].share_bytes = readings[0].rss_bytes - readings[0].file_bytes
        self._learn_share_ratio(readings)
        now = dict((reading.key, self._remember(reading)) for reading in readings)
        self._files = max(reading.file_bytes for reading in readings)
        self.need_bytes = sum(item.own for item in now.values()) + self._files
        is_shared = any(item.discount for item in now.values())
        self.peak.offer(self.need_bytes, SOURCE_PSS if is_shared else SOURCE_RSS)
        for reading in readings:
            self._raise_by_mark(reading, now)
        self._remembered = now

    def fold_end(self, last_word):
        """Takes what the step's own process said at its end: its mark, and that of children it waited for,
        which may have come and gone between two samples."""
        mark = last_word.get("vm_hwm")
        if mark:
            self._raise_by_last_mark(last_word["pid"], mark)
        else:
            self.peak.offer(last_word.get("self_maxrss") or 0, SOURCE_RUSAGE, is_mark=True)
        self.peak.offer(last_word.get("children_maxrss") or 0, SOURCE_RUSAGE)

    def _raise_by_mark(self, reading, now):
        before = self._remembered.get(reading.key)
        if before is None or reading.high_water_bytes > before.high_water:
            others = sum(
                min(item.own, self._remembered[key].own)
                for key, item in now.items()
                if key != reading.key and key in self._remembered
            )
            freed_since = reading.high_water_bytes - reading.rss_bytes
            held = others + now[reading.key].own + self._files + freed_since
            self.peak.offer(held, SOURCE_HIGH_WATER, is_mark=True)

    def _raise_by_last_mark(self, pid, mark):
        roots = [item for key, item in self._remembered.items() if key[0] == pid]
        others = sum(item.own for key, item in self._remembered.items() if key[0] != pid)
        if roots and mark > roots[0].high_water:
            self.peak.offer(others + mark - (roots[0].discount or 0), SOURCE_HIGH_WATER, is_mark=True)
        self.peak.offer(mark, SOURCE_HIGH_WATER, is_mark=True)

    def _remember(self, reading):
        discount = self._discount_of(reading)
        own = reading.rss_bytes - reading.file_bytes
        if discount is None:
            own = int(own * self._share_ratio)
        else:
            own = max(0, own - discount)
        return _Remembered(own, reading.high_water_bytes, discount)

    def _discount_of(self, reading):
        if reading.share_bytes is not None:
            return max(0, reading.rss_bytes - reading.file_bytes - reading.share_bytes)
        before = self._remembered.get(reading.key)
        return before.discount if before else None

    def _need_of(self, readings):
        own = sum(
            max(0, item.rss_bytes - item.file_bytes - (self._discount_of(item) or 0)) for item in readings
        )
        return own + max(item.file_bytes for item in readings)

    def _learn_share_ratio(self, readings):
        """A process that there was no time to measure is taken at the ratio of the measured ones."""
        measured = [item for item in readings if item.share_bytes is not None]
        resident = sum(item.rss_bytes - item.file_bytes for item in measured)
        if resident > 0:
            self._share_ratio = min(1.0, sum(item.share_bytes for item in measured) / resident)
