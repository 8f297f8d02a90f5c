"""What a container read from and wrote to disks, and received and sent over the network, so far."""

import os

from cgroup import CGROUP_MOUNT, cgroup_folders
from proc_files import list_folder, read_text

BLKIO_FILE = "/blkio.throttle.io_service_bytes_recursive"
# Interfaces that exist only on a machine which runs containers: their other ends are in those.
MACHINE_INTERFACES = ("veth", "docker", "br-", "cni", "cali", "flannel", "lxc", "virbr", "vnet", "tap")


def parse_io_stat(text):
    """`io.stat` of cgroup version 2 as {device: (bytes read, bytes written)}. Pure."""
    devices = {}
    for line in text.splitlines():
        words = line.split()
        values = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        if "rbytes" in values and "wbytes" in values:
            devices[words[0]] = (int(values["rbytes"]), int(values["wbytes"]))
    return devices


def parse_blkio(text):
    """`blkio.throttle.io_service_bytes` of cgroup version 1, `<device> <operation> <bytes>`, likewise. Pure."""
    devices = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in ("Read", "Write") and words[2].isdigit():
            read, written = devices.get(words[0], (0, 0))
            amount = int(words[2])
            devices[words[0]] = (amount, written) if words[1] == "Read" else (read, amount)
    return devices


def parse_net_dev(text):
    """`/proc/net/dev` as {interface: (bytes received, bytes sent)}. Pure."""
    interfaces = {}
    for line in text.splitlines():
        name, colon, rest = line.partition(":")
        fields = rest.split()
        if colon and len(fields) >= 16:
            interfaces[name.strip()] = (int(fields[0]), int(fields[8]))
    return interfaces


class Totals(object):
    """(in, out) totals that only count what came after the first reading."""

    def __init__(self):
        self._first = None

    def since_first(self, parts):
        total = tuple(sum(part[side] for part in parts) for side in (0, 1))
        if self._first is None:
            self._first = total
        return tuple(max(0, now - first) for now, first in zip(total, self._first))


class DiskUse(object):
    """The container's block devices. Network file systems are none, and version 1 does not say who wrote what
    passed through the page cache: processes' own counts may be higher."""

    def __init__(self, pid, proc="/proc", mount=CGROUP_MOUNT, devices="/sys/dev/block"):
        self._devices = devices
        self._totals = Totals()
        self._path, self._parse = None, None
        for folder in cgroup_folders(pid, "blkio", proc, mount):
            for name, parse in ((BLKIO_FILE, parse_blkio), ("/io.stat", parse_io_stat)):
                if self._path is None and read_text(folder + name) is not None:
                    self._path, self._parse = folder + name, parse

    def read(self):
        """(bytes read, bytes written) since the first call; None where the kernel does not say."""
        text = read_text(self._path) if self._path else None
        if text is None:
            return None
        parsed = self._parse(text)
        return self._totals.since_first([parsed[name] for name in parsed if not self._is_stacked(name)])

    def _is_stacked(self, device):
        """Whether a device (LVM, RAID) passes on to others, which count the same bytes."""
        return bool(list_folder(os.path.join(self._devices, device, "slaves")))


class NetworkUse(object):
    """The container's interfaces but loopback."""

    def __init__(self, pid, proc="/proc"):
        self._path = "{}/{}/net/dev".format(proc, pid)
        self._totals = Totals()

    def read(self):
        """(bytes received, bytes sent) since the first call; None where the container shares the network of
        its machine, whose traffic is not its own."""
        text = read_text(self._path)
        if not text:
            return None
        interfaces = parse_net_dev(text)
        if any(name.startswith(MACHINE_INTERFACES) for name in interfaces):
            return None
        return self._totals.since_first([interfaces[name] for name in interfaces if name != "lo"])
