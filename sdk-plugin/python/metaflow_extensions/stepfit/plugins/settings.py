"""What the user set, from the decorator's attributes, the environment, or Metaflow's configuration."""

import os
from collections import namedtuple

from ..config.switches import is_on

DEFAULT_URL = "http://127.0.0.1:4380"
DEFAULT_INTERVAL_S = 1.0
# Below this the sampler would cost more than it tells; above, a run looks silent to the collector.
INTERVAL_BOUNDS_S = (0.1, 10.0)

Settings = namedtuple(
    "Settings",
    "url project token interval_s spool_dir features_enabled card_enabled hints_enabled log_file disabled",
)


def read_setting(name, attributes=None):
    """The value of `METAFLOW_STEPFIT_<NAME>` as a string, or None. Decorator attributes win.

    The environment is read again now, and not only through Metaflow's configuration at import, so that
    `@secrets` and `@environment` can provide a value.
    """
    value = (attributes or {}).get(name.lower())
    if value is None:
        value = os.environ.get("METAFLOW_STEPFIT_" + name)
    if value is None:
        from metaflow import metaflow_config

        value = getattr(metaflow_config, "STEPFIT_" + name, None)
    return None if value is None or str(value).strip() == "" else str(value).strip()


def read_settings(attributes=None):
    """All settings. A value that makes no sense counts as not set: a typo must not cost a run."""
    return Settings(
        url=(read_setting("URL", attributes) or DEFAULT_URL).rstrip("/"),
        project=read_setting("PROJECT", attributes),
        token=read_setting("TOKEN"),
        interval_s=_interval(read_setting("INTERVAL", attributes)),
        spool_dir=os.path.expanduser(read_setting("SPOOL") or os.path.join("~", ".stepfit", "spool")),
        features_enabled=_switch(read_setting("FEATURES"), default=True),
        card_enabled=_switch(read_setting("CARD"), default=None),
        hints_enabled=_switch(read_setting("HINTS"), default=True),
        log_file=read_setting("LOG"),
        disabled=_switch(read_setting("DISABLE"), default=False),
    )


def _interval(text):
    try:
        seconds = float(text)
    except (TypeError, ValueError):
        return DEFAULT_INTERVAL_S
    lowest, highest = INTERVAL_BOUNDS_S
    return min(max(seconds, lowest), highest) if seconds == seconds else DEFAULT_INTERVAL_S


def _switch(text, default):
    return default if text is None else is_on(text)
