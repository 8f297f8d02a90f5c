"""The one question that a launch asks: what each step of the flow should ask for. Never later than it promises."""

import json
import threading

from .hints_plan import RUNGS
from .sampler.http_exchange import HttpConnection

VERSION = 1
# A launch waits no longer, whatever the server does.
ANSWER_WITHIN_S = 1.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024

# A thousandth of a core is Kubernetes' least.
LEAST_AMOUNT = 1e-3
AMOUNTS = ("cpuCores", "memoryMiB", "gpuCount")
LINE_NUMBERS = ("baseMiB", "slopeMiB", "leastMiB", "from", "to", "factor")


def ask_for_hints(url, token, question):
    """{step: hint} for `question`, the body of `POST /api/v1/hints`; empty where no sound answer came in time.

    Asked from a thread of its own: neither a name that does not resolve nor a server that answers byte by byte
    holds the launch up for longer than ANSWER_WITHIN_S.
    """
    found = []
    asking = threading.Thread(target=_ask, args=(url, token, question, found), name="stepfit-hints")
    asking.daemon = True
    asking.start()
    asking.join(ANSWER_WITHIN_S)
    return found[0] if found else {}


def read_answer(status, body):
    """The hints of an answer by step. Raises ValueError for anything that is not version 1 of it, whole and sound:
    of an answer that is wrong in one place nothing is applied. Pure."""
    if status != 200:
        raise ValueError("HTTP %d" % status)
    answer = json.loads(body.decode("utf-8"))
    if not isinstance(answer, dict) or answer.get("version") != VERSION:
        raise ValueError("not version %d of an answer" % VERSION)
    hints = {}
    for item in answer["steps"]:
        if "hint" in item:
            hints[_text(item["step"])] = _checked(item["hint"])
    return hints


def _ask(url, token, question, found):
    try:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        if token:
            headers["Authorization"] = "Bearer " + token
        body = json.dumps(question).encode("utf-8")
        connection = HttpConnection(url, ANSWER_WITHIN_S)
        try:
            response = connection.request(
                "POST", "/api/v1/hints", headers, body, MAX_ANSWER_BYTES, ANSWER_WITHIN_S
            )
        finally:
            connection.close()
        found.append(read_answer(response.status, response.body))
    except Exception:
        # Whatever is wrong: the run goes on as it is.
        pass


def _checked(hint):
    _text(hint["suggestionId"])
    if not 0 <= _number(hint["share"]) <= 1 or not isinstance(hint["overridesCommandLine"], bool):
        raise ValueError("not a hint")
    if not 0 < _number(hint["memoryStepMiB"]) or not 0 <= _number(hint["memoryFloorMiB"]):
        raise ValueError("not a grid")
    _number(hint["memoryCapMiB"])
    for plan in (hint["plan"], hint.get("otherwise", hint["plan"])):
        for rung in RUNGS:
            _check_amounts(plan[rung])
    formula = hint.get("memoryFormula")
    if formula is not None:
        _check_formula(formula, hint["plan"])
    return hint


def _check_amounts(amounts):
    if not isinstance(amounts, dict):
        raise ValueError("not amounts")
    for key, value in amounts.items():
        if key not in AMOUNTS or _number(value) < (0 if key == "gpuCount" else LEAST_AMOUNT):
            raise ValueError("not an amount")


def _check_formula(formula, plan):
    _text(formula["feature"])
    if not all("memoryMiB" in plan[rung] for rung in RUNGS):
        raise ValueError("a formula without a plan")
    if formula["kind"] == "labels":
        numbers = list(formula["needsMiB"].values()) + [formula["factor"]]
    elif formula["kind"] == "line":
        numbers = [formula[name] for name in LINE_NUMBERS]
    else:
        raise ValueError("not a formula")
    for number in numbers:
        _number(number)


def _number(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
        raise ValueError("not a number")
    return value


def _text(value):
    if not isinstance(value, str) or not value:
        raise ValueError("not a text")
    return value
