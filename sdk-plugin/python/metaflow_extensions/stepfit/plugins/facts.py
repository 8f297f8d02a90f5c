"""What is known before a step attempt starts: who it is, what was asked for, and on which backend.

Values keep the contract's keys and units. Nothing here calls user code or touches the network; nothing reads an
attribute of the flow, which could evaluate a parameter or a config.
"""

import ast
import base64
import hashlib
import inspect
import json
import os
import socket
import textwrap

from . import kubernetes_defaults

MIB = 1024.0 * 1024.0
# `memory=` on Kubernetes becomes `<n>M`, which is decimal; elsewhere it is MiB.
BYTES_PER_MEMORY_UNIT = {"kubernetes": 1e6, "argo-workflows": 1e6}
RESOURCE_DECORATORS = ("resources", "kubernetes", "batch")
COMPUTE_DECORATORS = ("kubernetes", "batch")
AMOUNTS = ("cpu", "memory", "gpu", "disk", "shared_memory")
LOCAL = "local"

LONGEST_LABEL = 64
OWNER_TAG = "owner:"


def detect_backend(environ):
    """Where this process runs, by what Metaflow puts into the environment of remote tasks."""
    if "METAFLOW_KUBERNETES_WORKLOAD" in environ:
        return "argo-workflows" if "ARGO_WORKFLOW_NAME" in environ else "kubernetes"
    if "AWS_BATCH_JOB_ID" in environ:
        return "step-functions" if "SFN_STATE_MACHINE" in environ else "batch"
    return LOCAL


def declared_decorators(decorators):
    """The resource decorators as the user wrote them: `[{"name": …, "attributes": {…}}]`.

    A decorator of the source names what was set. One that came by `--with` reaches the task with all its
    attributes, merged ones included, so of those only what differs from the defaults and from `@resources`
    can be the user's.
    """
    declared = []
    for decorator in decorators:
        if decorator.name in RESOURCE_DECORATORS:
            attributes = {}
            for name in sorted(set_by_user(decorator)):
                value = decorator.attributes.get(name)
                if _is_plain(value) and (
                    _says_what_was_given(decorator)
                    or not is_repeated(decorator, name, value, decorators)
                ):
                    attributes[name] = value
            if attributes or decorator.statically_defined:
                declared.append({"name": decorator.name, "attributes": attributes})
    return declared


def declared_amounts(declared, backend):
    """Cores, MiB and GPUs that the decorators ask for; the largest where several do."""
    return _amounts("declared", [item["attributes"] for item in declared], backend)


def requested_amounts(decorators, declared, backend):
    """What is effectively asked of the backend.

    Locally nothing is reserved, so the declaration stands for itself. Remotely the compute decorator's
    attributes are the truth: Metaflow has merged `@resources` and the defaults into them by now
    (Kubernetes: the maximum of each).
    """
    if backend == LOCAL:
        return _amounts("request", [item["attributes"] for item in declared], backend)
    compute = [_as_launched(item, decorators) for item in decorators if item.name in COMPUTE_DECORATORS]
    amounts = _amounts("request", compute, backend)
    for attributes in compute:
        if attributes.get("qos"):
            amounts["qos"] = str(attributes["qos"]).lower()
    return amounts


def host_facts():
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MIB
    return {"hostName": socket.gethostname(), "hostCpuCores": cores, "hostMemoryMiB": round(memory, 1)}


def ownership(tags, user):
    """Who answers for a run: its tag `owner:NAME`, the first by name where it has several, else its user."""
    named = sorted(tag[len(OWNER_TAG) :] for tag in tags if tag.startswith(OWNER_TAG))
    owner = next((name for name in named if name), user)
    return {"owner": str(owner)[:LONGEST_LABEL]} if owner else {}


def graph_facts(graph, step):
    """The steps that `step` follows, as the flow's own graph has them; nothing where there is none."""
    if graph is None:
        return {}
    return {"stepParents": json.dumps(sorted(graph[step].in_funcs))}


