"""Asks a StepFit server, for people at a terminal or in a notebook. No task of a flow uses this."""

import http.client
import json
import time
from urllib.parse import quote, urlencode, urlsplit

from metaflow.exception import MetaflowException

# A person waits for the answer. Also bounds a server that sends a byte now and then.
ANSWER_WITHIN_S = 2.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
# The server's largest page, and more pages than any flow has steps for.
PAGE_LIMIT = 500
MAX_PAGES = 100

START_HINT = "Start a server with `stepfit serve`, or name yours with METAFLOW_STEPFIT_URL."


class StepfitServerError(MetaflowException):
    """The server is away, refuses, or does not know. The message ends with what to do."""

    headline = "StepFit"

    def __init__(self, what, hint, status=None):
        super(StepfitServerError, self).__init__("%s\n%s" % (what, hint))
        self.status = status


class StepfitServer(object):
    """One server's REST API, for one project. Methods return its JSON; see `/openapi.json` there."""

    def __init__(self, url, project, token=None):
        self.url = url
        self.project = project
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = "Bearer " + token

    def report(self, flow, days):
        return self._get("/report", {"flow": flow, "days": days})

    def steps(self, flow):
        """Every step of a flow that has reported."""
        found, cursor = [], None
        for _ in range(MAX_PAGES):
            page = self._get("/steps", {"flow": flow, "limit": PAGE_LIMIT, "cursor": cursor})
            found += page["steps"]
            cursor = page.get("nextCursor")
            if cursor is None:
                break
        return found

    def explain(self, flow, step):
        return self._get("/flows/%s/steps/%s" % (quote(flow, safe=""), quote(step, safe="")), {})

    def page_url(self, flow, step):
        """Address of the step's page for a browser."""
        return step_page_url(self.url, self.project, flow, step)

    def _get(self, path, query):
        wanted = dict((name, value) for name, value in query.items() if value is not None)
        wanted["project"] = self.project
        try:
            status, body = self._fetch("/api/v1%s?%s" % (path, urlencode(wanted)))
            answer = json.loads(body.decode("utf-8"))
        except (OSError, http.client.HTTPException) as error:
            raise StepfitServerError("Nothing answers at %s (%s)." % (self.url, error), START_HINT)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            what = "What answers at %s does not speak StepFit's API." % self.url
            raise StepfitServerError(what, START_HINT)
        if status != 200:
            what = answer.get("detail") or "%s answered HTTP %d." % (self.url, status)
            raise StepfitServerError(what, answer.get("hint") or START_HINT, status)
        return answer

    def _fetch(self, target):
        address = urlsplit(self.url)
        secure = address.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        gives_up_at = time.monotonic() + ANSWER_WITHIN_S
        connection = kind(address.netloc, timeout=ANSWER_WITHIN_S)
        try:
            connection.request("GET", address.path.rstrip("/") + target, headers=self._headers)
            response = connection.getresponse()
            body = b""
            while len(body) <= MAX_ANSWER_BYTES:
                chunk = response.read1(CHUNK_BYTES)
                if not chunk:
                    return response.status, body
                if time.monotonic() > gives_up_at:
                    raise OSError("no whole answer within %g s" % ANSWER_WITHIN_S)
                body += chunk
            raise OSError("the answer is too large")
        finally:
            connection.close()


def step_page_url(url, project, flow, step):
    """Address of a step's page for a browser."""
    page = "%s/steps/%s/%s" % (url, quote(flow, safe=""), quote(step, safe=""))
    return page if project == "default" else "%s?%s" % (page, urlencode({"project": project}))
