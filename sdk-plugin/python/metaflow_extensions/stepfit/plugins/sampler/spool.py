"""Exports that no collector took yet, as files, for whichever sampler comes next.

One folder for each collector address. A file is written under a temporary name and renamed, so nobody sees
half of it; a sampler claims a file by renaming it, so no two send the same one. Bounded: the oldest go first.
"""

import itertools
import os
import time

# Exports of some two thousand attempts of a second, or of hours of a long one.
MAX_FILES = 4096
MAX_BYTES = 16 * 1024 * 1024
# A claim this old belongs to a sampler that died while sending.
STALE_CLAIM_S = 120

READY, CLAIMED = ".ready", ".claimed"
_sequence = itertools.count()


class Claim(object):
    """One spooled export that is ours alone until it is delivered, dropped or put back."""

    def __init__(self, path, ready_path, kind, body):
        self._path = path
        self._ready_path = ready_path
        self.kind = kind
        self.body = body

    def discard(self):
        _quietly(os.unlink, self._path)

    def put_back(self):
        _quietly(os.rename, self._path, self._ready_path)


class Spool(object):
    """The folder for one collector. Every failure to read or write it is swallowed: it is a last resort."""

    def __init__(self, folder):
        self._folder = folder

    def put(self, kind, body):
        """Keeps an export (`metrics` or `traces`, gzipped body). Returns whether it could be written."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            self._make_room(len(body))
            # Sorting by name is sorting by age.
            name = "%015d-%06d-%d.%s" % (time.time() * 1000, next(_sequence), os.getpid(), kind)
            temporary = os.path.join(self._folder, "." + name + ".tmp")
            with open(temporary, "wb") as file:
                file.write(body)
            os.rename(temporary, os.path.join(self._folder, name + READY))
            return True
        except OSError:
            return False

    def claim(self):
        """Takes the oldest export that nobody else is sending, or None."""
        self._release_stale_claims()
        for name in self._names(READY):
            ready = os.path.join(self._folder, name)
            claimed = ready[: -len(READY)] + CLAIMED
            try:
                os.rename(ready, claimed)
                os.utime(claimed)
                with open(claimed, "rb") as file:
                    body = file.read()
            except OSError:
                continue
            return Claim(claimed, ready, name[: -len(READY)].rpartition(".")[2], body)
        return None

    def _names(self, suffix):
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(suffix))
        except OSError:
            return []

    def _release_stale_claims(self):
        for name in self._names(CLAIMED):
            path = os.path.join(self._folder, name)
            try:
                if time.time() - os.stat(path).st_mtime > STALE_CLAIM_S:
                    os.rename(path, path[: -len(CLAIMED)] + READY)
            except OSError:
                continue

    def _make_room(self, size):
        names = self._names(READY)
        sizes = dict((name, _size(os.path.join(self._folder, name))) for name in names)
        total = size + sum(sizes.values())
        kept = len(names) + 1
        for name in names:
            if total <= MAX_BYTES and kept <= MAX_FILES:
                return
            _quietly(os.unlink, os.path.join(self._folder, name))
            total -= sizes[name]
            kept -= 1


def _size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _quietly(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        pass