def code_version(flow_class, step):
    """A digest of the step's code, or None without source. Comments, formatting, the docstring and the
    decorators do not count: a step that was resized is the same step. Functions that it calls are not seen.
    """
    for base in flow_class.__mro__:
        if step in base.__dict__:
            function = inspect.unwrap(base.__dict__[step])
            try:
                source = textwrap.dedent(inspect.getsource(function))
            except (OSError, TypeError):
                return None
            return digest_code(source)
    return None


def digest_code(source):
    """`code_version` of a function's source text."""
    function = ast.parse(source).body[0]
    function.decorator_list = []
    if ast.get_docstring(function) is not None:
        del function.body[0]
    return hashlib.sha256(ast.dump(function).encode("utf-8")).hexdigest()[:16]


def attempt_ids(identity):
    """Trace and span id from the identity alone, so that sending an attempt twice is sending it once."""
    run = "\0".join(str(part) for part in identity[:3])
    attempt = "\0".join(str(part) for part in identity)
    return _digest(run)[:32], _digest(attempt)[:16]


def attempt_key(identity):
    """The attempt's id in the store and in `GET /api/v1/attempts/{attemptId}`: 22 characters of base64url over
    the identity, as `attemptId()` of the collector has it."""
    parts = [str(part) for part in identity[:5]] + [int(identity[5])]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:22]


def short_digest(text):
    """A file name for something that is none, such as an address."""
    return _digest(text)[:16]


def _says_what_was_given(decorator):
    """Whether Metaflow knows the names: of what the source has, and not of what a mutator has put in."""
    return decorator.statically_defined and not getattr(decorator, "inserted_by", None)


def set_by_user(decorator):
    """Names of the attributes that were given. Until Metaflow 2.13, and of what a mutator has put in, nothing
    tells a default that was written out from one that was not: there, the amounts that differ from the defaults.
    """
    given = getattr(decorator, "_user_defined_attributes", None)
    if given is not None and not getattr(decorator, "inserted_by", None):
        return given
    amounts = [(name, decorator.attributes.get(name)) for name in AMOUNTS]
    return [name for name, value in amounts if not _is_same(value, decorator.defaults.get(name))]


def is_repeated(decorator, name, value, decorators):
    """Whether the value is a default, Metaflow's or an operator's, or was merged from `@resources`."""
    default = decorator.defaults.get(name)
    if decorator.name == "kubernetes":
        default = kubernetes_defaults.known_to(decorators).get(name, default)
    merged_from = () if decorator.name == "resources" else (_of_resources(decorators).get(name),)
    return any(_is_same(value, other) for other in (default,) + merged_from)


def _of_resources(decorators):
    for decorator in decorators:
        if decorator.name == "resources":
            return decorator.attributes
    return {}


def _as_launched(decorator, decorators):
    """The attributes of a compute decorator as whoever launched the task had them. A `@kubernetes` of the source is
    made again in the task, which does not have the operator's defaults."""
    attributes = dict(decorator.attributes)
    if decorator.name != "kubernetes" or not decorator.statically_defined:
        return attributes
    given = set_by_user(decorator)
    for name, default in kubernetes_defaults.known_to(decorators).items():
        if name not in given:
            attributes[name] = max(default, to_number(_of_resources(decorators).get(name)) or 0)
    return attributes


def _is_same(value, other):
    """Merging turns numbers into strings such as "8000.0"."""
    number = to_number(value)
    return value == other if number is None else number == to_number(other)


def _amounts(prefix, attribute_sets, backend):
    unit = BYTES_PER_MEMORY_UNIT.get(backend, MIB)
    found = {}
    for key, attribute, scale in (
        ("CpuCores", "cpu", 1.0),
        ("MemoryMiB", "memory", unit / MIB),
        ("GpuCount", "gpu", 1.0),
    ):
        values = [to_number(attributes.get(attribute)) for attributes in attribute_sets]
        values = [value * scale for value in values if value is not None]
        if values:
            found[prefix + key] = int(max(values)) if attribute == "gpu" else max(values)
    return found


def _is_plain(value):
    return isinstance(value, (bool, int, float, str))


def to_number(value):
    """A finite number as a float, None for anything else; numbers may be written as texts."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number and abs(number) != float("inf") else None


def _digest(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
