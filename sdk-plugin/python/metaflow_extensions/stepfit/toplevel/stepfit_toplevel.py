"""What `from metaflow import …` gives besides Metaflow's own names: every name here that is no module."""

from ..plugins.public_api import stepfit

__mf_extensions__ = "stepfit"
__version__ = "0.1.0"
