"""Saves a task's card to a datastore that is no folder, through Metaflow's own classes."""

import json
import os
import threading
import time

from .card_store import open_cards

MOST_BYTES_AT_ONCE = 65536


class CardSaver(object):
    """Takes the pages that the sampler writes to `pipe` and saves them, in a thread of the task's process.

    The task has the datastore's client loaded already: a page costs it some milliseconds of processor time, where
    a process of its own would cost the container 64 MiB. `card` is the order of `describe_card`; `datastore` is
    Metaflow's for the flow.
    """

    def __init__(self, pipe, card, datastore, log_file):
        self._pipe = pipe
        self._card = card
        self._datastore = datastore
        self._log_file = log_file
        self._cards = None
        self._is_done = threading.Event()
        threading.Thread(target=self._run, name="stepfit-card", daemon=True).start()

    def wait(self, timeout_s):
        """Until the last page is saved, or there will be none, or the time is up."""
        self._is_done.wait(timeout_s)

    def _run(self):
        try:
            # Of several pages that wait, only the newest is worth a request.
            for page in newest_pages(self._pipe):
                self._save(page["html"])
                if page["is_last"]:
                    break
        except Exception as error:
            self._log("the card failed: %r" % error)
        finally:
            self._is_done.set()

    def _save(self, html):
        try:
            if self._cards is None:
                self._cards = open_cards(self._datastore, self._card["pathspec"])
            self._cards.save_card(self._card["id"], self._card["type"], html)
        except Exception as error:
            self._log("the card was not saved: %r" % error)

    def _log(self, text):
        if self._log_file:
            with open(self._log_file, "a") as file:
                file.write("%s %d %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%S"), os.getpid(), text))


def newest_pages(pipe):
    """The messages of a pipe, one JSON object a line, until it is closed; of those that wait, the last.

    Without a file object: as the interpreter ends, one that a thread still reads from ends it with an error.
    """
    unread = b""
    while True:
        chunk = os.read(pipe, MOST_BYTES_AT_ONCE)
        if not chunk:
            return
        lines = (unread + chunk).split(b"\n")
        unread = lines.pop()
        if lines:
            yield json.loads(lines[-1].decode("utf-8"))
