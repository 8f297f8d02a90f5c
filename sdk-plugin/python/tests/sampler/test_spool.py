import os
import tempfile
import threading
import time
import unittest

import spool as spool_module
from spool import Spool


class KeepAndClaim(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.join(tempfile.mkdtemp(), "spool")
        self.spool = Spool(self.folder)

    def test_gives_back_what_was_kept_oldest_first(self):
        self.assertTrue(self.spool.put("metrics", b"one"))
        self.assertTrue(self.spool.put("traces", b"two"))
        first, second = self.spool.claim(), self.spool.claim()
        self.assertEqual((first.kind, first.body), ("metrics", b"one"))
        self.assertEqual((second.kind, second.body), ("traces", b"two"))
        self.assertIsNone(self.spool.claim())

    def test_a_discarded_claim_is_gone_and_one_put_back_is_there_again(self):
        self.spool.put("metrics", b"one")
        self.spool.claim().put_back()
        self.spool.claim().discard()
        self.assertIsNone(self.spool.claim())
        self.assertEqual(os.listdir(self.folder), [])

    def test_no_export_is_claimed_twice(self):
        for number in range(60):
            self.spool.put("metrics", b"%d" % number)
        claimed = []

        def take():
            claim = self.spool.claim()
            while claim is not None:
                claimed.append(claim.body)
                claim = self.spool.claim()

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(claimed), sorted(b"%d" % number for number in range(60)))

    def test_the_claim_of_a_sampler_that_died_is_free_again(self):
        self.spool.put("metrics", b"one")
        self.spool.claim()
        (name,) = os.listdir(self.folder)
        long_ago = time.time() - 2 * spool_module.STALE_CLAIM_S
        os.utime(os.path.join(self.folder, name), (long_ago, long_ago))
        self.assertEqual(self.spool.claim().body, b"one")

    def test_half_written_files_are_never_claimed(self):
        self.spool.put("metrics", b"one")
        self.spool.claim().discard()
        with open(os.path.join(self.folder, ".000-1-1.metrics.tmp"), "wb") as file:
            file.write(b"half")
        self.assertIsNone(self.spool.claim())


class Bounds(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.spool = Spool(self.folder)

    def limit(self, name, value):
        before = getattr(spool_module, name)
        self.addCleanup(setattr, spool_module, name, before)
        setattr(spool_module, name, value)

    def bodies(self):
        found = []
        for name in sorted(os.listdir(self.folder)):
            with open(os.path.join(self.folder, name), "rb") as file:
                found.append(file.read())
        return found

    def test_the_oldest_go_when_there_are_too_many(self):
        self.limit("MAX_FILES", 3)
        for body in (b"1", b"2", b"3", b"4", b"5"):
            self.spool.put("metrics", body)
        self.assertEqual(self.bodies(), [b"3", b"4", b"5"])

    def test_the_oldest_go_when_they_take_too_much(self):
        self.limit("MAX_BYTES", 10)
        for body in (b"aaaa", b"bbbb", b"cccc"):
            self.spool.put("metrics", body)
        self.assertEqual(self.bodies(), [b"bbbb", b"cccc"])

    def test_a_folder_that_cannot_be_written_costs_the_export_and_nothing_else(self):
        blocked = os.path.join(self.folder, "file")
        with open(blocked, "w"):
            pass
        unwritable = Spool(os.path.join(blocked, "spool"))
        self.assertFalse(unwritable.put("metrics", b"one"))
        self.assertIsNone(unwritable.claim())
