"""Where a StepFit server has what."""

from urllib.parse import quote, urlencode


def step_page_url(url, project, flow, step):
    """Address of a step's page for a browser."""
    page = "%s/steps/%s/%s" % (url, quote(flow, safe=""), quote(step, safe=""))
    return page if project == "default" else "%s?%s" % (page, urlencode({"project": project}))


def explain_target(project, flow, step):
    """Path and query of all that is known of a step."""
    path = "/api/v1/flows/%s/steps/%s" % (quote(flow, safe=""), quote(step, safe=""))
    return "%s?%s" % (path, urlencode({"project": project}))
