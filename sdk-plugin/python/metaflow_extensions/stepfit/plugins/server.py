"""Asks a StepFit server, for people at a terminal or in a notebook. No task of a flow uses this."""

from urllib.parse import quote, urlencode

from metaflow.exception import MetaflowException

from .addresses import explain_target, step_page_url
from .sampler.ask_server import ask_server

# A person waits for the answer.
ANSWER_WITHIN_S = 2.0
# The server's largest page, and more pages than any flow has steps for.
PAGE_LIMIT = 500
MAX_PAGES = 100

START_HINT = "Start a server with `stepfit serve`, or name yours with METAFLOW_STEPFIT_URL."


class StepfitServerError(MetaflowException):
    """The server is away, refuses, or does not know. The message ends with what to do."""

    headline = "StepFit"

    def __init__(self, what, hint):
        super(StepfitServerError, self).__init__("%s\n%s" % (what, hint))


class StepfitServer(object):
    """One server's REST API, for one project. Methods return its JSON; see `/openapi.json` there."""

    def __init__(self, url, project, token=None):
        self.url = url
        self.project = project
        self._token = token

    def report(self, flow, days):
        return self._get(self._target("report", {"flow": flow, "days": days}))

    def steps(self, flow):
        """Every step of a flow that has reported."""
        found, query = [], {"flow": flow, "limit": PAGE_LIMIT}
        for _ in range(MAX_PAGES):
            page = self._get(self._target("steps", query))
            found += page["steps"]
            if "nextCursor" not in page:
                break
            query["cursor"] = page["nextCursor"]
        return found

    def explain(self, flow, step):
        return self._get(explain_target(self.project, flow, step))

    def page_url(self, flow, step):
        """Address of the step's page for a browser."""
        return step_page_url(self.url, self.project, flow, step)

    def _target(self, name, query):
        return "/api/v1/%s?%s" % (quote(name), urlencode(dict(query, project=self.project)))

    def _get(self, target):
        try:
            status, answer = ask_server(self.url, target, self._token, ANSWER_WITHIN_S)
        except OSError as error:
            raise StepfitServerError("Nothing answers at %s (%s)." % (self.url, error), START_HINT)
        except ValueError:
            what = "What answers at %s does not speak StepFit's API." % self.url
            raise StepfitServerError(what, START_HINT)
        if status != 200:
            what = answer.get("detail") or "%s answered HTTP %d." % (self.url, status)
            raise StepfitServerError(what, answer.get("hint") or START_HINT)
        return answer
