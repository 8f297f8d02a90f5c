"""Settings that Metaflow reads from the environment or its configuration files.

All defaults are `None`: with any other default Metaflow converts the value at import and raises on a bad
one, which would break every flow of the user. `plugins/settings.py` reads them leniently.
"""

import os
import sys

from metaflow.metaflow_config_funcs import from_conf

from .switches import is_on, with_stepfit

STEPFIT_URL = from_conf("STEPFIT_URL")
STEPFIT_PROJECT = from_conf("STEPFIT_PROJECT")
STEPFIT_TOKEN = from_conf("STEPFIT_TOKEN")
STEPFIT_INTERVAL = from_conf("STEPFIT_INTERVAL")
STEPFIT_SPOOL = from_conf("STEPFIT_SPOOL")
STEPFIT_FEATURES = from_conf("STEPFIT_FEATURES")
STEPFIT_CARD = from_conf("STEPFIT_CARD")
STEPFIT_HINTS = from_conf("STEPFIT_HINTS")
STEPFIT_LOG = from_conf("STEPFIT_LOG")
STEPFIT_DISABLE = from_conf("STEPFIT_DISABLE")
STEPFIT_EVERYWHERE = from_conf("STEPFIT_EVERYWHERE")

# Metaflow attaches these to every step of every flow. Only the extension reads the switch, so a configuration
# that a whole company shares breaks nobody who has not installed it, as METAFLOW_DEFAULT_DECOSPECS would.
TOGGLE_DECOSPECS = []
if is_on(STEPFIT_EVERYWHERE) and not is_on(STEPFIT_DISABLE):
    TOGGLE_DECOSPECS = ["stepfit"]
    # Metaflow ignores the toggles where a user has decospecs of their own: there ours come last.
    if from_conf("DEFAULT_DECOSPECS"):
        DEFAULT_DECOSPECS = with_stepfit(from_conf("DEFAULT_DECOSPECS"))
    # Metaflow 2.12.0 knows neither: there only its command line takes decospecs from the environment.
    if not hasattr(sys.modules["metaflow.metaflow_config"], "DEFAULT_DECOSPECS"):
        os.environ["METAFLOW_DECOSPECS"] = with_stepfit(os.environ.get("METAFLOW_DECOSPECS", ""))
