import http.server
import json
import os
import re
import shutil
import tempfile
import threading
import time
import unittest
from unittest import mock

from card_html import LONGEST_TEXT, CardView, render_card
import live_card
from card_places import CardFile, TaskPipe
from live_card import LiveCard, NoCard, open_card
from recorder import Sample
from timeline import MAX_POINTS, Timeline
from verdicts import to_verdict

MIB = 1024 * 1024
FACTS = {"flow": "F", "step": "work", "run": "7", "task": "2", "attempt": 0, "requestMemoryMiB": 1000.0}
PAGE = "http://s:1/steps/F/work"
SUGGESTION = {
    "effective": {"memoryMiB": 16000},
    "suggestedEffective": {"memoryMiB": 512},
    "decoratorLine": "@resources(memory=512)",
    "savings": {"gibHoursPerRun": 0.25, "coreHoursPerRun": 0, "gpuHoursPerRun": 0},
    "evidence": {"attempts": 9, "memoryReplay": []},
}
ANSWER = {"flow": "F", "step": "work", "suggestion": SUGGESTION}


def sample(second, memory_mib, cpu_s, peak_mib=None):
    points = [
        ("memoryUsage", memory_mib * MIB, ()),
        ("memoryPeak", (peak_mib or memory_mib) * MIB, ("vm-hwm",)),
        ("cpuTime", cpu_s, ("user",)),
    ]
    return Sample(int(second * 1e9), points)


def timeline_of(samples):
    timeline = Timeline()
    for item in samples:
        timeline.add(item)
    return timeline


def view(timeline, **changed):
    known = dict(facts=FACTS, timeline=timeline, ending=None, answer=None, no_answer="No answer.")
    known.update(page_url=PAGE, written_at="noon", **changed)
    return CardView(**known)


