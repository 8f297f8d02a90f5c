"""GPU usage through `nvidia-smi`, kept running: starting it takes a second on some machines."""

import os
import subprocess
import threading
from collections import namedtuple

QUERY = "index,uuid,utilization.gpu,memory.used,memory.total"
MIB = 1024 * 1024

GpuReading = namedtuple("GpuReading", "index uuid utilization memory_used_bytes memory_total_bytes")


def parse_line(line):
    """One line of `--format=csv,noheader,nounits` for `QUERY`, or None if it is no such line.

    What a card does not report (`[N/A]`, `[Not Supported]`, MIG's utilisation) is None.
    """
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 5 or not fields[0].isdigit() or not fields[1].startswith(("GPU-", "MIG-")):
        return None
    percent, used_mib, total_mib = (_number(field) for field in fields[2:])
    return GpuReading(
        index=int(fields[0]),
        uuid=fields[1],
        utilization=None if percent is None else min(percent / 100, 1.0),
        memory_used_bytes=None if used_mib is None else int(used_mib * MIB),
        memory_total_bytes=None if total_mib is None else int(total_mib * MIB),
    )


def is_visible(reading, visible_devices):
    """Whether a GPU is one that CUDA shows the step: `CUDA_VISIBLE_DEVICES` as indices or uuids.

    Unset means all. CUDA stops at the first entry that it does not know, and so do we.
    """
    if visible_devices is None:
        return True
    for entry in (part.strip() for part in visible_devices.split(",")):
        if entry.isdigit():
            if int(entry) == reading.index:
                return True
        elif entry.startswith(("GPU-", "MIG-")):
            if reading.uuid.startswith(entry):
                return True
        else:
            return False
    return False


class GpuWatch(object):
    """The newest reading of each visible GPU. Without `nvidia-smi` there is none, and nothing is said."""

    def __init__(self, visible_devices=None, command="nvidia-smi", period_ms=1000):
        self._visible_devices = visible_devices
        self._latest = {}
        self._process = None
        try:
            self._process = subprocess.Popen(
                [
                    command,
                    "--query-gpu=" + QUERY,
                    "--format=csv,noheader,nounits",
                    "-lms",
                    str(period_ms),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return
        reader = threading.Thread(target=self._read_lines)
        reader.daemon = True
        reader.start()

    def take(self):
        """Readings that arrived since the last call, one for each GPU: each is reported once."""
        latest, self._latest = self._latest, {}
        return [latest[uuid] for uuid in sorted(latest)]

    def stop(self):
        if self._process is not None:
            try:
                self._process.kill()
                self._process.wait()
                self._process.stdout.close()
            except OSError:
                pass

    def _read_lines(self):
        for line in self._process.stdout:
            reading = parse_line(line.decode("utf-8", "replace"))
            if reading is not None and is_visible(reading, self._visible_devices):
                self._latest[reading.uuid] = reading


def visible_devices():
    return os.environ.get("CUDA_VISIBLE_DEVICES")


def _number(text):
    try:
        return float(text)
    except ValueError:
        return None
