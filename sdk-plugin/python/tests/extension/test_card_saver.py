import json
import os
import tempfile
import threading
import time
import unittest
from unittest import mock

from metaflow.plugins.cards import card_datastore
from metaflow.plugins.cards.card_datastore import CardDatastore
from metaflow.plugins.cards.exception import CardNotPresentException

from played_store import played_store
from metaflow_extensions.stepfit.plugins.card_saver import CardSaver
from metaflow_extensions.stepfit.plugins.settings import read_settings
from metaflow_extensions.stepfit.plugins.task_card import describe_card

KNOWN = {"project": "default", "flow": "F", "run": "7", "step": "train", "task": "2"}
ROOTS = {"s3": "CARD_S3ROOT", "azure": "CARD_AZUREROOT", "gs": "CARD_GSROOT"}


class Saving(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.log_file = os.path.join(self.folder, "log")
        self.reader, self.writer = os.pipe()

    def start(self, kind="s3"):
        """A saver for a task whose artifacts and cards lie in different places of the datastore."""
        for each, name in ROOTS.items():
            root = os.path.join(self.folder, "cards") if each == kind else None
            patched = mock.patch.object(card_datastore, name, root)
            patched.start()
            self.addCleanup(patched.stop)
        datastore = played_store(kind, os.path.join(self.folder, "artifacts"))
        card = describe_card(read_settings(), KNOWN, datastore)
        self.assertIsNone(card["path"])
        return CardSaver(self.reader, card, datastore, self.log_file)

    def write(self, html, is_last=False):
        os.write(self.writer, json.dumps({"html": html, "is_last": is_last}).encode() + b"\n")

    def shown(self, kind="s3"):
        """What Metaflow finds of the task's cards: type and content of each."""
        store = CardDatastore(played_store(kind, os.path.join(self.folder, "cards")), pathspec="F/7/train/2")
        try:
            paths = store.extract_card_paths()
        except CardNotPresentException:
            return []
        except Exception as error:
            # The folder that plays the cloud holds a part while a page is written.
            if "Invalid file name tmp" not in str(error):
                raise
            return []
        return [(CardDatastore.info_from_path(path).type, store.get_card_html(path)) for path in paths]

    def test_each_page_takes_the_place_of_the_one_before_where_metaflow_looks_for_cards(self):
        for kind in ROOTS:
            with self.subTest(datastore=kind):
                self.setUp()
                saver = self.start(kind)
                self.write("running")
                wait_for(lambda: self.shown(kind) == [("stepfit", "running")])
                self.write("ended", is_last=True)
                saver.wait(30)
                self.assertEqual(self.shown(kind), [("stepfit", "ended")])
                self.assertFalse(os.path.exists(os.path.join(self.folder, "artifacts")))

    def test_of_pages_that_wait_only_the_newest_is_saved(self):
        self.write("first")
        self.write("second")
        self.write("third", is_last=True)
        with mock.patch.object(CardDatastore, "save_card") as save:
            self.start().wait(30)
        self.assertEqual([call[0][2] for call in save.call_args_list], ["third"])

    def test_a_page_that_comes_in_parts_is_saved_whole(self):
        saver = self.start()
        line = json.dumps({"html": "x" * 200000, "is_last": True}).encode() + b"\n"
        while line:
            line = line[os.write(self.writer, line[:50000]) :]
        saver.wait(30)
        self.assertEqual(self.shown(), [("stepfit", "x" * 200000)])

    def test_a_sampler_that_dies_leaves_the_last_page_and_nobody_waiting(self):
        saver = self.start()
        self.write("running")
        os.write(self.writer, b'{"html": "half a pa')
        os.close(self.writer)
        saver.wait(30)
        self.assertEqual(self.shown(), [("stepfit", "running")])

    def test_a_store_that_fails_costs_a_page_and_is_said_in_the_log(self):
        with mock.patch.object(CardDatastore, "save_card", side_effect=OSError("denied")):
            saver = self.start()
            self.write("lost", is_last=True)
            saver.wait(30)
        with open(self.log_file) as file:
            self.assertIn("the card was not saved: OSError('denied')", file.read())

    def test_a_store_that_does_not_answer_is_waited_for_as_long_as_is_said(self):
        go_on = threading.Event()
        with mock.patch.object(CardDatastore, "save_card", side_effect=lambda *_: go_on.wait(30)):
            saver = self.start()
            self.write("slow", is_last=True)
            saver.wait(0.01)
            self.assertFalse(saver._is_done.is_set())
            go_on.set()
            saver.wait(30)


def wait_for(condition):
    gives_up_at = time.monotonic() + 30
    while not condition():
        if time.monotonic() > gives_up_at:
            raise AssertionError("it did not happen")
        time.sleep(0.005)
