"""Writes the task's card while it runs and when it has ended. Beside the task, and never in its way."""

import threading
import time

from ask_server import ask_server
from card_html import CardView, render_card
from card_places import CardFile, TaskPipe
from timeline import Timeline
from verdicts import to_verdict

ASK_WITHIN_S = 2.0
# A short attempt ends before the server has answered; the last samples must not wait long for a card.
LAST_PATIENCE_S = 0.2
# Often enough to watch, and some ten cards for an attempt of any length: a fifth of the time gone by.
FIRST_WRITE_S, LONGEST_WAIT_S, WAIT_SHARE = 2.0, 60.0, 0.2
NO_ANSWER_YET = "The StepFit server has not answered yet."


def open_card(start, facts, log):
    """The card that the start message asks for, or one that does nothing."""
    if not start.get("card"):
        return NoCard()
    try:
        return LiveCard(start["card"], start, facts, log)
    except Exception as error:
        log("the card failed: %r" % error)
        return NoCard()


class NoCard(object):
    def add(self, sample):
        pass

    def finish(self, ending):
        pass

    def amend(self, gives_up_at):
        pass


class LiveCard(object):
    """`card` is `{"path", "page_url", "explain_target"}`: the file that the card is written to, or None where the task
    saves it. A card that fails is given up, and costs nothing else."""

    def __init__(self, card, start, facts, log):
        self._is_file = card["path"] is not None
        self._place = CardFile(card["path"]) if self._is_file else TaskPipe()
        self._late_ending = None
        self._page_url = card["page_url"]
        self._facts = facts
        self._log = log
        self._timeline = Timeline()
        self._began = time.monotonic()
        self._write_at = self._began + FIRST_WRITE_S
        self._question = Question(start["url"], card, start.get("token"))

    def add(self, sample):
        """Takes a sample, and writes the card now and then."""
        try:
            self._timeline.add(sample)
            now = time.monotonic()
            if now >= self._write_at:
                self._write_at = now + min(max(FIRST_WRITE_S, (now - self._began) * WAIT_SHARE), LONGEST_WAIT_S)
                self._write(None)
        except Exception as error:
            self._give_up(error)

    def finish(self, ending):
        """Writes the card for good. `ending` is the outcome in a sentence."""
        try:
            self._question.wait(LAST_PATIENCE_S)
            # The task that saves cards itself is gone by the time of a late answer.
            self._late_ending = ending if self._question.is_open and self._is_file else None
            self._write(ending)
        except Exception as error:
            self._give_up(error)

    def amend(self, gives_up_at):
        """Writes the last card again where the server answers late, by the monotonic time `gives_up_at`; not where
        somebody has removed it, since the run is over by then."""
        try:
            if self._late_ending is not None:
                self._question.wait(max(0.0, gives_up_at - time.monotonic()))
                if self._question.answer is not None and self._place.is_there():
                    self._write(self._late_ending)
        except Exception as error:
            self._give_up(error)

    def _write(self, ending):
        if self._place is None:
            return
        view = CardView(
            facts=self._facts,
            timeline=self._timeline,
            ending=ending,
            answer=self._question.answer,
            no_answer=self._question.problem,
            page_url=self._page_url,
            written_at=time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        )
        self._place.put(render_card(view), is_last=ending is not None)

    def _give_up(self, error):
        self._place = None
        self._log("the card failed: %r" % error)


class Question(object):
    """Asks the server about the step once, in a thread that nobody waits for."""

    def __init__(self, url, card, token):
        self.answer = None
        self.problem = NO_ANSWER_YET
        self._arguments = (url, card["explain_target"], token, ASK_WITHIN_S)
        self._page_url = card["page_url"]
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    @property
    def is_open(self):
        """Whether it is not known yet if there will be an answer."""
        return self._thread.is_alive()

    def wait(self, timeout_s):
        """Until there is an answer, or none, or the time is up."""
        self._thread.join(timeout_s)

    def _ask(self):
        try:
            status, answer = ask_server(*self._arguments)
            if status == 200:
                self.answer = to_verdict(answer, self._page_url)
            elif status == 404:
                self.problem = "This is the first that StepFit hears of this step: ask again after a few runs."
            else:
                self.problem = answer.get("detail") or "The StepFit server answered HTTP %d." % status
        except Exception as error:
            self.problem = "The StepFit server did not answer (%s)." % error
