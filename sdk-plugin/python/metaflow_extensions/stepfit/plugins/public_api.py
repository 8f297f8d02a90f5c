"""`from metaflow import stepfit`: the decorator, and what StepFit says about a flow."""

from .attempt_facts import DEFAULT_PROJECT
from .settings import read_settings
from .stepfit_decorator import StepfitDecorator
from .sampler.verdicts import read_verdict, read_verdicts


def connect(url=None, project=None, attributes=None):
    """A `StepfitServer` by the arguments, the decorator's attributes, then Metaflow's configuration."""
    # Here, so that flows that never ask do not pay for the import.
    from .server import StepfitServer

    wanted = dict(attributes or {})
    wanted.update((key, value) for key, value in (("url", url), ("project", project)) if value)
    settings = read_settings(wanted)
    return StepfitServer(settings.url, settings.project or DEFAULT_PROJECT, settings.token)


class Stepfit(object):
    """
    Measures what each attempt of a step needs when used as a decorator, and tells what StepFit makes of it.

        @stepfit
        @step
        def train(self): ...

        for verdict in stepfit.suggestions("TrainFlow"):
            print(verdict.step, verdict.decorator_line or verdict.detail)

    Everything but the decorator asks the server within 2 s, and raises `StepfitServerError` where it is away.
    """

    name = StepfitDecorator.name

    def __call__(self, *args, **kwargs):
        # Here, since a Metaflow that has it no more must still import.
        from metaflow.decorators import _base_step_decorator

        return _base_step_decorator(StepfitDecorator, *args, **kwargs)

    def suggestions(self, flow, url=None, project=None):
        """A `StepVerdict` for each step of the flow (by name) that has a suggestion, most freed first."""
        verdicts = read_verdicts(connect(url, project), flow)
        return [verdict for verdict in verdicts if verdict.suggested is not None]

    def verdicts(self, flow, url=None, project=None):
        """A `StepVerdict` for each step of the flow, those without a suggestion included."""
        return read_verdicts(connect(url, project), flow)

    def verdict(self, flow, step, url=None, project=None):
        """The `StepVerdict` on one step."""
        return read_verdict(connect(url, project), flow, step)

    def report(self, flow, days=30, url=None, project=None):
        """The over-provisioning report as the server gives it: a dictionary with `steps` and `totals`."""
        return connect(url, project).report(flow, days)


stepfit = Stepfit()
