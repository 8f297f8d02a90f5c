import os
import shutil
import tempfile
import unittest

from io_use import DiskUse, NetworkUse, parse_blkio, parse_io_stat, parse_net_dev

RECORDED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")

# As cAdvisor's issue 2881 shows a container that writes to one disk.
IO_STAT = "254:3 rbytes=598016 wbytes=227002702848000 rios=146 wios=124342581 dbytes=0 dios=0\n"
# As the kernel documents it (admin-guide/cgroup-v1/blkio-controller).
BLKIO = (
    "8:0 Read 4096\n8:0 Write 8192\n8:0 Sync 8192\n8:0 Async 4096\n8:0 Discard 0\n8:0 Total 12288\n"
    "259:0 Read 1000\n259:0 Write 0\nTotal 13288\n"
)


class Parse(unittest.TestCase):
    def test_version_2(self):
        self.assertEqual(parse_io_stat(IO_STAT), {"254:3": (598016, 227002702848000)})
        # A device that was never used has its number alone.
        self.assertEqual(parse_io_stat("7:0 \n" + IO_STAT), {"254:3": (598016, 227002702848000)})
        self.assertEqual(parse_io_stat(""), {})

    def test_version_1(self):
        self.assertEqual(parse_blkio(BLKIO), {"8:0": (4096, 8192), "259:0": (1000, 0)})
        with open(os.path.join(RECORDED, "cgroup1/blkio/task/blkio.throttle.io_service_bytes_recursive")) as file:
            self.assertEqual(parse_blkio(file.read()), {})

    def test_interfaces(self):
        with open(os.path.join(RECORDED, "proc/net_dev")) as file:
            interfaces = parse_net_dev(file.read())
        self.assertEqual(sorted(interfaces), ["eth0", "ifb0", "ifb1", "lo"])
        self.assertEqual(interfaces["eth0"], (27111826054, 36947169))


class Container(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, path, text):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def disks(self):
        mount, devices = os.path.join(self.folder, "mount"), os.path.join(self.folder, "block")
        return DiskUse(7, proc=self.folder, mount=mount, devices=devices)

    def test_disks_count_from_the_first_reading(self):
        self.write("7/cgroup", "0::/c1\n")
        self.write("mount/c1/io.stat", "8:0 rbytes=1000 wbytes=2000 rios=1 wios=1\n")
        disks = self.disks()
        self.assertEqual(disks.read(), (0, 0))
        self.write("mount/c1/io.stat", "8:0 rbytes=1500 wbytes=2000\n8:16 rbytes=0 wbytes=70\n")
        self.assertEqual(disks.read(), (500, 70))

    def test_bytes_that_pass_through_two_devices_count_once(self):
        self.write("7/cgroup", "0::/c1\n")
        self.write("block/253:0/slaves/sda/size", "1")
        os.makedirs(os.path.join(self.folder, "block/8:0/slaves"))
        self.write("mount/c1/io.stat", "253:0 rbytes=0 wbytes=0\n8:0 rbytes=0 wbytes=0\n")
        disks = self.disks()
        disks.read()
        self.write("mount/c1/io.stat", "253:0 rbytes=900 wbytes=0\n8:0 rbytes=900 wbytes=0\n")
        self.assertEqual(disks.read(), (900, 0))

    def test_version_1(self):
        self.write("7/cgroup", "7:blkio:/c1\n")
        name = "mount/blkio/c1/blkio.throttle.io_service_bytes_recursive"
        self.write(name, "Total 0\n")
        disks = self.disks()
        self.assertEqual(disks.read(), (0, 0))
        self.write(name, BLKIO)
        self.assertEqual(disks.read(), (5096, 8192))

    def test_without_a_controller_nothing_is_said(self):
        self.write("7/cgroup", "0::/c1\n")
        self.assertIsNone(self.disks().read())

    def net_dev(self, **bytes_by_interface):
        fields = "0    0    0    0     0          0         0"
        lines = ["Inter-|   Receive |  Transmit", " face |bytes |bytes"]
        for name, (received, sent) in bytes_by_interface.items():
            lines.append("%6s: %d %s %d %s" % (name, received, fields, sent, fields))
        self.write("7/net/dev", "\n".join(lines) + "\n")

    def test_the_network_counts_from_the_first_reading_without_loopback(self):
        network = NetworkUse(7, proc=self.folder)
        self.assertIsNone(network.read())
        self.net_dev(lo=(5, 5), eth0=(1000, 100))
        self.assertEqual(network.read(), (0, 0))
        self.net_dev(lo=(900, 900), eth0=(1700, 130), net1=(40, 2))
        self.assertEqual(network.read(), (740, 32))

    def test_the_machines_own_network_is_not_the_containers(self):
        self.net_dev(lo=(5, 5), eth0=(1000, 100), veth12ab=(7, 7))
        self.assertIsNone(NetworkUse(7, proc=self.folder).read())


if __name__ == "__main__":
    unittest.main()
