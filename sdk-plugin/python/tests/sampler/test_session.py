import json
import os
import time
import unittest

from attempt import conclude
from pace import ALLOWANCE_S, Restlessness, interval_after, push_after
from recorder import Clock
from session import Inbox, Words


class Pace(unittest.TestCase):
    def test_samples_are_dense_at_the_start_and_sparse_later(self):
        self.assertEqual(interval_after(0.0, 1.0), 0.1)
        self.assertEqual(interval_after(5.0, 1.0), 0.5)
        self.assertEqual(interval_after(3600.0, 1.0), 1.0)
        self.assertEqual(interval_after(3600.0, 10.0), 10.0)

    def test_a_restless_step_is_looked_at_often_as_far_as_the_allowance_goes(self):
        self.assertEqual(interval_after(60.0, 1.0, is_restless=True), 0.1)
        self.assertEqual(interval_after(60.0, 1.0, is_restless=True, spent_s=ALLOWANCE_S + 0.13), 1.0)
        self.assertEqual(interval_after(3600.0, 1.0, is_restless=True, spent_s=ALLOWANCE_S + 7.0), 0.1)
        self.assertEqual(interval_after(0.0, 0.05, is_restless=True), 0.05)

    def test_a_step_is_restless_when_its_need_or_its_processes_change(self):
        watch = Restlessness()
        self.assertFalse(watch.fold(100, ["root"]))
        self.assertFalse(watch.fold(104, ["root"]))
        self.assertTrue(watch.fold(120, ["root"]))
        self.assertFalse(watch.fold(120, ["root"]))
        self.assertTrue(watch.fold(120, ["root", "child"]))
        self.assertTrue(watch.fold(120, ["root", "another child"]))
        self.assertTrue(watch.fold(60, ["root", "another child"]))

    def test_pushes_follow_within_two_seconds(self):
        self.assertEqual((push_after(0.0), push_after(10.0), push_after(3600.0)), (0.5, 1.0, 2.0))

    def test_no_two_samples_share_a_millisecond(self):
        began_ns = int(time.time() * 1e9)
        clock = Clock(began_ns)
        stamps = [began_ns // 1000000] + [clock.stamp_ns() // 1000000 for _ in range(50)]
        self.assertEqual(len(set(stamps)), 51)
        self.assertEqual(stamps, sorted(stamps))


class Messages(unittest.TestCase):
    def setUp(self):
        reader, self.writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.inbox = Inbox(reader)

    def write(self, *messages):
        for message in messages:
            os.write(self.writer, json.dumps(message).encode() + b"\n")

    def test_messages_come_one_by_one_and_the_end_of_the_stream_last(self):
        self.write({"event": "a"}, {"event": "b"})
        self.assertEqual(self.inbox.next(0.0), {"event": "a"})
        self.assertEqual(self.inbox.next(0.0), {"event": "b"})
        self.assertIsNone(self.inbox.next(0.0))
        os.close(self.writer)
        self.assertEqual(self.inbox.next(10.0), {"event": "gone"})

    def test_words_keep_the_exception_and_the_end(self):
        self.write({"event": "exception", "type": "ValueError"}, {"event": "end", "ok": False})
        words = Words(self.inbox)
        words.listen(until=0.0)
        self.assertTrue(words.are_over)
        self.assertEqual((words.exception["type"], words.end["ok"]), ("ValueError", False))
        os.close(self.writer)

    def test_a_stream_that_ends_without_a_word_is_over_without_an_end(self):
        os.close(self.writer)
        words = Words(self.inbox)
        words.listen(until=0.0)
        self.assertTrue(words.are_over)
        self.assertIsNone(words.end)


class Conclusions(unittest.TestCase):
    def conclude(self, ok=True, exception=None, oom_kills=0, evidence=None):
        end = None if ok is None else {"ok": ok, "evidence": evidence}
        concluded = conclude(end, exception and {"type": exception}, oom_kills)
        return concluded and concluded[0]

    def test_the_end_and_the_exception_say_the_outcome(self):
        self.assertEqual(self.conclude(), "succeeded")
        self.assertEqual(self.conclude(ok=False), "failed")
        self.assertEqual(self.conclude(ok=False, exception="ValueError"), "failed")
        self.assertEqual(self.conclude(ok=False, exception="TimeoutException"), "timeout")
        self.assertEqual(self.conclude(ok=False, exception="MemoryError"), "oom")

    def test_an_exception_that_catch_swallowed_is_still_a_failure(self):
        self.assertEqual(self.conclude(ok=True, exception="ValueError"), "failed")

    def test_a_child_killed_for_memory_makes_the_exception_an_oom(self):
        self.assertEqual(self.conclude(ok=False, exception="BrokenProcessPool", oom_kills=1), "oom")
        self.assertEqual(self.conclude(ok=True, oom_kills=1), "succeeded")

    def test_a_death_without_a_word_is_only_called_what_is_proven(self):
        self.assertIsNone(self.conclude(ok=None))
        self.assertEqual(self.conclude(ok=None, oom_kills=1), "oom")
