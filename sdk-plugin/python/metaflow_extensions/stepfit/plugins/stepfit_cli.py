"""`python flow.py stepfit …`: what StepFit says about this flow. Asks the server; changes nothing."""

import json
import sys
from functools import wraps

from metaflow._vendor import click

from .sampler import verdicts as words
from .public_api import connect
from .server import StepfitServerError
from .source_lines import describe_place

NO_STEP_HINT = "Run the flow with `--with stepfit`; what has ended is here in a few seconds."


@click.group()
def cli():
    pass


@cli.group(name="stepfit", help="What each step needs, and what it should ask for.")
def stepfit_group():
    pass


def talks_to_server(command):
    """Adds the options that say which server, and gives the command `(flow, server, as_json, …)`."""

    @click.option("--url", help="Address of the server; METAFLOW_STEPFIT_URL by default.")
    @click.option("--project", help="Project of the flow; METAFLOW_STEPFIT_PROJECT by default.")
    @click.option("--json", "as_json", is_flag=True, help="The server's JSON, for programs.")
    @click.pass_obj
    @wraps(command)
    def with_server(obj, url, project, as_json, **arguments):
        server = connect(url, project, decorator_attributes(obj.flow))
        command(obj.flow, server, as_json, **arguments)

    return with_server


@stepfit_group.command(help="What was requested and not needed, worst first.")
@click.option("--days", default=30, type=click.IntRange(1, 366), help="Length of the window.")
@talks_to_server
def report(flow, server, as_json, days):
    answer = server.report(flow.name, days)
    if as_json:
        say_json(answer)
        return
    say("Requested and not needed in the last %d days: %s, project %s" % (days, flow.name, server.project))
    if not answer["steps"]:
        say("No attempt of this flow has ended since %s.\n%s" % (answer["sinceDay"], NO_STEP_HINT))
        return
    say_table(
        ("STEP", "ATTEMPTS", "CPU", "MEMORY", "PEAK", "GiB-h", "USD", "VERDICT"),
        [report_row(row) for row in answer["steps"]],
    )
    totals, prices = answer["totals"], answer["prices"]
    say(
        "Wasted: $%s of $%s by %s%s"
        % (
            words.format_number(totals["wastedCostUsd"]),
            words.format_number(totals["requestedCostUsd"]),
            prices["name"],
            ", not by your bill" if prices["isExample"] else "",
        )
    )


def report_row(row):
    suggestion = row.get("suggestion")
    wanted = suggestion["suggested"] if suggestion else {}
    now = row["current"]
    return (
        row["step"],
        "%d" % row["attempts"],
        from_to(now.get("cpuCores"), wanted.get("cpuCores"), words.format_number),
        from_to(now.get("memoryMiB"), wanted.get("memoryMiB"), words.format_memory),
        words.format_memory(row.get("peakMemoryMiB")),
        words.format_number(row["wastedGibHours"]),
        words.format_number(row["wastedCostUsd"]),
        suggestion["state"] if suggestion else (row.get("skip") or {}).get("code", "pending"),
    )


@stepfit_group.command(help="What each step should ask for, with proof and the line to paste.")
@click.argument("step", required=False)
@talks_to_server
def suggest(flow, server, as_json, step):
    found = chosen_verdicts(flow, server, step)
    if as_json:
        say_json([verdict._asdict() for verdict in found])
        return
    for verdict in found:
        say_verdict(verdict)
    say_count(found)


@stepfit_group.command(help="One step with all of its evidence.")
@click.argument("step")
@talks_to_server
def explain(flow, server, as_json, step):
    answer = server.explain(flow.name, step)
    if as_json:
        say_json(answer)
        return
    say_verdict(words.to_verdict(answer, server.page_url(flow.name, step)))
    suggestion = answer.get("suggestion")
    if suggestion:
        say_evidence(suggestion)
    attempts = answer["recentAttempts"]
    if attempts:
        say("NEWEST ATTEMPTS")
        say_table(
            ("RUN/TASK", "ATTEMPT", "OUTCOME", "SECONDS", "PEAK", "SOURCE"),
            [attempt_row(attempt) for attempt in attempts],
        )


def attempt_row(attempt):
    duration_ms = attempt.get("durationMs")
    return (
        "%s/%s" % (attempt["run"], attempt["task"]),
        "%d" % attempt["attempt"],
        attempt.get("outcome", "running"),
        words.format_number(None if duration_ms is None else duration_ms / 1000.0),
        words.format_memory(attempt.get("peakMemoryMiB")),
        attempt.get("peakMemorySource", ""),
    )


