"""A flow that asks for the wrong amounts, as flows do: see what StepFit says about each step.

    python over_provisioned_flow.py run --with stepfit

It works on data that it makes itself, for some twenty seconds, with nothing but Metaflow installed.
"""

import atexit
import hashlib
import json
import os
import random
import resource
from array import array
from concurrent.futures import ProcessPoolExecutor

from metaflow import FlowSpec, Parameter, current, resources, step

MIB = 1024 * 1024


class OverProvisionedFlow(FlowSpec):
    seed = Parameter("seed", default=7, help="Seed of the made-up data.")

    @step
    def start(self):
        self.region_rows = [400000, 800000, 1600000, 3200000]
        self.next(self.simulate)

    # Asks for eight cores; plain Python uses one.
    @resources(cpu=8, memory=1024)
    @step
    def simulate(self):
        """Prices a year of demand by Monte Carlo."""
        dice = random.Random(self.seed)
        totals = []
        for _ in range(32000):
            demand = 100.0
            for _ in range(365):
                demand *= 1 + (dice.random() - 0.5) / 50
            totals.append(demand)
        self.expected_demand = sum(totals) / len(totals)
        self.next(self.index_orders)

    # Asks for 16 GB; the index takes some 300 MB.
    @resources(cpu=1, memory=16000)
    @step
    def index_orders(self):
        """Finds the customers who order most, through an index of all orders."""
        dice = random.Random(self.seed)
        orders_of = {}
        for order in range(2400000):
            customer = dice.randrange(300000)
            orders_of.setdefault(customer, []).append("order-%09d" % order)
        ranked = sorted(orders_of, key=lambda customer: -len(orders_of[customer]))
        self.best_customers = ranked[:100]
        self.next(self.export_keys)

    # The peak comes after the last line: storing the artifact takes several times its size.
    @resources(cpu=1, memory=4096)
    @step
    def export_keys(self):
        """Makes a one-time pad for the export."""
        self.pad = os.urandom(48 * MIB)
        self.next(self.profile_region, foreach="region_rows")

    # What each task needs follows the rows that it gets.
    @resources(cpu=1, memory=2048)
    @step
    def profile_region(self):
        """Finds the median and the spread of one region's readings."""
        readings = sorted(array("H", os.urandom(2 * self.input)))
        self.median = readings[len(readings) // 2]
        self.spread = readings[-1] - readings[0]
        self.next(self.join_regions)

    @step
    def join_regions(self, inputs):
        self.medians = [profiled.median for profiled in inputs]
        self.merge_artifacts(inputs, include=["expected_demand", "best_customers"])
        self.next(self.count_primes)

    # Two child processes do the work; the step itself only waits.
    @resources(cpu=4, memory=4096)
    @step
    def count_primes(self):
        """Counts primes, as a stand-in for any work that is given to worker processes."""
        bounds = [(1, 330000), (330000, 540000), (540000, 720000), (720000, 880000)]
        with ProcessPoolExecutor(max_workers=2) as workers:
            self.primes = sum(workers.map(primes_between, bounds))
        self.next(self.archive)

    # Asks for what it needs, and a little more.
    @resources(cpu=1, memory=768)
    @step
    def archive(self):
        """Builds an archive in memory and seals it with a digest."""
        block = random.Random(self.seed).getrandbits(8 * 4 * MIB).to_bytes(4 * MIB, "little")
        content = bytearray()
        for _ in range(155):
            content += block
        self.seal = hashlib.sha256(content).hexdigest()
        self.next(self.end)

    @step
    def end(self):
        print("Expected demand %.2f, %d primes." % (self.expected_demand, self.primes))
        print("Medians %s, archive %s." % (self.medians, self.seal[:12]))


def primes_between(bounds):
    low, high = bounds
    return sum(1 for number in range(max(low, 2), high) if is_prime(number))


def is_prime(number):
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return True


def leave_kernel_marks():
    """Writes the kernel's own memory marks of this task, for tests that compare StepFit's peak with them."""
    if not current.is_running_flow:
        return
    marks = {
        "self_maxrss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "children_maxrss_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                marks["vm_hwm_bytes"] = int(line.split()[1]) * 1024
    name = "%s-%s-%d.json" % (current.step_name, current.task_id, current.retry_count)
    with open(os.path.join(os.environ["STEPFIT_MARKS_DIR"], name), "w") as file:
        json.dump(marks, file)


if "STEPFIT_MARKS_DIR" in os.environ:
    atexit.register(leave_kernel_marks)

if __name__ == "__main__":
    OverProvisionedFlow()
