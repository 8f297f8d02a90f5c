"""Where a card's page goes: into a file, or to the task, which saves it with what Metaflow has for its datastore."""

import json
import os
import struct
import time

TASK_OUTPUT = 1
# The task takes a page as soon as it has saved the one before.
LAST_PATIENCE_S, LOOK_AGAIN_S = 0.5, 0.01


class CardFile(object):
    """Readers see the old page or the new one, whole."""

    def __init__(self, path):
        self._path = path

    def is_there(self):
        return os.path.exists(self._path)

    def put(self, html, is_last):
        folder = os.path.dirname(self._path)
        os.makedirs(folder, exist_ok=True)
        # Beside the folder: in it, Metaflow would list the part as a card.
        part = "%s.%d.part" % (folder, os.getpid())
        try:
            with open(part, "wb") as file:
                file.write(html.encode("utf-8", "replace"))
            os.replace(part, self._path)
        finally:
            if os.path.exists(part):
                os.remove(part)


class TaskPipe(object):
    """A page that the task has not taken yet is not followed by another: the sampler never waits for it, but for the
    last one a moment."""

    def __init__(self, descriptor=TASK_OUTPUT):
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def put(self, html, is_last):
        gives_up_at = time.monotonic() + (LAST_PATIENCE_S if is_last else 0.0)
        while self._unread_bytes() > 0:
            if time.monotonic() >= gives_up_at:
                return
            time.sleep(LOOK_AGAIN_S)
        text = html.encode("utf-8", "replace").decode("utf-8")
        line = json.dumps({"html": text, "is_last": is_last}).encode("ascii") + b"\n"
        if os.write(self._descriptor, line) < len(line):
            raise OSError("a page of %d bytes does not fit the pipe" % len(line))

    def _unread_bytes(self):
        # Imported here: few cards go this way.
        import fcntl
        import termios

        answer = fcntl.ioctl(self._descriptor, termios.FIONREAD, struct.pack("i", 0))
        return struct.unpack("i", answer)[0]
