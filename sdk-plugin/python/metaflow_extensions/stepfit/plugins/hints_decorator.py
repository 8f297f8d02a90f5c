import base64
import json

from metaflow.decorators import StepDecorator

NAME = "stepfit_hint"


class StepfitHintDecorator(StepDecorator):
    """
    Carries what a launch did to a step's request into the step's task. StepFit attaches it; not for use in flows.

    Parameters
    ----------
    data : str, optional, default None
        What was done, as StepFit encodes it.
    """

    name = NAME
    defaults = {"data": None}


def encode(data):
    """Text of letters, digits, `-` and `_`, which no command line and no decorator syntax reads anything into."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(text.encode("utf-8")).decode("ascii").rstrip("=")


def spec(data):
    """As `--with` takes it."""
    return "%s:data=%s" % (NAME, encode(data))


def carried(decorators):
    """What a launch said to the task whose decorators these are; {} where it said nothing."""
    for decorator in decorators:
        if decorator.name == NAME and decorator.attributes.get("data"):
            text = str(decorator.attributes["data"])
            padded = text + "=" * (-len(text) % 4)
            return json.loads(base64.urlsafe_b64decode(padded.encode("ascii")).decode("utf-8"))
    return {}
