"""What a task's process left behind when it ended: the scheduler's evidence. Pure."""

import re

LOCAL, KUBERNETES, BATCH = "local", "kubernetes", "batch"

# What Metaflow's launcher of a remote task says of its end, line by line. The lines of the task itself come with
# the name of its pod or job before them, so nothing that a user prints is taken for these.
OUT_OF_MEMORY = re.compile(
    # Of kubernetes.py, for exit code 137 whatever its reason was; and Amazon's words, for that reason only.
    r"(?P<kubernetes>Task ran out of memory\.)|(?P<batch>OutOfMemoryError: Container killed due to memory)"
)
CRASHED = re.compile(r"Task failed with a segmentation fault\.")
ENDED = re.compile(r"[^\[].*\(exit code (\d+)\)")
# Where the pod is seen to have ended before its Job is: the launcher then takes it for a success.
FINISHED = re.compile(r"\[pod [^\]]+\] Task finished with exit code (\d+)\.")
DEADLINE = re.compile(r"DeadlineExceeded|Job attempt duration exceeded timeout")
PATTERNS = (OUT_OF_MEMORY, CRASHED, ENDED, FINISHED, DEADLINE)
# Before each line of a stored log.
STAMP = re.compile(r"\[MFLOG\|[^\]]*\]")


def is_of_interest(line):
    """Whether `explain_exit` makes anything of a line."""
    return any(pattern.match(line) for pattern in PATTERNS)


def explain_exit(return_code, was_killed, backend, words):
    """Attributes of a closing span, or None where the exit tells nothing. `words` are the launcher's lines.

    Without an `outcome` they only say how the process ended, and the collector concludes from all it knows.
    """
    if was_killed:
        evidence = "Metaflow killed it, since the run had come to its end."
        return {"outcome": "lost", "outcomeEvidence": evidence, "exitCode": return_code}
    if backend == LOCAL:
        return {"exitCode": return_code} if return_code else None
    lines = [STAMP.sub("", line, count=1) for line in words.splitlines()]
    for line in lines:
        finished = FINISHED.match(line)
        if finished and not return_code:
            return {"exitCode": int(finished.group(1))} if int(finished.group(1)) else None
    if not return_code:
        return None
    for line in lines:
        explained = explain_failure(line)
        if explained is not None:
            return explained
    return None


def explain_failure(line):
    """The same of one line that a launcher failed with, or None."""
    memory = OUT_OF_MEMORY.match(line)
    if memory and memory.group("batch"):
        evidence = "AWS Batch killed the container for its memory usage."
        return {"outcome": "oom", "outcomeEvidence": evidence, "exitCode": 137}
    if memory:
        return {"exitCode": 137}
    if CRASHED.match(line):
        return {"exitCode": 139}
    if DEADLINE.match(line):
        return {"outcome": "timeout", "outcomeEvidence": "It ran longer than @timeout allows."}
    ended = ENDED.match(line)
    return {"exitCode": int(ended.group(1))} if ended else None
