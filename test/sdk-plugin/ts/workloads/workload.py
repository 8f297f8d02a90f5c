"""One of twelve commands that are hard to measure, with the truth about it.

    python workload.py NAME TRUTH_FILE

It leaves what it truly needed, by the kernel's word and no sampler's, in TRUTH_FILE as JSON:

- `mark`: one process, and its high-water mark (VmHWM) as it exits;
- `cgroup`: several processes, or tmpfs, in a memory cgroup (version 1) of their own below the one that it was started in.
  The cgroup's `max_usage_in_bytes` since the work began, less the page cache that is left (there is no limit, so none
  was dropped), plus what is charged elsewhere: the files that it has mapped, to whoever read them first, and what the
  process brought along. Only these: around a cgroup that nobody reads, Linux 6.18 may tell of page cache up to
  two seconds late.

With STEPFIT_PYTHON_SAMPLER (a folder) the Python sampler measures the same process at the same time.
"""

import json
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time

MIB = 1024 * 1024
MOUNT = "/sys/fs/cgroup/memory"
CHILD_SPIKE = "block = b'x' * (200 << 20); del block; import time; time.sleep(2)"
SHORT_CHILD = "import time; block = b'x' * (100 << 20); time.sleep(0.15)"


def spike():
    """Holds 120 MiB for some 50 ms, between two samples that are far apart by then."""
    time.sleep(1.7)
    block = b"x" * (120 * MIB)
    del block
    time.sleep(1.5)


def spike_in_child():
    """Holds 120 MiB all the time; a child holds 200 MiB for an instant, and lives on."""
    block = b"x" * (120 * MIB)
    time.sleep(1.5)
    subprocess.check_call([sys.executable, "-c", CHILD_SPIKE])
    return block


def at_its_end():
    """Needs the most in its last instant."""
    time.sleep(0.8)
    return b"x" * (120 * MIB)


def c_call():
    """One call into C that holds the GIL for half a second, and its memory only inside."""
    numbers = list(range(1000000, 0, -1))
    time.sleep(0.5)
    numbers.sort(key=str)


def forked():
    """Four forked processes read 250 MiB of their parent's, and hold 30 MiB each."""
    block = b"x" * (250 * MIB)
    time.sleep(1.2)
    children = []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            own = b"y" * (30 * MIB)
            time.sleep(2.5 if block[7] and own[7] else 0)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


def mapped_file():
    """Maps a file of 300 MiB and reads all of it."""
    with tempfile.TemporaryFile() as file:
        for _ in range(300):
            file.write(b"z" * MIB)
        file.flush()
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        sum(mapped[at] for at in range(0, len(mapped), mmap.PAGESIZE))
        time.sleep(0.6)
        mapped.close()


def page_cache():
    """Holds 200 MiB, and reads and writes files of 400 MiB, which the kernel keeps in memory."""
    block = b"x" * (200 * MIB)
    with tempfile.TemporaryFile() as file:
        for _ in range(400):
            file.write(b"z" * MIB)
        for _ in range(2):
            file.seek(0)
            while file.read(MIB):
                pass
        time.sleep(1.5)
    return block


def tmpfs():
    """Holds 50 MiB, and writes 200 MiB to a file system that lives in memory."""
    block = b"x" * (50 * MIB)
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        for _ in range(200):
            file.write(b"z" * MIB)
        time.sleep(2.5)
    return block


def short_task():
    """Over before a second sample."""
    return b"x" * (150 * MIB)


def short_children():
    """Ten children, one after another, that live some 200 ms and hold 100 MiB beside their parent's."""
    block = b"x" * (100 * MIB)
    time.sleep(0.5)
    for _ in range(10):
        subprocess.check_call([sys.executable, "-c", SHORT_CHILD])
    return block


def threads():
    """Eight threads hold 30 MiB each at the same time, for an instant."""
    barrier = threading.Barrier(8)

    def hold():
        block = b"x" * (30 * MIB)
        barrier.wait()
        del block

    time.sleep(0.6)
    started = [threading.Thread(target=hold) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    time.sleep(0.6)


def numpy():
    """Arrays of 128 MB, and what numpy needs between two lines."""
    import numpy

    ones = numpy.ones((4000, 4000))
    time.sleep(0.5)
    return float(((ones * 2 + ones) / ones).sum())


OF_SEVERAL = ("spike_in_child", "forked", "tmpfs", "short_children")


class Truth(object):
    def __init__(self, name):
        self._is_of_several = name in OF_SEVERAL
        self._brought = status("RssAnon")
        with open("/proc/self/cgroup") as file:
            path = next(line.split(":", 2)[2].strip() for line in file if ":memory:" in line)
        self._parent = MOUNT + path
        self._folder = os.path.join(self._parent, "truth-%d" % os.getpid())

    def begin(self):
        if self._is_of_several:
            os.mkdir(self._folder)
            write(os.path.join(self._folder, "cgroup.procs"), os.getpid())

    def end(self):
        if not self._is_of_several:
            return status("VmHWM")
        with open(os.path.join(self._folder, "memory.max_usage_in_bytes")) as file:
            most = int(file.read())
        with open(os.path.join(self._folder, "memory.stat")) as file:
            stat = dict((name, int(value)) for name, value in (line.split() for line in file))
        cache = stat["total_cache"] - stat["total_shmem"]
        need = most - cache + self._brought + status("RssFile")
        write(os.path.join(self._parent, "cgroup.procs"), os.getpid())
        os.rmdir(self._folder)
        return need


def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name + ":"))


def write(path, value):
    with open(path, "w") as file:
        file.write(str(value))


class PythonSampler(object):
    """The Metaflow extension's sampler beside this process, started as the extension starts it."""

    def __init__(self, folder):
        sys.path.insert(0, folder)
        from sampler_process import SamplerProcess

        with open("/proc/self/stat") as file:
            ticks = int(file.read().rpartition(")")[2].split()[19])
        with open("/proc/uptime") as file:
            age_s = float(file.read().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
        self._process = SamplerProcess()
        start = json.loads(os.environ["STEPFIT_PYTHON_START"])
        started_ns = int((time.time() - age_s) * 1e9)
        start["facts"]["startedUnixMs"] = started_ns // 1000000
        start.update(event="start", pid=os.getpid(), started_ns=started_ns)
        self._process.send(start)

    def end(self):
        import resource

        own = resource.getrusage(resource.RUSAGE_SELF)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        self._process.send(
            {
                "event": "end",
                "ok": True,
                "pid": os.getpid(),
                "ended_ns": int(time.time() * 1e9),
                "user_s": own.ru_utime + children.ru_utime,
                "system_s": own.ru_stime + children.ru_stime,
                "vm_hwm": status("VmHWM"),
                "self_maxrss": own.ru_maxrss * 1024,
                "children_maxrss": children.ru_maxrss * 1024,
            }
        )
        self._process.wait_until_done(4.0)


def main(name, truth_file):
    folder = os.environ.get("STEPFIT_PYTHON_SAMPLER")
    sampler = PythonSampler(folder) if folder else None
    truth = Truth(name)
    truth.begin()
    held = globals()[name]()
    need = truth.end()
    if sampler is not None:
        sampler.end()
    with open(truth_file, "w") as file:
        json.dump({"needBytes": need}, file)
    del held


if __name__ == "__main__":
    main(*sys.argv[1:])
