"""One question to a StepFit server, answered within a bound or not at all."""

import http.client
import json
import time
from urllib.parse import urlsplit

MAX_ANSWER_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


def ask_server(url, target, token, within_s):
    """GETs `target` and returns (HTTP status, JSON object).

    Raises OSError or `http.client.HTTPException` where nothing answers in time, ValueError where the answer
    is no JSON object. Twice `within_s` is the longest that it takes of a server that answers byte by byte.
    """
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    gives_up_at = time.monotonic() + within_s
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection = kind(address.netloc, timeout=within_s)
    try:
        connection.request("GET", address.path.rstrip("/") + target, headers=headers)
        response = connection.getresponse()
        body = b""
        while True:
            chunk = response.read1(CHUNK_BYTES)
            if not chunk:
                break
            body += chunk
            if time.monotonic() > gives_up_at:
                raise OSError("no whole answer within %g s" % within_s)
            if len(body) > MAX_ANSWER_BYTES:
                raise OSError("the answer is too large")
    finally:
        connection.close()
    answer = json.loads(body.decode("utf-8"))
    if not isinstance(answer, dict):
        raise ValueError("no JSON object")
    return response.status, answer
