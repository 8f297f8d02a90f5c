"""Imported by test flows: each task leaves the kernel's own figures as it exits."""

import atexit
import json
import os
import resource

from metaflow import current


def leave():
    if not current.is_running_flow:
        return
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    marks = {
        "self_maxrss_bytes": own.ru_maxrss * 1024,
        "children_maxrss_bytes": children.ru_maxrss * 1024,
        "cpu_seconds": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
    }
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                marks["vm_hwm_bytes"] = int(line.split()[1]) * 1024
    name = "%s-%s-%d.json" % (current.step_name, current.task_id, current.retry_count)
    with open(os.path.join(os.environ["STEPFIT_MARKS_DIR"], name), "w") as file:
        json.dump(marks, file)


atexit.register(leave)
