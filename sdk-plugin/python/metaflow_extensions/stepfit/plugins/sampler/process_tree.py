"""Reads the processes of one step attempt from /proc (Linux)."""

import os

from proc_files import list_folder, read_text

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# A child between vfork and exec shows its parent's memory as its own; exec follows within milliseconds.
SETTLING_S = 0.05


class ProcessReading(object):
    """One process at one moment. CPU seconds include children it has waited for, so that none are lost.

    Of the resident memory, `file_bytes` are pages of files (programs, libraries, mapped data); the rest is
    the process's own, or shared with processes forked from it: `share_bytes` is its proportional part of
    that rest, None where nobody asked.

    `key` tells processes apart for good: pids are reused, pids with a start time are not. `is_idle` says that
    the kernel's line about the process (`stat_text`) is the same as last time, to the page fault: it has not
    run since, so that nothing else of it has changed either.
    """

    __slots__ = (
        "key", "pid", "parent_pid", "user_s", "system_s", "rss_bytes", "file_bytes", "share_bytes",
        "high_water_bytes", "read_bytes", "write_bytes", "settled", "threads", "stat_text", "is_idle",
        "pages_text",
    )

    def __init__(self, pid, parent_pid, started_ticks, user_s, system_s, rss_bytes, threads=1):
        self.key = (pid, started_ticks)
        self.pid = pid
        self.parent_pid = parent_pid
        self.user_s = user_s
        self.system_s = system_s
        self.rss_bytes = rss_bytes
        self.file_bytes = 0
        self.share_bytes = None
        self.high_water_bytes = rss_bytes
        self.read_bytes = 0
        self.write_bytes = 0
        self.settled = True
        self.threads = threads
        self.stat_text = None
        self.is_idle = False
        # Page faults and resident pages: memory that grew, if only for a moment, shows in them.
        self.pages_text = None


def parse_stat(text):
    """`/proc/PID/stat` as (reading, state letter). The command may hold spaces and parentheses."""
    pid = int(text[: text.index(" ")])
    fields = text[text.rindex(")") + 2 :].split()
    reading = ProcessReading(
        pid=pid,
        parent_pid=int(fields[1]),
        started_ticks=int(fields[19]),
        user_s=(int(fields[11]) + int(fields[13])) / TICKS_PER_SECOND,
        system_s=(int(fields[12]) + int(fields[14])) / TICKS_PER_SECOND,
        rss_bytes=max(0, int(fields[21])) * PAGE_BYTES,
        threads=int(fields[17]),
    )
    reading.pages_text = " ".join((fields[7], fields[9], fields[21]))
    return reading, fields[0]


def parse_kib_fields(text, names):
    """The named `Name:   123 kB` lines of /proc/PID/status or smaps_rollup, in bytes."""
    values = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if name in names:
            values[name] = int(rest.split()[0]) * 1024
    return values


def parse_io(text):
    """`/proc/PID/io` as (bytes read from storage, bytes written to it), waited-for children included."""
    values = dict(line.split(": ") for line in text.splitlines() if ": " in line)
    return int(values["read_bytes"]), int(values["write_bytes"])


