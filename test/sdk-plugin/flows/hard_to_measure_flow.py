"""Steps whose need a sampler that looks now and then would get wrong."""

import subprocess
import sys
import time

import kernel_marks  # noqa: F401
from metaflow import FlowSpec, step

MIB = 1024 * 1024
SPIKE_IN_A_CHILD = "block = b'x' * (200 << 20); del block; import time; time.sleep(6)"
BURN = "import time\nend = time.process_time() + 0.15\nwhile time.process_time() < end: pass"


class HardToMeasureFlow(FlowSpec):
    @step
    def start(self):
        """Shorter than the time to the first sample, or close to it."""
        block = b"x" * (150 * MIB)
        self.size = len(block)
        self.next(self.spike)

    @step
    def spike(self):
        """Holds 300 MiB for an instant between two samples, which are far apart by then."""
        time.sleep(1.5)
        block = b"x" * (300 * MIB)
        del block
        time.sleep(0.3)
        self.next(self.spike_in_child)

    @step
    def spike_in_child(self):
        """Holds 120 MiB all the time; a child holds 200 MiB for an instant. What the others hold is known at the
        samples before and after it, so there is time for both, on a busy machine too."""
        block = b"x" * (120 * MIB)
        time.sleep(3)
        subprocess.check_call([sys.executable, "-c", SPIKE_IN_A_CHILD])
        self.size = len(block)
        self.next(self.short_children)

    @step
    def short_children(self):
        """Most of the CPU time is spent in children that live shorter than a sampling interval."""
        for _ in range(8):
            subprocess.check_call([sys.executable, "-c", BURN])
        self.next(self.persist)

    @step
    def persist(self):
        """Needs the most after its last line, while the artifact is pickled and compressed."""
        self.pad = [bytes([number % 251]) * MIB for number in range(120)]
        self.next(self.wait_for_any_child)

    @step
    def wait_for_any_child(self):
        """Waits for its children until there are none: a sampler among them would keep it for ever."""
        import os

        for _ in range(2):
            if os.fork() == 0:
                os._exit(0)
        self.waited = 0
        while True:
            try:
                os.wait()
            except ChildProcessError:
                break
            self.waited += 1
        self.next(self.end)

    @step
    def end(self):
        print("waited for %d children" % self.waited)


if __name__ == "__main__":
    HardToMeasureFlow()
