"""resource-tracker beside a process tree, in the way of `python -m`: `run_overhead_tracker.py PID`."""

import sys
import time

from resource_tracker import ResourceTracker

tracker = ResourceTracker(pid=int(sys.argv[1]), interval=1, discover_server=False, discover_cloud=False)
tracker.start()
time.sleep(100000)
