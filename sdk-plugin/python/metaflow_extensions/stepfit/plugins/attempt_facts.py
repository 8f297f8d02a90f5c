"""The sampler's start message and last word, as the step's own process knows them."""

import json
import os
import resource
import sys
import time

from . import facts, kubernetes_defaults
from .features import features_of
from .hints_decorator import carried
from .revision import revision_facts
from .task_card import describe_card

VERSION = "metaflow-stepfit/0.1.0"
DEFAULT_PROJECT = "default"


def describe_attempt(settings, identity, flow, decorators, inputs, datastore=None):
    """The start message: who the attempt is, what it asked for, and where to report.

    `identity` is (flow, run, step, task, attempt); `datastore` is the flow's, where its card can go. A fact
    that cannot be had is left out, and costs no other fact.
    """
    flow_name, run, step, task, attempt = identity
    started_ns = int(time.time() * 1e9)
    backend = facts.detect_backend(os.environ)
    project = settings.project or DEFAULT_PROJECT
    trace_id, span_id = facts.attempt_ids((project, flow_name, run, step, task, attempt))
    launched = _or_empty(dict, carried, decorators)
    declared = _or_empty(list, facts.declared_decorators, decorators)
    if launched:
        declared = launched["declared"]
    known = {
        "project": project,
        "flow": flow_name,
        "run": str(run),
        "step": step,
        "task": str(task),
        "attempt": attempt,
        "startedUnixMs": started_ns // 1000000,
        "backend": backend,
        "samplerVersion": VERSION,
        "codeVersion": _or_empty(lambda: None, facts.code_version, type(flow), step),
    }
    sent = declared + _or_empty(list, _operators_word, decorators, backend)
    known["declaredDecorators"] = json.dumps(sent) if sent else None
    known.update(_or_empty(dict, _ownership))
    known.update(_or_empty(dict, revision_facts, os.environ, sys.argv[0]))
    known.update(_or_empty(dict, facts.graph_facts, getattr(type(flow), "_graph", None), step))
    known.update(_or_empty(dict, facts.host_facts))
    known.update(_or_empty(dict, facts.declared_amounts, declared, backend))
    known.update(_or_empty(dict, facts.requested_amounts, decorators, declared, backend))
    known.update(_or_empty(dict, hinted_facts, launched.get("hint")))
    return {
        "pid": os.getpid(),
        "facts": known,
        "features": _or_empty(dict, _features, flow, inputs) if settings.features_enabled else {},
        "started_ns": started_ns,
        "trace_id": trace_id,
        "span_id": span_id,
        "owns_cgroup": backend != facts.LOCAL,
        "url": settings.url,
        "token": settings.token,
        "interval_s": settings.interval_s,
        "spool_dir": os.path.join(settings.spool_dir, facts.short_digest(settings.url)),
        "log_file": settings.log_file,
        "card": _or_empty(lambda: None, describe_card, settings, known, datastore, decorators),
    }


def _operators_word(decorators, backend):
    """The defaults that take the place of Metaflow's, as one more entry, so that the request can be reckoned."""
    if facts.BYTES_PER_MEMORY_UNIT.get(backend) is None:
        return []
    defaults = kubernetes_defaults.known_to(decorators)
    return [{"name": kubernetes_defaults.ENTRY, "attributes": defaults}] if defaults else []


def hinted_facts(hint):
    """What launching made of the request: here, a step's decorators still say what its source says."""
    if not hint:
        return {}
    amounts = dict(hint["before"], **hint.get("applied", {}))
    request = dict(("request" + key[0].upper() + key[1:], value) for key, value in amounts.items())
    return dict(request, hint=json.dumps(hint, sort_keys=True))


def cpu_seconds():
    """(user, system) seconds of this process and the children it has waited for."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + children.ru_utime, own.ru_stime + children.ru_stime


def last_word():
    """What only this process can say exactly, now: the kernel's marks of itself and of its children.

    `vm_hwm` is this program's own mark; `ru_maxrss` may also hold that of the process that started it.
    """
    user_s, system_s = cpu_seconds()
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "pid": os.getpid(),
        "ended_ns": int(time.time() * 1e9),
        "user_s": user_s,
        "system_s": system_s,
        "vm_hwm": _high_water_bytes(),
        "self_maxrss": own.ru_maxrss * bytes_per_unit,
        "children_maxrss": children.ru_maxrss * bytes_per_unit,
    }


def _high_water_bytes():
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def _features(flow, inputs):
    from metaflow import current

    # From the instance alone: asking the flow itself could load an artifact.
    stack = flow.__dict__.get("_foreach_stack")
    return features_of(inputs, stack, current.get("parameter_names") or ())


def _ownership():
    from metaflow import current

    return facts.ownership(current.get("tags") or (), current.get("username"))


def _or_empty(empty, function, *args):
    try:
        return function(*args)
    except Exception:
        return empty()
