"""One question to a StepFit server, answered within a bound or not at all."""

import json

try:
    # Metaflow's own process asks too, and knows this folder as a package.
    from .http_exchange import HttpConnection
except ImportError:
    from http_exchange import HttpConnection

MAX_ANSWER_BYTES = 16 * 1024 * 1024


def ask_server(url, target, token, within_s):
    """GETs `target` and returns (HTTP status, JSON object).

    Raises OSError where nothing answers in time, ValueError where the answer is no JSON object. Twice
    `within_s` is the longest that it takes of a server that answers byte by byte.
    """
    headers = {"Accept": "application/json", "Connection": "close"}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection = HttpConnection(url, within_s)
    try:
        response = connection.request(
            "GET", target, headers, max_bytes=MAX_ANSWER_BYTES, within_s=within_s
        )
    finally:
        connection.close()
    answer = json.loads(response.body.decode("utf-8"))
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")
    return response.status, answer