class TimelineOfAnyLength(unittest.TestCase):
    def test_keeps_the_highest_memory_and_all_cpu_time_however_long_the_attempt(self):
        samples = [sample(second, 10, second * 2) for second in range(10000)]
        samples[7777] = sample(7777, 500, 7777 * 2)
        timeline = timeline_of(samples)
        self.assertLessEqual(len(timeline.points), MAX_POINTS)
        self.assertGreater(len(timeline.points), MAX_POINTS // 3)
        self.assertEqual(max(value for _, value in timeline.memory()), 500 * MIB)
        self.assertEqual(set(round(cores, 6) for _, cores in timeline.cores()), {2.0})

    def test_a_last_sample_right_after_another_makes_no_spike_of_cores(self):
        timeline = timeline_of([sample(0, 1, 0), sample(1, 1, 1.0), sample(1.001, 1, 1.4)])
        self.assertEqual([round(cores, 1) for _, cores in timeline.cores()], [1.4])


class Card(unittest.TestCase):
    def test_says_usage_against_request_and_that_it_runs(self):
        html = render_card(view(timeline_of([sample(0, 100, 0), sample(2, 200, 3, peak_mib=250)])))
        self.assertIn("250 MiB, 25 % of the request (vm-hwm)", html)
        self.assertIn("1.5 on average", html)
        self.assertIn("Running; as of noon.", html)
        self.assertIn("No answer.", html)
        self.assertIn("href='%s'" % PAGE, html)

    def test_shows_the_suggestion_or_the_reason_why_there_is_none(self):
        html = render_card(view(Timeline(), answer=to_verdict(ANSWER, PAGE)))
        self.assertIn("memory 15.6 GiB -&gt; 512 MiB", html)
        self.assertIn("<code>@resources(memory=512)</code>", html)
        skipped = dict(ANSWER, suggestion=None, current={}, skip={"code": "too-few", "detail": "Only 2."})
        self.assertIn("No change (too-few)", render_card(view(Timeline(), answer=to_verdict(skipped, PAGE))))

    def test_loads_nothing_and_runs_nothing(self):
        html = render_card(view(timeline_of([sample(0, 1, 0), sample(1, 2, 1)])))
        self.assertIsNone(re.search(r"<script|<img|<link|<iframe|@import|url\(|src=|javascript:", html))

    def test_texts_of_others_are_text_and_the_size_is_bounded(self):
        long_text = "<script>'\"&" * 100000
        facts = dict(FACTS, flow=long_text, step=long_text, run=long_text)
        skipped = dict(ANSWER, suggestion=None, current={}, skip={"code": "c", "detail": long_text})
        full = timeline_of([sample(at, at % 977, at) for at in range(5000)])
        html = render_card(view(full, answer=to_verdict(skipped, PAGE))._replace(facts=facts))
        self.assertNotIn("<script", html)
        self.assertLess(len(html), 12 * LONGEST_TEXT * 6)

    def test_a_page_address_that_is_none_is_no_link(self):
        self.assertNotIn("href", render_card(view(Timeline())._replace(page_url="javascript:alert(1)")))


class Writing(unittest.TestCase):
    def setUp(self):
        self.folder = os.path.join(tempfile.mkdtemp(), "cards")
        self.path = os.path.join(self.folder, "stepfit-1.html")
        self.log = []

    def card(self, url, path=None):
        order = {"path": path or self.path, "page_url": PAGE, "explain_target": "/explain"}
        return LiveCard(order, {"url": url, "token": None}, FACTS, self.log.append)

    def read(self):
        with open(self.path, encoding="utf-8") as file:
            return file.read()

    def serve(self, status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return "http://127.0.0.1:%d" % server.server_port

    def test_the_last_card_has_the_outcome_and_what_the_server_said_and_lies_alone(self):
        card = self.card(self.serve(200, json.dumps(ANSWER).encode()))
        card.add(sample(0, 100, 0))
        card.finish("succeeded: done")
        self.assertIn("succeeded: done", self.read())
        self.assertIn("@resources(memory=512)", self.read())
        self.assertEqual(os.listdir(self.folder), ["stepfit-1.html"])
        self.assertEqual(os.listdir(os.path.dirname(self.folder)), ["cards"])

    def test_a_server_that_answers_late_has_its_word_in_the_card_all_the_same(self):
        may_answer = threading.Event()

        def answer(*_):
            may_answer.wait(30)
            return 200, ANSWER

        with mock.patch.object(live_card, "ask_server", answer), mock.patch.object(live_card, "LAST_PATIENCE_S", 0):
            card = self.card("http://127.0.0.1:9")
            card.finish("succeeded: done")
            self.assertIn("has not answered yet", self.read())
            may_answer.set()
            card.amend(time.monotonic() + 30)
        self.assertIn("succeeded: done", self.read())
        self.assertIn("@resources(memory=512)", self.read())

    def test_a_late_answer_brings_back_no_card_that_was_removed(self):
        may_answer = threading.Event()
        with mock.patch.object(live_card, "ask_server", lambda *_: (may_answer.wait(30) and 200, ANSWER)):
            card = self.card("http://127.0.0.1:9")
            card.finish("succeeded: done")
            shutil.rmtree(self.folder)
            may_answer.set()
            card.amend(time.monotonic() + 30)
        self.assertFalse(os.path.exists(self.folder))

    def test_is_written_while_the_attempt_runs(self):
        card = self.card("http://127.0.0.1:9")
        card._write_at = 0
        card.add(sample(0, 100, 0))
        self.assertIn("Running; as of", self.read())

    def test_a_server_that_is_away_or_talks_rubbish_leaves_a_card_without_a_suggestion(self):
        for url in ("http://127.0.0.1:9", self.serve(200, b"what?"), self.serve(500, b"{}"), "rubbish"):
            card = self.card(url)
            card.finish("failed")
            self.assertIn("<h2>Suggestion</h2><p class=faint>", self.read(), url)

    def test_a_folder_that_cannot_be_written_costs_the_card_and_is_said_once(self):
        card = self.card("http://127.0.0.1:9", path="/proc/none/cards/x.html")
        card.finish("failed")
        card.finish("failed")
        card.add("no sample at all")
        self.assertRegex(self.log[0], "^the card failed")

    def test_whatever_fails_the_attempt_goes_on(self):
        order = {"path": self.path, "page_url": PAGE, "explain_target": "/explain"}
        start = {"url": "http://127.0.0.1:9", "token": None, "card": order}
        steps = [(live_card, name) for name in ("render_card", "CardFile", "CardView", "Timeline", "Question")]
        steps += [(CardFile, "put")]
        steps += [(live_card.Timeline, "add"), (live_card.Question, "wait")]
        steps += [(live_card.threading, "Thread"), (live_card, "ask_server"), (live_card, "to_verdict")]
        for holder, name in steps:
            with self.subTest(step=name), mock.patch.object(holder, name, side_effect=RuntimeError("injected")):
                card = open_card(start, FACTS, self.log.append)
                card.add(sample(0, 100, 0))
                card.finish("succeeded")
                card.amend(time.monotonic())

    def test_no_card_where_none_is_asked_for(self):
        self.assertIsInstance(open_card({"card": None}, FACTS, self.log.append), NoCard)


class HandingOver(unittest.TestCase):
    """To the task, which saves the pages."""

    def setUp(self):
        self.reader, writer = os.pipe()
        self.addCleanup(os.close, self.reader)
        self.addCleanup(os.close, writer)
        self.pipe = TaskPipe(writer)

    def read(self):
        return [json.loads(line) for line in os.read(self.reader, 65536).splitlines()]

    def test_a_page_that_was_not_taken_is_not_followed_by_another(self):
        for html in ("one", "two", "three"):
            self.pipe.put(html, is_last=False)
        self.assertEqual(self.read(), [{"html": "one", "is_last": False}])
        self.pipe.put("four \ud800", is_last=True)
        self.assertEqual(self.read(), [{"html": "four ?", "is_last": True}])

    def test_the_last_page_waits_for_the_one_before_to_be_taken_and_not_for_ever(self):
        self.pipe.put("one", is_last=False)
        with mock.patch("time.sleep", side_effect=lambda _: self.read()):
            self.pipe.put("last", is_last=True)
        self.assertEqual([page["html"] for page in self.read()], ["last"])
        self.pipe.put("one", is_last=False)
        with mock.patch("card_places.LAST_PATIENCE_S", 0.01):
            self.pipe.put("last", is_last=True)
        self.assertEqual([page["html"] for page in self.read()], ["one"])

    def test_a_page_that_does_not_fit_is_an_error_and_no_waiting(self):
        with self.assertRaisesRegex(OSError, "does not fit"):
            self.pipe.put("x" * (1 << 20), is_last=True)

    def test_an_order_without_a_path_goes_to_the_task(self):
        order = {"path": None, "page_url": PAGE, "explain_target": "/explain"}
        with mock.patch.object(live_card, "TaskPipe", return_value=self.pipe):
            card = LiveCard(order, {"url": "http://127.0.0.1:9", "token": None}, FACTS, print)
        card.finish("succeeded: done")
        (page,) = self.read()
        self.assertIn("succeeded: done", page["html"])
