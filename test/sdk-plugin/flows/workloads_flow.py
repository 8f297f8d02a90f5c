"""Twelve steps that are hard to measure, each for another reason."""

import mmap
import os
import subprocess
import sys
import tempfile
import threading
import time

from kernel_truth import Truth
from metaflow import FlowSpec, step

MIB = 1024 * 1024
CHILD_SPIKE = "block = b'x' * (200 << 20); del block; import time; time.sleep(2)"
SHORT_CHILD = "import time; block = b'x' * (100 << 20); time.sleep(0.15)"


class WorkloadsFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.spike)

    @step
    def spike(self):
        """Holds 120 MiB for some 50 ms, between two samples that are far apart by then."""
        with Truth("mark"):
            time.sleep(1.7)
            block = b"x" * (120 * MIB)
            del block
            time.sleep(1.5)
        self.next(self.spike_in_child)

    @step
    def spike_in_child(self):
        """Holds 120 MiB all the time; a child holds 200 MiB for an instant, and lives on."""
        with Truth("cgroup"):
            block = b"x" * (120 * MIB)
            time.sleep(1.5)
            subprocess.check_call([sys.executable, "-c", CHILD_SPIKE])
            self.size = len(block)
        self.next(self.persist)

    @step
    def persist(self):
        """Needs the most after its last line, while the artifact is pickled and compressed."""
        with Truth("mark"):
            self.pad = [bytes([number % 251]) * MIB for number in range(120)]
        self.next(self.c_call)

    @step
    def c_call(self):
        """One call into C that holds the GIL for a second, and its memory only inside."""
        with Truth("mark"):
            numbers = list(range(2000000, 0, -1))
            time.sleep(1.2)
            numbers.sort(key=str)
            self.size = len(numbers)
            del numbers
        self.pad = None
        self.next(self.forked)

    @step
    def forked(self):
        """Four forked processes read 250 MiB of their parent's, and hold 30 MiB each."""
        with Truth("cgroup"):
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
            self.size = len(block)
        self.next(self.mapped_file)

    @step
    def mapped_file(self):
        """Maps a file of 300 MiB and reads all of it."""
        with tempfile.TemporaryFile(dir=".") as file:
            for _ in range(300):
                file.write(b"z" * MIB)
            file.flush()
            with Truth("mark"):
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self.total = sum(mapped[at] for at in range(0, len(mapped), mmap.PAGESIZE))
                time.sleep(1.5)
                mapped.close()
        self.next(self.page_cache)

    @step
    def page_cache(self):
        """Holds 100 MiB, and reads and writes files of 400 MiB, which the kernel keeps in memory."""
        with Truth("mark"):
            block = b"x" * (100 * MIB)
            with tempfile.TemporaryFile(dir=".") as file:
                for _ in range(400):
                    file.write(b"z" * MIB)
                for _ in range(2):
                    file.seek(0)
                    while file.read(MIB):
                        pass
                time.sleep(1.5)
            self.size = len(block)
        self.next(self.tmpfs)

    @step
    def tmpfs(self):
        """Holds 50 MiB, and writes 200 MiB to a file system that lives in memory."""
        with Truth("cgroup"):
            block = b"x" * (50 * MIB)
            with tempfile.TemporaryFile(dir="/dev/shm") as file:
                for _ in range(200):
                    file.write(b"z" * MIB)
                time.sleep(2.5)
            self.size = len(block)
        self.next(self.short_task)

    @step
    def short_task(self):
        """Over before a second sample."""
        with Truth("mark"):
            self.size = len(b"x" * (150 * MIB))
        self.next(self.short_children)

    @step
    def short_children(self):
        """Twenty children, one after another, that live some 200 ms and hold 100 MiB beside their parent's."""
        with Truth("cgroup"):
            block = b"x" * (100 * MIB)
            time.sleep(1.2)
            for _ in range(20):
                subprocess.check_call([sys.executable, "-c", SHORT_CHILD])
            self.size = len(block)
        self.next(self.threads)

    @step
    def threads(self):
        """Eight threads hold 30 MiB each at the same time, for an instant."""
        barrier = threading.Barrier(8)

        def hold():
            block = b"x" * (30 * MIB)
            barrier.wait()
            del block

        with Truth("mark"):
            time.sleep(1.2)
            started = [threading.Thread(target=hold) for _ in range(8)]
            for thread in started:
                thread.start()
            for thread in started:
                thread.join()
            time.sleep(1.2)
        self.next(self.numpy)

    @step
    def numpy(self):
        """Arrays of 128 MB, and what numpy needs between two lines."""
        import numpy

        with Truth("mark"):
            ones = numpy.ones((4000, 4000))
            time.sleep(1.2)
            self.total = float(((ones * 2 + ones) / ones).sum())
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    WorkloadsFlow()
