"""Starts the sampler beside the step's process, and talks to it. The step's side of the pipe."""

import fcntl
import json
import os
import select
import subprocess
import sys
import time

SAMPLER_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sampler")
# The process we start hands over to the sampler and exits: some 15 ms.
HANDOVER_S = 2.0
# Linux's fcntl for the size of a pipe, which Python names from 3.10 on; anybody may ask for this much.
F_SETPIPE_SZ, LARGEST_PIPE_BYTES = 1031, 1024 * 1024


class SamplerProcess(object):
    """One sampler. It holds none of the step's files, survives no longer than the step (and a moment to
    deliver), and is no child of the step: code that waits for any child must not meet it."""

    def __init__(self, answers=False):
        """With `answers` the sampler can write to a pipe, and `output` is where the caller reads it."""
        self._owner = os.getpid()
        self.output, writes_to = os.pipe() if answers else (None, subprocess.DEVNULL)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", SAMPLER_FOLDER],
                stdin=subprocess.PIPE,
                stdout=writes_to,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                start_new_session=True,
                cwd=os.sep,
            )
        finally:
            if answers:
                os.close(writes_to)
        self._pipe = self._process.stdin.fileno()
        # A sampler that does not read must not stop the step: a full pipe drops the message.
        os.set_blocking(self._pipe, False)
        self._wait_for_handover()

    def _wait_for_handover(self):
        """Collects the starting process, so that it is nobody's zombie."""
        gives_up_at = time.monotonic() + HANDOVER_S
        # `wait` with a timeout would sleep up to 50 ms at a time.
        while self._process.poll() is None:
            if time.monotonic() > gives_up_at:
                self._process.kill()
                self._process.wait()
                raise RuntimeError("the sampler did not start")
            time.sleep(0.002)

    def send(self, message):
        """Sends one message. Does nothing in a process forked from the step's."""
        if os.getpid() == self._owner:
            os.write(self._pipe, json.dumps(message).encode("utf-8") + b"\n")

    def widen(self):
        """Makes room for many messages at once, where the kernel lets us."""
        try:
            fcntl.fcntl(self._pipe, F_SETPIPE_SZ, LARGEST_PIPE_BYTES)
        except OSError:
            pass

    def wait_until_done(self, timeout_s):
        """Waits until the sampler has closed its end of the pipe, which it does when all is delivered."""
        if os.getpid() == self._owner:
            poller = select.poll()
            poller.register(self._pipe, select.POLLERR)
            poller.poll(timeout_s * 1000)

    def close(self):
        """Lets go of the pipe. The sampler has had its last message."""
        self._process.stdin.close()
