"""Where a task's card belongs, and what the sampler needs for it."""

import os

from metaflow.metaflow_config import CARD_LOCALROOT, CARD_SUFFIX
from metaflow.plugins.cards.card_datastore import CardDatastore

from . import facts
from .addresses import explain_target, step_page_url

CARD_TYPE = "stepfit"


def describe_card(settings, known, datastore, decorators=()):
    """The order for a card, or None where there is none. `known` are the attempt's facts, `datastore` is Metaflow's
    for the flow, and `decorators` are the step's.

    The sampler makes the page, since Metaflow's own way would start two processes that load the flow again, at the
    end of each task. To a folder (`path`) it writes it, too; to any other datastore `CardSaver` does.
    """
    is_wanted = settings.card_enabled
    if is_wanted is None:
        # Beside a card of the step's own, `card view STEP` would ask which of the two is meant.
        is_wanted = not any(decorator.name == "card" for decorator in decorators)
    if not is_wanted or datastore is None:
        return None
    task = (known["flow"], known["run"], known["step"], known["task"])
    pathspec = "/".join(task)
    # A retry's card replaces that of the attempt before.
    card_id = facts.short_digest(pathspec)
    path = None
    if datastore.TYPE == facts.LOCAL:
        root = CARD_LOCALROOT or os.path.join(os.path.abspath(datastore.datastore_root), CARD_SUFFIX)
        path = os.path.join(root, card_path(task, card_id))
    elif not CardDatastore.get_storage_root(datastore.TYPE):
        return None
    return {
        "type": CARD_TYPE,
        "id": card_id,
        "pathspec": pathspec,
        "path": path,
        "page_url": step_page_url(settings.url, known["project"], known["flow"], known["step"]),
        "explain_target": explain_target(known["project"], known["flow"], known["step"]),
    }


def card_path(task, card_id):
    """As Metaflow's `CardDatastore` lays cards out. `task` is (flow, run, step, task)."""
    flow, run, step, task_id = task
    name = "%s-%s.html" % (CARD_TYPE, card_id)
    return os.path.join(flow, "runs", run, "steps", step, "tasks", task_id, "cards", name)
