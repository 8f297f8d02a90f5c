"""What a task's metadata says of its measurement, so that whoever has the task finds the figures."""

import json

from .addresses import step_page_url
from .attempt_facts import VERSION


def register_metadata(metadata, settings, known, attempt_key, measures):
    """Registers all in one request, with Metaflow's own metadata provider. `known` are the attempt's facts."""
    try:
        from metaflow.metadata_provider import MetaDatum
    except ImportError:
        # Until Metaflow 2.12.
        from metaflow.metadata import MetaDatum

    request = dict((key, known[key]) for key in sorted(known) if key.startswith("request"))
    values = {
        "stepfit-attempt-id": attempt_key,
        "stepfit-project": known["project"],
        "stepfit-measures": measures,
        "stepfit-request": json.dumps(request) if request else None,
        "stepfit-hint": known.get("hint"),
        "stepfit-page": step_page_url(settings.url, known["project"], known["flow"], known["step"]),
        "stepfit-version": VERSION,
    }
    tags = ["attempt_id:%d" % known["attempt"]]
    data = [
        MetaDatum(field=name, value=value, type=name, tags=tags)
        for name, value in sorted(values.items())
        if value is not None
    ]
    metadata.register_metadata(known["run"], known["step"], known["task"], data)
