"""Posts an export to the collector, and says what became of it. Never raises."""

import json
from collections import namedtuple

from http_exchange import HttpConnection

DELIVERED = "delivered"
REFUSED = "refused"
UNAVAILABLE = "unavailable"

CONNECT_AND_READ_TIMEOUT_S = 5
MAX_ANSWER_BYTES = 64 * 1024
SHUT_BOTH_WAYS = 2
# A collector may ask for patience, within reason: the samples wait in memory meanwhile.
MAX_RETRY_AFTER_S = 30.0

Answer = namedtuple("Answer", "verdict retry_after_s reason")


def judge(status, retry_after, body):
    """What an HTTP answer means for the export. Pure.

    A success must be OTLP's: a page from some other server on that port acknowledges nothing. The client's
    own mistakes (4xx but 408 and 429) would be answered the same way again, so they are not repeated.
    """
    if 200 <= status < 300:
        return _judge_success(body)
    if status in (408, 429) or status >= 500:
        return Answer(UNAVAILABLE, _seconds(retry_after), "HTTP %d" % status)
    return Answer(REFUSED, None, "HTTP %d" % status)


def _judge_success(body):
    if not body.strip():
        return Answer(DELIVERED, None, None)
    try:
        answer = json.loads(body.decode("utf-8"))
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return Answer(UNAVAILABLE, None, "the answer is not OTLP")
    partial = answer.get("partialSuccess")
    message = partial.get("errorMessage") if isinstance(partial, dict) else None
    return Answer(DELIVERED, None, message if isinstance(message, str) and message else None)


def _seconds(retry_after):
    try:
        return min(max(float(retry_after), 0.0), MAX_RETRY_AFTER_S)
    except (TypeError, ValueError):
        return None


class CollectorClient(object):
    """One connection to one collector, opened when needed and kept."""

    def __init__(self, url, token, user_agent):
        self._connection = HttpConnection(url, CONNECT_AND_READ_TIMEOUT_S)
        self._headers = {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "User-Agent": user_agent,
        }
        if token:
            self._headers["Authorization"] = "Bearer " + token

    def post(self, kind, body):
        """Sends a gzipped export to `/v1/<kind>`. A kept connection that has gone stale gets a second try."""
        kept = self._connection.socket is not None
        try:
            return self._post_once(kind, body)
        except Exception as error:
            if not kept:
                return Answer(UNAVAILABLE, None, repr(error))
        try:
            return self._post_once(kind, body)
        except Exception as error:
            return Answer(UNAVAILABLE, None, repr(error))

    def abort(self):
        """Ends a post that another thread is waiting in."""
        opened = self._connection.socket
        if opened is not None:
            try:
                opened.shutdown(SHUT_BOTH_WAYS)
            except OSError:
                pass

    def close(self):
        self._connection.close()

    def _post_once(self, kind, body):
        response = self._connection.request(
            "POST", "/v1/" + kind, self._headers, body, max_bytes=MAX_ANSWER_BYTES
        )
        return judge(response.status, response.headers.get("retry-after"), response.body)
