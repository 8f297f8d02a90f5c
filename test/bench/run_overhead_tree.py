"""A tree of 20 processes that share 200 MB: `run_overhead_tree.py SECONDS`. Each does a little every second."""

import os
import sys
import time

block = bytearray(os.urandom(1000) * 200000)
for _ in range(19):
    if os.fork() == 0:
        break
until = time.monotonic() + float(sys.argv[1])
while time.monotonic() < until:
    sum(range(1000))
    time.sleep(min(1, max(0, until - time.monotonic())))
