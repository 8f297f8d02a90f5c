"""A task's card as one page of HTML: no scripts, no fonts, no images, nothing that is loaded. Pure."""

from collections import namedtuple

from verdicts import describe_change, describe_savings, format_memory, format_number

MIB = 1024.0 * 1024.0
# A text of a server that is longer says nothing more to a reader of a card.
LONGEST_TEXT = 600
WIDTH, HEIGHT, PAD = 640, 120, 6

# `ending` is None while the attempt runs, then a sentence. `answer` is a `StepVerdict`, or None with
# `no_answer` saying why. `facts` keep the contract's keys.
CardView = namedtuple("CardView", "facts timeline ending answer no_answer page_url written_at")

STYLE = """
:root{color-scheme:light dark;--fg:#1d2330;--faint:#667085;--bg:#fff;--line:#d0d5dd;--use:#3b6fd4;--peak:#b42318;
--ask:#667085;--good:#067647}
@media(prefers-color-scheme:dark){:root{--fg:#e6e9ef;--faint:#98a2b3;--bg:#14171f;--line:#344054;--use:#7aa5ff;
--peak:#fda29b;--ask:#98a2b3;--good:#75e0a7}}
body{font:14px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:680px;margin:1.5rem auto;
padding:0 1rem}
h1{font-size:1.15rem;margin:0}h2{font-size:.95rem;margin:1.4rem 0 .3rem}p{margin:.3rem 0}
.faint{color:var(--faint)}.good{color:var(--good)}code{font-size:.95em}
table{border-collapse:collapse;margin-top:.6rem}td,th{text-align:left;padding:.15rem 1.2rem .15rem 0;
font-weight:normal}th{color:var(--faint)}
svg{width:100%;height:auto;border-bottom:1px solid var(--line)}text{font:11px system-ui,sans-serif}
"""


def render_card(view):
    """The whole page, some 10 kB whatever the attempt did."""
    facts, timeline = view.facts, view.timeline
    name = "%s/%s" % (facts["flow"], facts["step"])
    return "".join(
        [
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>%s</title>" % safe(name),
            "<style>%s</style></head><body>" % STYLE,
            "<h1>%s</h1>" % safe(name),
            "<p class=faint>run %s, task %s, attempt %s</p>"
            % tuple(safe(facts[key]) for key in ("run", "task", "attempt")),
            "<p>%s</p>" % safe(view.ending or "Running; as of %s." % view.written_at),
            _figures(facts, timeline),
            _chart("Memory", timeline.memory(), _memory_marks(view), lambda b: format_memory(b / MIB)),
            _chart("Cores in use", timeline.cores(), _core_marks(view), format_number),
            _verdict(view),
            _link(view.page_url),
            "</body></html>",
        ]
    )


def _figures(facts, timeline):
    request = facts.get("requestMemoryMiB")
    peak = timeline.peak_bytes / MIB
    share = "" if not request else ", %s %% of the request" % format_number(100 * peak / request)
    source = "" if timeline.peak_source is None else " (%s)" % timeline.peak_source
    mean_cores = timeline.cpu_s / timeline.elapsed_s if timeline.elapsed_s else None
    rows = [
        ("Memory", format_memory(request), format_memory(peak) + share + source),
        ("Cores", format_number(facts.get("requestCpuCores")), "%s on average" % format_number(mean_cores)),
        ("Time", "", "%s s" % format_number(timeline.elapsed_s)),
    ]
    if facts.get("limitMemoryMiB"):
        rows.insert(1, ("Memory limit", format_memory(facts["limitMemoryMiB"]), ""))
    cells = "".join("<tr><th>%s</th><td>%s</td><td>%s</td></tr>" % tuple(map(safe, row)) for row in rows)
    return "<table><tr><th></th><th>asked for</th><th>used, peak</th></tr>%s</table>" % cells


def _memory_marks(view):
    suggested = (view.answer.suggested or {}).get("memoryMiB") if view.answer else None
    return [
        ("peak", view.timeline.peak_bytes or None, "peak"),
        ("ask", _mib(view.facts.get("requestMemoryMiB")), "asked for"),
        ("good", _mib(suggested), "suggested"),
    ]


def _core_marks(view):
    suggested = (view.answer.suggested or {}).get("cpuCores") if view.answer else None
    return [("ask", view.facts.get("requestCpuCores"), "asked for"), ("good", suggested, "suggested")]


def _mib(value):
    return None if value is None else value * MIB


def _chart(title, points, marks, words):
    """An area over time with lines drawn across. What lies far above the usage is named, not drawn to scale."""
    if not points:
        return ""
    highest = max(value for _, value in points)
    drawn = [mark for mark in marks if mark[1] is not None]
    top = max([highest] + [value for _, value, _ in drawn if value <= 3 * highest]) * 1.1 or 1.0
    end_s = points[-1][0] or 1.0

    def at(second, value):
        x = PAD + (WIDTH - 2 * PAD) * second / end_s
        return "%.1f,%.1f" % (x, HEIGHT - (HEIGHT - PAD) * min(value / top, 1.0))

    first_s = points[0][0]
    outline = " ".join([at(first_s, 0)] + [at(*point) for point in points] + [at(end_s, 0)])
    lines = "".join(_mark(mark, at, end_s, top, words, index) for index, mark in enumerate(drawn))
    return (
        "<h2>%s</h2><svg viewBox='0 0 %d %d' role=img aria-label='%s over time'>"
        "<polygon points='%s' fill='var(--use)' fill-opacity=.35 stroke='var(--use)'/>%s</svg>"
        % (safe(title), WIDTH, HEIGHT, safe(title), outline, lines)
    )


def _mark(mark, at, end_s, top, words, index):
    color, value, label = mark
    is_above = value > top
    left, right = at(0, value), at(end_s, value)
    text = "%s %s%s" % (label, words(value), ", far above" if is_above else "")
    x1, y = left.split(",")
    line = (
        ""
        if is_above
        else "<line x1='%s' x2='%s' y1='%s' y2='%s' stroke='var(--%s)' stroke-dasharray='5 4'/>"
        % (x1, right.split(",")[0], y, y, color)
    )
    place = (PAD + 4 + index * 190, 12)
    return line + "<text x='%d' y='%d' fill='var(--%s)'>%s</text>" % (place + (color, safe(text)))


def _verdict(view):
    if view.answer is None:
        return "<h2>Suggestion</h2><p class=faint>%s</p>" % safe(view.no_answer)
    answer = view.answer
    if answer.suggested is None:
        return "<h2>No change (%s)</h2><p>%s</p>" % (safe(answer.skip_reason), safe(answer.detail))
    change = describe_change(answer.effective, answer.suggested)
    return "<h2>Suggestion</h2><p class=good>%s</p><p><code>%s</code></p><p>%s; %s.</p>" % (
        safe(change),
        safe(answer.decorator_line),
        safe(answer.proof),
        safe(describe_savings(answer.savings)),
    )


def _link(url):
    if not url.startswith(("http://", "https://")):
        return ""
    return "<p><a href='%s' target=_blank rel=noopener>All about this step</a></p>" % safe(url)


def safe(value):
    """Text of others as HTML, cut to a length that keeps the card small."""
    text = str(value)
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text
