"""The outbox and its client against a real HTTP server that misbehaves on demand."""

import gzip
import json
import os
import socket
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn

import outbox as outbox_module
from collector_client import DELIVERED, MAX_RETRY_AFTER_S, REFUSED, UNAVAILABLE, CollectorClient, judge
from outbox import Outbox
from spool import Spool


class Judge(unittest.TestCase):
    def test_an_otlp_answer_acknowledges(self):
        self.assertEqual(judge(200, None, b"{}").verdict, DELIVERED)
        self.assertEqual(judge(200, None, b"").verdict, DELIVERED)

    def test_partial_success_acknowledges_and_says_what_was_rejected(self):
        body = b'{"partialSuccess": {"rejectedDataPoints": "2", "errorMessage": "NaN in 2 points"}}'
        self.assertEqual(judge(200, None, body), (DELIVERED, None, "NaN in 2 points"))

    def test_a_page_of_some_other_server_acknowledges_nothing(self):
        for body in (b"<html>It works!</html>", b"\xff\xfe", b"[]", b"null", b'"ok"'):
            self.assertEqual(judge(200, None, body).verdict, UNAVAILABLE, body)

    def test_a_fault_of_the_collector_is_worth_another_try_and_one_of_ours_is_not(self):
        for status in (408, 429, 500, 502, 503, 504):
            self.assertEqual(judge(status, None, b"").verdict, UNAVAILABLE, status)
        for status in (301, 400, 401, 403, 404, 413, 415):
            self.assertEqual(judge(status, None, b"").verdict, REFUSED, status)

    def test_patience_is_honoured_within_bounds(self):
        self.assertEqual(judge(429, "7", b"").retry_after_s, 7.0)
        self.assertEqual(judge(503, "86400", b"").retry_after_s, MAX_RETRY_AFTER_S)
        self.assertEqual(judge(503, "-1", b"").retry_after_s, 0.0)
        self.assertIsNone(judge(503, "Wed, 21 Oct 2026 07:28:00 GMT", b"").retry_after_s)


class Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def __init__(self):
        HTTPServer.__init__(self, ("127.0.0.1", 0), Handler)
        self.answers = []
        self.received = []
        self.url = "http://127.0.0.1:%d/prefix" % self.server_address[1]
        threading.Thread(target=self.serve_forever).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0) if self.server.answers else "ok"
        if answer == "hang":
            time.sleep(60)
        elif answer == "rubbish":
            self.wfile.write(b"\x00\x01 what?\n\n")
            self.close_connection = True
        elif answer == "drop":
            self.close_connection = True
        else:
            self.server.received.append((self.path, json.loads(gzip.decompress(body).decode()), self.headers))
            self.send_response(200 if answer == "ok" else answer)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    def log_message(self, *arguments):
        pass


class PlainEncoder(object):
    """Stands in for the OTLP encoder, whose own tests are elsewhere: samples are numbers here."""

    def metrics(self, samples):
        return {"samples": list(samples)}

    def span(self, closing):
        return {"span": closing}


