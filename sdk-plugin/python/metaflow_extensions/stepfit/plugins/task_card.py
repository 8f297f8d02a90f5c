"""Where a task's card belongs, and what the sampler needs for it."""

import os

from metaflow.metaflow_config import CARD_SUFFIX

from . import facts
from .addresses import explain_target, step_page_url

CARD_TYPE = "stepfit"


def describe_card(settings, known, datastore, decorators=()):
    """The sampler's order for a card, or None where there is none. `known` are the attempt's facts,
    `datastore` is Metaflow's for the flow, and `decorators` are the step's.

    The sampler writes the card itself, to where Metaflow looks for the cards of a local datastore: Metaflow's
    own way would start two processes that load the flow again, at the end of each task. In other datastores
    it would take a client that the sampler does not have.
    """
    is_wanted = settings.card_enabled
    if is_wanted is None:
        # Beside a card of the step's own, `card view STEP` would ask which of the two is meant.
        is_wanted = not any(decorator.name == "card" for decorator in decorators)
    if not is_wanted or datastore is None or datastore.TYPE != facts.LOCAL:
        return None
    path = card_path(known["flow"], known["run"], known["step"], known["task"])
    return {
        "path": os.path.join(os.path.abspath(datastore.datastore_root), CARD_SUFFIX, path),
        "page_url": step_page_url(settings.url, known["project"], known["flow"], known["step"]),
        "explain_target": explain_target(known["project"], known["flow"], known["step"]),
    }


def card_path(flow, run, step, task):
    """As Metaflow's `CardDatastore` lays cards out. A retry's card replaces that of the attempt before."""
    name = "%s-%s.html" % (CARD_TYPE, facts.short_digest("/".join((flow, run, step, task))))
    return os.path.join(flow, "runs", run, "steps", step, "tasks", task, "cards", name)
