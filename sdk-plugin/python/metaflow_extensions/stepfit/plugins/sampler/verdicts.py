"""What the tuner says about steps, as plain objects and in words. Pure but for what asks the server."""

from collections import namedtuple

StepVerdict = namedtuple(
    "StepVerdict",
    "flow step effective suggested decorator_line note reasons proof savings skip_reason detail page_url",
)
StepVerdict.__doc__ = """The tuner's word on one step: a suggestion, or the reason why there is none.

`effective` is what the step asks for now and `suggested` what it should ask for, as
`{"cpuCores": …, "memoryMiB": …, "gpuCount": …}`; `suggested` is None where nothing should change, and then
`skip_reason` and `detail` say why. `decorator_line` goes above the step. `proof` is a sentence, `reasons`
are more of them. `savings` is `{"gibHoursPerRun": …, "coreHoursPerRun": …, "costUsdPerRun": …, …}`."""

PENDING_WORDS = "Too new: the tuner has not looked at it yet."


def read_verdicts(server, flow):
    """A verdict for each step of a flow that has reported, steps to change first, most freed first."""
    found = [read_verdict(server, flow, item["step"]) for item in server.steps(flow)]
    return sorted(found, key=lambda item: (-item.savings["costUsdPerRun"] if item.savings else 1e9, item.step))


def read_verdict(server, flow, step):
    return to_verdict(server.explain(flow, step), server.page_url(flow, step))


def to_verdict(explanation, page_url):
    """A step of the REST API as a verdict."""
    suggestion = explanation.get("suggestion") or {}
    skip = explanation.get("skip") or {}
    return StepVerdict(
        flow=explanation["flow"],
        step=explanation["step"],
        effective=suggestion.get("effective") or explanation.get("current") or {},
        suggested=suggestion.get("suggestedEffective"),
        decorator_line=suggestion.get("decoratorLine"),
        note=suggestion.get("decoratorNote"),
        reasons=suggestion.get("reasons") or [],
        proof=describe_proof(suggestion["evidence"]) if suggestion else None,
        savings=suggestion.get("savings"),
        skip_reason=None if suggestion else skip.get("code", "pending"),
        detail=None if suggestion else skip.get("detail", PENDING_WORDS),
        page_url=page_url,
    )


def describe_change(effective, suggested):
    """`memory 15.6 GiB -> 512 MiB, cpu 8 -> 1`, or "no change"."""
    parts = []
    for key, label, words in RESOURCES:
        before, after = effective.get(key), (suggested or {}).get(key)
        if after is not None and after != before:
            now = "" if before is None else words(before) + " -> "
            parts.append("%s %s%s" % (label, now, words(after)))
    return ", ".join(parts) or "no change"


def describe_proof(evidence):
    """What would have happened to the step's own attempts with the suggested memory."""
    rows = [row for row in evidence.get("memoryReplay") or () if row["label"] == "suggested"]
    bound = evidence.get("memoryBound")
    if not rows:
        return "%d attempts looked at; the memory stays as it is" % evidence["attempts"]
    proof = "%d of %d attempts would have run out of memory" % (rows[0]["failures"], rows[0]["attempts"])
    if bound:
        share = (format_number(bound["upperBound"] * 100), round(bound["confidence"] * 100))
        proof += "; at most %s %% of the next will (%d %% sure)" % share
    return proof


def describe_savings(savings):
    """`frees 0.035 GiB-h and 0.02 core-h a run`, or what is asked for more."""
    amounts = (("gibHoursPerRun", "GiB-h"), ("coreHoursPerRun", "core-h"), ("gpuHoursPerRun", "GPU-h"))
    parts = []
    for verb, sign in (("frees", 1), ("takes", -1)):
        own = [
            "%s %s" % (format_number(abs(savings[key])), unit)
            for key, unit in amounts
            if savings.get(key, 0) * sign > 0
        ]
        if own:
            parts.append("%s %s a run" % (verb, " and ".join(own)))
    return ", ".join(parts) or "frees nothing that is counted"


def format_memory(mib):
    """`768 MiB`, `15.6 GiB`; a dash for what is unknown."""
    if mib is None:
        return "-"
    return "%s GiB" % format_number(mib / 1024.0) if mib >= 1024 else "%d MiB" % round(mib)


def format_number(value):
    """Three digits, and never an exponent."""
    if value is None:
        return "-"
    if abs(value) >= 100:
        return "%d" % round(value)
    return ("%.3g" % value) if value == 0 or abs(value) >= 0.001 else "< 0.001"


RESOURCES = (
    ("memoryMiB", "memory", format_memory),
    ("cpuCores", "cpu", format_number),
    ("gpuCount", "gpu", format_number),
)
