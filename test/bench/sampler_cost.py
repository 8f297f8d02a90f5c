"""What measuring costs: our sampler and resource-tracker beside the same tree of processes, in one run.

    python sampler_cost.py <plugins folder> <collector URL> <seconds> <folder for a card>

Prints one JSON object. A tree of 20 processes shares 200 MB that were there before they were forked; both measure it
at 1 Hz. Processor time is what the kernel counts for all processes of each, children included; memory is their
high-water marks (VmHWM) and their proportional share (PSS) at the end.
"""

import json
import os
import signal
import subprocess
import sys
import time

TREE = """
import os, signal, sys, time
block = bytearray(os.urandom(1000) * 200000)
children = []
for _ in range(19):
    pid = os.fork()
    if pid == 0:
        break
    children.append(pid)
else:
    print("ready", flush=True)
# Each does a little, as workers that wait for input do.
while True:
    sum(range(1000))
    time.sleep(1)
    if os.getppid() == 1:
        os._exit(0)
"""
TRACKER = """
import os, sys, time
from resource_tracker import ResourceTracker
tracker = ResourceTracker(pid=int(sys.argv[1]), interval=1, discover_server=False, discover_cloud=False)
tracker.start()
print("ready", flush=True)
time.sleep(100000)
"""
TICKS = os.sysconf("SC_CLK_TCK")


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(child) for child in file.read().split()]


def sampler_of(root):
    """The sampler left its starter's children: it is found by its folder, and by the message it waits for."""
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/cmdline" % name) as file:
                if name.isdigit() and "/plugins/sampler" in file.read() and int(name) > root:
                    return int(name)
        except OSError:
            continue
    raise RuntimeError("the sampler did not start")


def cpu_s(pids):
    total = 0
    for pid in pids:
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rpartition(")")[2].split()
        total += sum(int(fields[at]) for at in (11, 12, 13, 14))
    return total / TICKS


def fine_cpu_s(pids):
    """Nanoseconds of each thread, where ticks of 10 ms would be too coarse."""
    total = 0
    for pid in pids:
        for thread in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/schedstat" % (pid, thread)) as file:
                total += int(file.read().split()[0])
    return total / 1e9


def kib(pids, name, file_name):
    total = 0
    for pid in pids:
        with open("/proc/%d/%s" % (pid, file_name)) as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith(name + ":"))
    return total


def main():
    plugins, url, seconds, folder = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    sys.path.insert(0, plugins)
    from sampler_process import SamplerProcess

    started = []

    def start(script, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", script] + list(arguments), stdout=subprocess.PIPE, start_new_session=True
        )
        started.append(process)
        process.stdout.readline()
        return process.pid

    try:
        root = start(TREE)
        tracker = start(TRACKER, str(root))
        facts = {"flow": "CostFlow", "run": "1", "step": "work", "task": "1", "attempt": 0, "samplerVersion": "bench"}
        sampler = SamplerProcess()
        now_ns = int(time.time() * 1e9)
        sampler.send(
            {
                "event": "start",
                "pid": root,
                "facts": dict(facts, startedUnixMs=now_ns // 1000000),
                "features": {},
                "started_ns": now_ns,
                "trace_id": "0" * 31 + "1",
                "span_id": "0" * 15 + "1",
                "owns_cgroup": False,
                "url": url,
                "token": None,
                "interval_s": 1.0,
                "spool_dir": os.path.join(folder, "spool"),
                "log_file": None,
                "cpu_before_s": [0.0, 0.0],
                "card": {
                    "path": os.path.join(folder, "cards", "card.html"),
                    "page_url": url,
                    "explain_target": "/api/v1/explain",
                },
            }
        )
        time.sleep(0.3)
        own = [sampler_of(root)]
        theirs = children_of(tracker)
        settle_s = min(30.0, seconds / 2)
        time.sleep(settle_s)
        before = {"ours": fine_cpu_s(own), "theirs": fine_cpu_s(theirs)}
        time.sleep(seconds)
        result = {"seconds": seconds, "settleSeconds": settle_s, "processes": 1 + len(children_of(root))}
        for name, pids in (("ours", own), ("theirs", theirs)):
            used = fine_cpu_s(pids)
            result[name] = {
                "processes": len(pids),
                "steadyCoreShare": (used - before[name]) / seconds,
                "wholeCoreShare": cpu_s(pids) / (seconds + settle_s + 0.3),
                "peakRssKiB": kib(pids, "VmHWM", "status"),
                "pssKiB": kib(pids, "Pss", "smaps_rollup"),
            }
        print(json.dumps(result))
        sampler.close()
    finally:
        for process in started:
            for pid in children_of(process.pid) + [process.pid]:
                os.kill(pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()


main()
