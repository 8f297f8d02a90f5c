"""What the vendors' tools print about GPUs, as readings. Pure.

NVIDIA: `nvidia-smi --query-gpu`, one line a card. AMD: `rocm-smi --json`, and the same figures as the driver
puts them into /sys.
"""

import json
from collections import namedtuple

MIB = 1024 * 1024
NVIDIA_QUERY = "index,uuid,utilization.gpu,memory.used,memory.total"
NVIDIA_IDS = ("GPU-", "MIG-")
AMD_VENDOR = "0x1002"
NO_UNIQUE_ID = ("", "N/A", "0", "0x0")

# What a card does not report is None. `utilization` is a share from 0 to 1.
GpuReading = namedtuple("GpuReading", "index uuid utilization memory_used_bytes memory_total_bytes")


def parse_line(line):
    """One line of `--format=csv,noheader,nounits` for `NVIDIA_QUERY`, or None if it is no such line.

    What a card does not report (`[N/A]`, `[Not Supported]`, MIG's utilisation) is None.
    """
    fields = [field.strip() for field in line.split(",")]
    if len(fields) != 5 or not fields[0].isdigit() or not fields[1].startswith(NVIDIA_IDS):
        return None
    percent, used_mib, total_mib = (to_number(field) for field in fields[2:])
    return GpuReading(
        index=int(fields[0]),
        uuid=fields[1],
        utilization=to_share(percent),
        memory_used_bytes=None if used_mib is None else int(used_mib * MIB),
        memory_total_bytes=None if total_mib is None else int(total_mib * MIB),
    )


def parse_rocm_smi(text):
    """`rocm-smi --showuse --showmeminfo vram --showuniqueid --json` as readings; none where it is no such JSON.

    Warnings may come before it, and an entry `system` between the cards. Integrated cards have no unique id.
    """
    try:
        cards = json.loads(text[text.index("{") :])
    except ValueError:
        return []
    readings = []
    for name in in_order(cards if isinstance(cards, dict) else ()):
        card = cards[name]
        if not isinstance(card, dict):
            continue
        readings.append(
            amd_reading(
                index=len(readings),
                name=name,
                unique_id=card.get("Unique ID"),
                percent=card.get("GPU use (%)"),
                used=card.get("VRAM Total Used Memory (B)"),
                total=card.get("VRAM Total Memory (B)"),
            )
        )
    return readings


def in_order(names):
    """`card2` before `card10`, as the runtime counts them; without the names that are no card's."""
    cards = [name for name in names if name.startswith("card") and name[4:].isdigit()]
    return sorted(cards, key=lambda name: int(name[4:]))


def amd_reading(index, name, unique_id, percent, used, total):
    """A reading from texts of amdgpu's files or of rocm-smi, both the same figures."""
    identity = unique_id.strip() if isinstance(unique_id, str) else ""
    used_bytes, total_bytes = to_number(used), to_number(total)
    return GpuReading(
        index=index,
        uuid="AMD-" + name if identity in NO_UNIQUE_ID else amd_uuid(identity),
        utilization=to_share(to_number(percent)),
        memory_used_bytes=None if used_bytes is None else int(used_bytes),
        memory_total_bytes=None if total_bytes is None else int(total_bytes),
    )


def amd_uuid(unique_id):
    """AMD's unique id, 16 hexadecimal digits, which `ROCR_VISIBLE_DEVICES` calls `GPU-...` as NVIDIA does its own."""
    digits = unique_id.lower()
    return "AMD-" + (digits[2:] if digits.startswith("0x") else digits)


def is_visible(reading, visible_devices):
    """Whether a GPU is one that the runtime shows the step: `CUDA_VISIBLE_DEVICES` or AMD's variables, as
    indices or ids.

    Unset means all. CUDA stops at the first entry that it does not know, and so do we.
    """
    if visible_devices is None:
        return True
    for entry in (part.strip() for part in visible_devices.split(",")):
        if entry.isdigit():
            if int(entry) == reading.index:
                return True
        elif entry.startswith(NVIDIA_IDS):
            if reading.uuid.startswith(entry) or reading.uuid == amd_uuid(entry[len("GPU-") :]):
                return True
        else:
            return False
    return False


def to_share(percent):
    return None if percent is None else min(max(percent / 100.0, 0.0), 1.0)


def to_number(text):
    """A finite number of 0 or more; None for everything that the tools say instead."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < float("inf") else None