class ProcessTree(object):
    """The process `root_pid` and its descendants, also those whose parent has died since."""

    def __init__(self, root_pid, proc="/proc"):
        self.root_pid = root_pid
        self._proc = proc
        self._root_key = None
        self._known = {}
        self._known_by_pid = {}
        self.departed_user_s = 0.0
        self.departed_system_s = 0.0
        self._has_children_files = os.path.exists(
            "{0}/{1}/task/{1}/children".format(proc, root_pid)
        )

    def is_alive(self):
        """Whether the root still runs. A zombie does not, nor does another process with its pid."""
        if not os.path.isdir(self._proc + "/self"):
            return _answers_signals(self.root_pid)
        found = self._read(self.root_pid)
        return found is not None and self._root_key in (None, found.key)

    def read(self):
        """A reading of each live process, parents before children.

        The order matters: a child that is waited for while we read is then missed once, never counted
        twice (in itself and in its parent).
        """
        root = self._read(self.root_pid)
        if root is None or self._root_key not in (None, root.key):
            return []
        self._root_key = root.key
        readings = {}
        self._walk(root, readings, None if self._has_children_files else self._all_children())
        for key in list(self._known):
            if key not in readings:
                orphan = self._read(key[0])
                if orphan is not None and orphan.key == key:
                    readings[key] = orphan
                else:
                    self._keep_time_of_orphan(self._known[key])
        before, self._known = self._known, readings
        self._known_by_pid = dict((reading.pid, reading) for reading in readings.values())
        now_s = _seconds_since_boot()
        for reading in readings.values():
            if not reading.is_idle:
                self._add_details(reading, before.get(reading.key), now_s)
        return list(readings.values())

    def read_share(self, reading):
        """Asks the kernel for `share_bytes`. It walks the process's page tables for that: dear."""
        text = read_text("{}/{}/smaps_rollup".format(self._proc, reading.pid)) or ""
        parts = parse_kib_fields(text, ("Rss", "Pss", "Pss_Anon", "Pss_Shmem"))
        if "Pss_Anon" in parts:
            share = parts["Pss_Anon"] + parts.get("Pss_Shmem", 0)
        elif "Pss" in parts:
            # Before Linux 5.3 there is only the total.
            share = max(0, parts["Pss"] - reading.file_bytes)
        else:
            return
        # What is shared is told by one and the same text: the process may have freed or filled much since the
        # rest was read, and that is not memory that others have.
        shared = max(0, parts.get("Rss", reading.rss_bytes) - reading.file_bytes - share)
        reading.share_bytes = max(0, reading.rss_bytes - reading.file_bytes - shared)

    def _keep_time_of_orphan(self, gone):
        """Nobody in the tree waits for an orphan, so its CPU time would vanish with it."""
        if gone.pid != self.root_pid and gone.parent_pid not in set(key[0] for key in self._known):
            self.departed_user_s += gone.user_s
            self.departed_system_s += gone.system_s

    def _walk(self, root, readings, children_of):
        pending = [root]
        while pending:
            reading = pending.pop()
            if reading.key in readings:
                continue
            readings[reading.key] = reading
            for pid in self._children(reading, children_of):
                child = self._read(pid)
                if child is not None:
                    pending.append(child)

    def _children(self, reading, children_of):
        if children_of is not None:
            return children_of.get(reading.pid, ())
        pids = []
        tasks = "{}/{}/task".format(self._proc, reading.pid)
        for thread in list_folder(tasks) if reading.threads > 1 else [reading.pid]:
            text = read_text("{}/{}/children".format(tasks, thread))
            pids.extend(int(child) for child in (text or "").split())
        return pids

    def _all_children(self):
        """Every parent's children, for kernels without `children` files."""
        children = {}
        for name in list_folder(self._proc):
            if name.isdigit():
                reading = self._read(int(name))
                if reading is not None:
                    children.setdefault(reading.parent_pid, []).append(reading.pid)
        return children

    def _read(self, pid):
        text = read_text("{}/{}/stat".format(self._proc, pid))
        if not text:
            return None
        known = self._known_by_pid.get(pid)
        if known is not None and known.stat_text == text:
            known.is_idle = known.settled
            known.share_bytes = None
            return known
        reading, state = parse_stat(text)
        # A thread that waits for a core has not run either, and still has something to tell.
        reading.stat_text = None if state == "R" else text
        # A zombie that nobody has waited for yet still carries its CPU time, but is the root gone?
        return None if state in "ZX" and pid == self.root_pid else reading

    def _add_details(self, reading, before, now_s):
        base = "{}/{}/".format(self._proc, reading.pid)
        if before is not None and before.pages_text == reading.pages_text:
            reading.rss_bytes, reading.file_bytes = before.rss_bytes, before.file_bytes
            reading.high_water_bytes = before.high_water_bytes
        else:
            marks = parse_kib_fields(read_text(base + "status") or "", ("VmHWM", "VmRSS", "RssFile"))
            reading.rss_bytes = marks.get("VmRSS", reading.rss_bytes)
            reading.file_bytes = min(marks.get("RssFile", 0), reading.rss_bytes)
            reading.high_water_bytes = max(marks.get("VmHWM", 0), reading.rss_bytes)
        if now_s is not None and reading.pid != self.root_pid:
            reading.settled = now_s - reading.key[1] / TICKS_PER_SECOND >= SETTLING_S
        io_text = read_text(base + "io")
        if io_text:
            reading.read_bytes, reading.write_bytes = parse_io(io_text)


def _answers_signals(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _seconds_since_boot():
    text = read_text("/proc/uptime")
    return float(text.split()[0]) if text else None