class Delivery(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.folder = os.path.join(tempfile.mkdtemp(), "spool")
        self.logged = []

    def outbox(self, url=None):
        client = CollectorClient(url or self.server.url, "s3cret", "test/1")
        box = Outbox(PlainEncoder(), client, Spool(self.folder), self.logged.append)
        box.start()
        return box

    def close(self, box, span="end", seconds=5.0):
        box.close(span, time.monotonic() + seconds)

    def received_samples(self):
        return sorted(
            set(sample for _, body, _ in self.server.received for sample in body.get("samples", ()))
        )

    def received_spans(self):
        return [body["span"] for path, body, _ in self.server.received if path.endswith("/traces")]

    def spooled(self):
        return os.listdir(self.folder) if os.path.isdir(self.folder) else []

    def wait_for(self, condition):
        gives_up_at = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), gives_up_at, "what the test waits for never came")
            time.sleep(0.01)

    def test_sends_samples_when_told_and_the_span_at_the_end(self):
        box = self.outbox()
        box.add(1, flush=False)
        box.add(2, flush=True)
        self.wait_for(lambda: self.received_samples() == [1, 2])
        box.add(3, flush=False)
        self.close(box)
        self.assertEqual(self.received_samples(), [1, 2, 3])
        self.assertEqual(self.received_spans(), ["end"])
        self.assertEqual(self.spooled(), [])
        path, _, headers = self.server.received[0]
        self.assertEqual(path, "/prefix/v1/metrics")
        self.assertEqual(headers["Authorization"], "Bearer s3cret")
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertEqual(headers["Content-Type"], "application/json")

    def test_an_attempt_that_dies_sends_its_samples_and_no_span(self):
        box = self.outbox()
        box.add(1, flush=False)
        self.close(box, span=None)
        self.assertEqual(self.received_samples(), [1])
        self.assertEqual(self.received_spans(), [])

    def test_what_an_ailing_collector_did_not_take_is_tried_again(self):
        for ailment in (500, 503, 429, "rubbish", "drop"):
            self.server.received, self.server.answers = [], [ailment]
            box = self.outbox()
            box.add(1, flush=True)
            self.wait_for(lambda: not self.server.answers)
            self.close(box)
            self.assertEqual(self.received_samples(), [1], ailment)
            self.assertEqual(self.received_spans(), ["end"], ailment)

    def test_what_the_collector_refuses_is_not_repeated(self):
        self.server.answers = [400]
        box = self.outbox()
        box.add(1, flush=True)
        self.wait_for(lambda: not self.server.answers)
        self.close(box)
        self.assertEqual(len([path for path, _, _ in self.server.received if path.endswith("metrics")]), 1)
        self.assertEqual(self.spooled(), [])
        self.assertEqual(self.logged, ["refused of metrics: HTTP 400"])

    def test_what_cannot_be_delivered_is_spooled_and_sent_by_the_next(self):
        nobody = socket.socket()
        self.addCleanup(nobody.close)
        nobody.bind(("127.0.0.1", 0))
        down = "http://127.0.0.1:%d" % nobody.getsockname()[1]
        box = self.outbox(down)
        box.add(1, flush=True)
        self.close(box, span="first")
        self.assertEqual(len(self.spooled()), 2)
        box = self.outbox()
        box.add(2, flush=False)
        self.close(box, span="second")
        self.assertEqual(self.received_samples(), [1, 2])
        self.assertEqual(sorted(self.received_spans()), ["first", "second"])
        self.assertEqual(self.spooled(), [])

    def test_a_collector_that_never_answers_keeps_nobody_past_the_deadline(self):
        self.server.answers = ["hang", "hang", "hang"]
        box = self.outbox()
        box.add(1, flush=True)
        self.close(box, seconds=0.3)
        kinds = sorted(name.split(".")[1] for name in self.spooled())
        self.assertEqual(kinds, ["metrics", "traces"])

    def test_an_old_export_still_under_way_at_the_deadline_is_free_for_the_next(self):
        Spool(self.folder).put("metrics", gzip.compress(b'{"samples": [7]}'))
        self.server.answers = ["ok", "ok", "hang"]
        box = self.outbox()
        box.add(1, flush=False)
        self.close(box, seconds=3.0)
        (name,) = self.spooled()
        self.assertTrue(name.endswith(".ready"), name)
        self.close(self.outbox())
        self.assertEqual(self.received_samples(), [1, 7])

    def test_a_post_that_takes_too_long_is_ended(self):
        self.addCleanup(setattr, outbox_module, "LONGEST_POST_S", outbox_module.LONGEST_POST_S)
        outbox_module.LONGEST_POST_S = 0.05
        self.server.answers = ["hang"]
        box = self.outbox()
        box.add(1, flush=True)
        self.wait_for(lambda: not self.server.answers)
        time.sleep(0.1)
        box.add(2, flush=True)
        self.wait_for(lambda: self.logged)
        self.close(box)
        self.assertEqual(self.received_samples(), [1, 2])

    def test_a_long_outage_moves_samples_from_memory_to_the_spool(self):
        self.server.answers = [500, 500]
        box = self.outbox()
        for sample in range(outbox_module.SAMPLES_IN_MEMORY + 1):
            box.add(sample, flush=False)
        box.add(-1, flush=True)
        self.wait_for(lambda: len(self.spooled()) == 1)
        self.close(box)
        expected = [-1] + list(range(outbox_module.SAMPLES_IN_MEMORY + 1))
        self.assertEqual(self.received_samples(), expected)
        self.assertEqual(self.spooled(), [])
