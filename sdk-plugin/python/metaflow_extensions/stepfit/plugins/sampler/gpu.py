"""GPU usage while the attempt runs: NVIDIA's through one `nvidia-smi` that is kept running (starting it takes a
second on some machines), AMD's from the files of its driver, or from `rocm-smi` where those are hidden."""

import os
import threading
import time

from gpu_readings import AMD_VENDOR, NVIDIA_QUERY, amd_reading, in_order, is_visible, parse_line, parse_rocm_smi
from proc_files import list_folder, read_text

NVIDIA_SMI = "nvidia-smi"
ROCM_SMI = "rocm-smi"
ROCM_ARGUMENTS = ["--showuse", "--showmeminfo", "vram", "--showuniqueid", "--json"]
# It is a Python program: each answer takes a third of a second of a core.
ROCM_PERIOD_S = 60.0
PERIOD_S = 1.0


def find_tool(name, path):
    """The program's file as PATH has it, or None. `subprocess` takes 2 MiB: it waits until there is one."""
    if os.sep in name:
        return name if os.access(name, os.X_OK) else None
    for folder in (path or os.defpath).split(os.pathsep):
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None


class GpuWatch(object):
    """The newest reading of each visible GPU. A machine without GPUs has none, and nothing is said of it."""

    def __init__(self, environ, log, command=NVIDIA_SMI, rocm_command=ROCM_SMI, root="/"):
        self._latest = {}
        self._process = None
        self._stopped = threading.Event()
        self._log = log
        self._nvidia_visible = environ.get("CUDA_VISIBLE_DEVICES")
        self._amd_visible = environ.get("HIP_VISIBLE_DEVICES", environ.get("ROCR_VISIBLE_DEVICES"))
        self._amd = AmdFiles(root)
        self._amd_at = 0.0
        try:
            self._start(find_tool(command, environ.get("PATH")), find_tool(rocm_command, environ.get("PATH")))
        except Exception as error:
            log("no GPU readings: %r" % error)

    def _start(self, nvidia_smi, rocm_smi):
        if nvidia_smi:
            self._run(self._read_nvidia, self._open(nvidia_smi))
        if rocm_smi and not self._amd.cards:
            self._run(self._read_rocm, rocm_smi)

    def take(self):
        """Readings that arrived since the last call, one for each GPU: each is reported once."""
        now = time.monotonic()
        if self._amd.cards and now >= self._amd_at:
            self._amd_at = now + PERIOD_S
            self._offer(self._amd.read(), self._amd_visible)
        latest, self._latest = self._latest, {}
        return [latest[uuid] for uuid in sorted(latest)]

    def stop(self):
        self._stopped.set()
        if self._process is not None:
            try:
                self._process.kill()
                self._process.wait()
                self._process.stdout.close()
            except OSError:
                pass

    def _open(self, nvidia_smi):
        import subprocess

        query = ["--query-gpu=" + NVIDIA_QUERY, "--format=csv,noheader,nounits"]
        self._process = subprocess.Popen(
            [nvidia_smi] + query + ["-lms", str(int(PERIOD_S * 1000))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        return self._process.stdout

    def _run(self, target, argument):
        def guarded():
            try:
                target(argument)
            except Exception as error:
                if not self._stopped.is_set():
                    self._log("GPU readings ended: %r" % error)

        reader = threading.Thread(target=guarded)
        reader.daemon = True
        reader.start()

    def _offer(self, readings, visible_devices):
        for reading in readings:
            if is_visible(reading, visible_devices):
                self._latest[reading.uuid] = reading

    def _read_nvidia(self, lines):
        for line in lines:
            reading = parse_line(line.decode("utf-8", "replace"))
            if reading is not None:
                self._offer([reading], self._nvidia_visible)

    def _read_rocm(self, rocm_smi):
        import subprocess

        while not self._stopped.is_set():
            answer = subprocess.run(
                [rocm_smi] + ROCM_ARGUMENTS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=ROCM_PERIOD_S,
            )
            self._offer(parse_rocm_smi(answer.stdout.decode("utf-8", "replace")), self._amd_visible)
            self._stopped.wait(ROCM_PERIOD_S)


class AmdFiles(object):
    """amdgpu's files in /sys, for the cards whose device nodes the container has: /sys shows all of the
    machine's."""

    def __init__(self, root="/"):
        self.cards = []
        base = os.path.join(root, "sys/class/drm")
        for name in in_order(list_folder(base)):
            folder = os.path.join(base, name, "device")
            if _is_amd(folder, root):
                self.cards.append((name, folder))

    def read(self):
        return [
            amd_reading(
                index=index,
                name=name,
                unique_id=read_text(folder + "/unique_id"),
                percent=read_text(folder + "/gpu_busy_percent"),
                used=read_text(folder + "/mem_info_vram_used"),
                total=read_text(folder + "/mem_info_vram_total"),
            )
            for index, (name, folder) in enumerate(self.cards)
        ]


def _is_amd(folder, root):
    if (read_text(folder + "/vendor") or "").strip() != AMD_VENDOR:
        return False
    nodes = [name for name in list_folder(folder + "/drm") if name.startswith("renderD")]
    return any(os.path.exists(os.path.join(root, "dev/dri", name)) for name in nodes)