@stepfit_group.command(help="Where to paste each suggested line. Changes no file: `stepfit apply --write` does.")
@click.argument("step", required=False)
@talks_to_server
def apply(flow, server, as_json, step):
    found = [item for item in chosen_verdicts(flow, server, step) if item.suggested is not None]
    places = [(item, describe_place(type(flow), item.step, item.decorator_line)) for item in found]
    if as_json:
        say_json([{"step": item.step, "line": item.decorator_line, "place": place} for item, place in places])
        return
    for verdict, place in places:
        say("%s  %s" % (verdict.step, words.describe_change(verdict.effective, verdict.suggested)))
        say("  paste  %s" % verdict.decorator_line)
        say("  where  %s" % place)
        say_note(verdict)
    if not found:
        say("There is nothing to apply: `python flow.py stepfit suggest` says why, step by step.")
    say("No file was changed. To have them written: stepfit apply --write %s" % sys.argv[0])


def chosen_verdicts(flow, server, step):
    found = words.read_verdicts(server, flow.name)
    if step is not None:
        found = [verdict for verdict in found if verdict.step == step]
    if not found:
        name = flow.name if step is None else "%s/%s" % (flow.name, step)
        what = "Project %s knows nothing of %s." % (server.project, name)
        raise StepfitServerError(what, NO_STEP_HINT)
    return found


def decorator_attributes(flow):
    """What `@stepfit(url=…, project=…)` in the source says, if it does."""
    for step in flow:
        for decorator in step.decorators:
            if decorator.name == "stepfit":
                return decorator.attributes
    return {}


def say_verdict(verdict):
    if verdict.suggested is None:
        say("%s  no change (%s)" % (verdict.step, verdict.skip_reason))
        say("  %s" % verdict.detail)
    else:
        say("%s  %s" % (verdict.step, words.describe_change(verdict.effective, verdict.suggested)))
        say("  proof  %s" % verdict.proof)
        say("  money  %s" % words.describe_savings(verdict.savings))
        say("  paste  %s" % verdict.decorator_line)
        say_note(verdict)
    say("  more   %s\n" % verdict.page_url)


def say_note(verdict):
    if verdict.note:
        say("  note   %s" % verdict.note)


def say_count(found):
    count = sum(1 for verdict in found if verdict.suggested is not None)
    say("%d of %d steps should change." % (count, len(found)))


def say_evidence(suggestion):
    evidence = suggestion["evidence"]
    for title, lines in (("WHY", suggestion["reasons"]), ("NOTES", evidence["notes"])):
        if lines:
            say("%s\n%s\n" % (title, "\n".join("  - " + line for line in lines)))
    if evidence["memoryReplay"]:
        say("MEMORY  what would have happened to these attempts")
        say_table(
            ("REQUEST", "WHICH", "OUT OF MEMORY", "PAID GiB-h", "WASTED GiB-h"),
            [
                (
                    words.format_memory(row["memoryMiB"]),
                    row["label"],
                    "%d of %d" % (row["failures"], row["attempts"]),
                    words.format_number(row["paidGibHours"]),
                    words.format_number(row["wastedGibHours"]),
                )
                for row in evidence["memoryReplay"]
            ],
        )
    if evidence["cpuReplay"]:
        say("CPU  running time with other requests")
        say_table(
            ("CORES", "WHICH", "RUNNING TIME", "PAID core-h"),
            [
                (
                    words.format_number(row["cpuCores"]),
                    row["label"],
                    "%+.1f %%" % ((row["stretchRatio"] - 1) * 100),
                    words.format_number(row["paidCoreHours"]),
                )
                for row in evidence["cpuReplay"]
            ],
        )


def from_to(before, after, format_value):
    now = format_value(before)
    return now if after is None or after == before else "%s -> %s" % (now, format_value(after))


def say_table(titles, rows):
    columns = [max(len(row[index]) for row in [titles] + rows) for index in range(len(titles))]
    for row in [titles] + rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, columns)).rstrip())
    say("")


def say_json(value):
    say(json.dumps(value, indent=2))


def say(text):
    """Prints what came from a server: no control characters, and nothing that the terminal cannot write."""
    shown = "".join(char for char in text if char == "\n" or char.isprintable())
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    click.echo(shown.encode(encoding, "replace").decode(encoding))
