"""Reading the kernel's small text files. What is not there, or just went, is None or empty: never an error."""

import os

READ_BYTES = 64 * 1024

def read_text(path):
    """Without Python's buffers: they cost as much as the kernel's work for it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        text = part = os.read(descriptor, READ_BYTES)
        while part:
            part = os.read(descriptor, READ_BYTES)
            text += part
        return text.decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_int(path):
    """A file of one number; None for `max` and everything else."""
    try:
        return int(read_text(path) or "")
    except ValueError:
        return None


def list_folder(path):
    try:
        return os.listdir(path)
    except OSError:
        return []


def parse_pairs(text):
    """Lines of a name and a whole number, as in `memory.stat` or `cpu.stat`. Pure."""
    pairs = {}
    for line in (text or "").splitlines():
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            pairs[words[0]] = int(words[1])
    return pairs
