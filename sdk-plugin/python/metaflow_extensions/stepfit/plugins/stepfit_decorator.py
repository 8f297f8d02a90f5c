import atexit
import time

from metaflow.decorators import StepDecorator

from . import kubernetes_defaults
from .attempt_facts import cpu_seconds, describe_attempt, last_word
from .card_saver import CardSaver
from .facts import attempt_key
from .hints import OOM_RETRIES, hints_for
from .hints_runtime import StepRuntime
from .never_fails import never_fails
from .run_watch import RunWatch
from .sampler_process import SamplerProcess
from .settings import DEFAULT_INTERVAL_S, DEFAULT_URL, read_settings
from .task_metadata import register_metadata

# A container ends with its step, and the sampler in it: this long the step waits for the last samples to be
# delivered, and for its card to be saved. On one machine, with its datastore in a folder, it does not wait at all.
DELIVERY_WAIT_S = 1.0


class StepfitDecorator(StepDecorator):
    """
    Measures what each attempt of this step needs, and streams it to a StepFit collector.

    Use `--with stepfit` to measure every step of a flow without changing it.

    Parameters
    ----------
    url : str, optional, default None
        Address of the collector. Defaults to `METAFLOW_STEPFIT_URL`, then `http://127.0.0.1:4380`.
    project : str, optional, default None
        Project that the measurements belong to. Defaults to `METAFLOW_STEPFIT_PROJECT`.
    interval : float, optional, default None
        Longest time between two samples, in seconds. Defaults to `METAFLOW_STEPFIT_INTERVAL`, then 1.
    kubernetes_cpu : float, optional, default None
        Set by launching, for the task: `METAFLOW_KUBERNETES_CPU`, where an operator configured it.
    kubernetes_memory : float, optional, default None
        Set by launching, for the task: `METAFLOW_KUBERNETES_MEMORY`, where an operator configured it.
    """

    name = "stepfit"
    defaults = {
        "url": None,
        "project": None,
        "interval": None,
        "kubernetes_cpu": None,
        "kubernetes_memory": None,
    }

    # On the class, so that a hook finds them whatever became of the hooks before it.
    _step = None
    _step_decorators = ()
    _flow_datastore = None
    _sampler = None
    _card_saver = None
    _waits_for_delivery = False
    # One for all steps of the run that this process schedules.
    _run_watch = None
    # Where this process launches the flow and the server has values for the step.
    _hints = None
    _hints_runtime = None

    @never_fails
    def step_init(self, flow, graph, step, decos, environment, flow_datastore, logger):
        """Freezes what the launching machine's configuration says into the attributes: with `--with
        stepfit` Metaflow hands those to remote tasks, which do not have that configuration."""
        self._step = step
        self._step_decorators = decos
        self._flow_datastore = flow_datastore
        settings = read_settings(self.attributes)
        if settings.url != DEFAULT_URL:
            self.attributes["url"] = settings.url
        if settings.project is not None:
            self.attributes["project"] = settings.project
        if settings.interval_s != DEFAULT_INTERVAL_S:
            self.attributes["interval"] = settings.interval_s
        kubernetes_defaults.freeze(self.attributes)
        self._hints = hints_for(flow, graph, step, settings, logger)
        if self._hints is not None:
            self._hints.apply()

    @never_fails
    def package_init(self, flow, step_name, environment):
        """What compiles a flow attaches @kubernetes or @batch after `step_init`, and compiles after this."""
        if self._hints is not None and self._hints.is_compiled:
            self._hints.apply()

    def step_task_retry_count(self):
        adds = self._hints is not None and self._hints.adds_retry
        return (OOM_RETRIES if adds else 0), 0

    @never_fails
    def runtime_init(self, flow, graph, package, run_id):
        if self._run_watch is None or self._run_watch.run != run_id:
            StepfitDecorator._run_watch = RunWatch(flow.name, run_id)
        self._run_watch.add_step(self._step, read_settings(self.attributes))
        self._run_watch.watch_clones(self._flow_datastore.metadata)
        if self._hints is not None:
            self._hints_runtime = StepRuntime(self._hints, flow, run_id, self._flow_datastore)

    @never_fails
    def runtime_step_cli(self, cli_args, retry_count, max_user_code_retries, ubf_context):
        self._run_watch.watch_task(cli_args)
        self._size(cli_args, retry_count, max_user_code_retries)

    @never_fails
    def _size(self, cli_args, retry_count, max_user_code_retries):
        if self._hints_runtime is not None:
            self._hints_runtime.size(cli_args, retry_count, max_user_code_retries)

    @never_fails
    def runtime_finished(self, exception):
        self._run_watch.close()

    @never_fails
    def task_pre_step(
        self,
        step_name,
        task_datastore,
        metadata,
        run_id,
        task_id,
        flow,
        graph,
        retry_count,
        max_user_code_retries,
        ubf_context,
        inputs,
    ):
        settings = read_settings(self.attributes)
        # After the last retry Metaflow runs a fallback for @catch: no user code, nothing to measure.
        if settings.disabled or retry_count > max_user_code_retries:
            return
        identity = (flow.name, run_id, step_name, task_id, retry_count)
        decorators, datastore = self._step_decorators, self._flow_datastore
        start = describe_attempt(settings, identity, flow, decorators, inputs, datastore)
        card = start["card"]
        task_saves = card is not None and card["path"] is None
        sampler = SamplerProcess(answers=task_saves)
        sampler.send(dict(start, event="start", cpu_before_s=cpu_seconds()))
        self._sampler = sampler
        if task_saves:
            self._save_card(sampler.output, card, settings)
        self._waits_for_delivery = start["owns_cgroup"]
        atexit.register(self._at_exit)
        self._tell_metaflow(metadata, settings, start)

    @never_fails
    def _save_card(self, pipe, card, settings):
        self._card_saver = CardSaver(pipe, card, self._flow_datastore, settings.log_file)

    @never_fails
    def _tell_metaflow(self, metadata, settings, start):
        known = start["facts"]
        names = ("project", "flow", "run", "step", "task", "attempt")
        key = attempt_key([known[name] for name in names])
        measures = "container" if start["owns_cgroup"] else "process tree"
        register_metadata(metadata, settings, known, key, measures)

    @never_fails
    def task_exception(
        self, exception, step_name, flow, graph, retry_count, max_user_code_retries
    ):
        if self._sampler is not None:
            self._sampler.send({"event": "exception", "type": type(exception).__name__})

    @never_fails
    def task_finished(
        self, step_name, flow, graph, is_task_ok, retry_count, max_user_code_retries
    ):
        self._end(ok=bool(is_task_ok), evidence=None)

    @never_fails
    def _at_exit(self):
        self._end(ok=False, evidence="The task's process ended before its artifacts were stored.")

    def _end(self, ok, evidence):
        sampler, self._sampler = self._sampler, None
        if sampler is not None:
            sampler.send(dict(last_word(), event="end", ok=ok, evidence=evidence))
            gives_up_at = time.monotonic() + DELIVERY_WAIT_S
            if self._waits_for_delivery:
                sampler.wait_until_done(DELIVERY_WAIT_S)
            if self._card_saver is not None:
                self._card_saver.wait(gives_up_at - time.monotonic())
            sampler.close()
