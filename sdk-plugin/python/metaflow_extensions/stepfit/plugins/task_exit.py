"""What a task's process left behind when it ended: the scheduler's evidence. Pure.

The words are what the process that waits for a remote task printed of its own: Metaflow keeps those apart from
the task's log, so nothing that a user prints is taken for them.
"""

import re

LOCAL, KUBERNETES, BATCH = "local", "kubernetes", "batch"

# As kubernetes.py of Metaflow has them. The first stands for exit code 137 whatever its reason was.
KUBERNETES_EXIT_CODES = (
    (re.compile(r"Task ran out of memory\."), 137),
    (re.compile(r"Task failed with a segmentation fault\."), 139),
)
KUBERNETES_EXIT_CODE = re.compile(r"\(exit code (\d+)\)")
# Amazon's words for a container that its cgroup killed.
BATCH_OOM = re.compile(r"OutOfMemoryError: Container killed due to memory usage")
DEADLINES = re.compile(r"DeadlineExceeded|Job attempt duration exceeded timeout")


def explain_exit(return_code, was_killed, backend, words):
    """Attributes of a closing span, or None where the exit tells nothing.

    Without an `outcome` they only say how the process ended, and the collector concludes from all it knows.
    """
    if was_killed:
        evidence = "Metaflow killed it, since the run had come to its end."
        return {"outcome": "lost", "outcomeEvidence": evidence, "exitCode": return_code}
    if not return_code:
        return None
    if backend == LOCAL:
        return {"exitCode": return_code}
    if DEADLINES.search(words):
        return {"outcome": "timeout", "outcomeEvidence": "It ran longer than @timeout allows."}
    if backend == BATCH:
        if BATCH_OOM.search(words):
            evidence = "AWS Batch killed the container for its memory usage."
            return {"outcome": "oom", "outcomeEvidence": evidence}
        return None
    for pattern, exit_code in KUBERNETES_EXIT_CODES:
        if pattern.search(words):
            return {"exitCode": exit_code}
    found = KUBERNETES_EXIT_CODE.search(words)
    return {"exitCode": int(found.group(1))} if found else None
