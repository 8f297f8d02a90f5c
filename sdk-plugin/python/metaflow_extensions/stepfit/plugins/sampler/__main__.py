"""The sampler: a process of its own beside one step attempt.

Runs as `python -I -S -B <this folder>` with the step's messages on its standard input, and nothing else
open. It ends when the step ends, or dies, and at most a moment later.
"""

import json
import os
import time


def detach():
    """Leaves the step's children: user code may wait for "any child", and must not meet this one."""
    if os.fork() > 0:
        os._exit(0)


def main():
    detach()
    # Imported here: the step waits until the line above has run.
    from session import Inbox

    inbox = Inbox(0)
    start = inbox.next(timeout_s=10.0)
    if start is None or start["event"] not in ("start", "run"):
        return
    log = file_log(start.get("log_file"))
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, os.pardir, "contract.json")) as file:
        contract = json.load(file)
    try:
        if start["event"] == "run":
            from run_reports import report_run

            report_run(inbox, contract, log)
        else:
            from attempt import run_attempt

            run_attempt(inbox, start, contract, log)
    except Exception as error:
        log("the sampler failed: %r" % error)


def file_log(path):
    """A log for finding out why nothing arrives; without a path, nothing is written anywhere."""

    def log(text):
        if path:
            try:
                with open(path, "a") as file:
                    file.write("%s %d %s\n" % (time.strftime("%Y-%m-%dT%H:%M:%S"), os.getpid(), text))
            except OSError:
                pass

    return log


if __name__ == "__main__":
    try:
        main()
    finally:
        # A thread may still wait for a collector that never answers.
        os._exit(0)
