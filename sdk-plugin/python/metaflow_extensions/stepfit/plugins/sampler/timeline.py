"""What a card draws: memory and cores over time, in a bounded number of points. Pure."""

MAX_POINTS = 120
# The last sample often follows the one before at once: over so short a time, cores are noise.
SHORTEST_SPAN_S = 0.05


class Timeline(object):
    """Takes samples of any number, and keeps at most `MAX_POINTS`: a point stands for several samples then,
    with the highest memory and the mean of the cores, so that no peak is lost."""

    def __init__(self):
        self.points = []
        self.peak_bytes = 0
        self.peak_source = None
        self._per_point = 1
        self._pending = []
        self._began_ns = None
        self._last = None

    @property
    def elapsed_s(self):
        return self._last[0] if self._last else 0.0

    @property
    def cpu_s(self):
        return self._last[1] if self._last else 0.0

    def add(self, sample):
        """Takes a sample of the recorder."""
        if self._began_ns is None:
            self._began_ns = sample.at_ns
        at_s = (sample.at_ns - self._began_ns) / 1e9
        cpu_s, memory = 0.0, None
        for key, value, labels in sample.points:
            if key == "cpuTime":
                cpu_s += value
            elif key == "memoryUsage":
                memory = value
            elif key == "memoryPeak":
                self.peak_bytes, self.peak_source = value, labels[0]
        before_s, before_cpu_s = self._last or (0.0, 0.0)
        self._last = (at_s, cpu_s)
        if at_s > before_s and memory is not None:
            self._pending.append((at_s, memory, cpu_s - before_cpu_s, at_s - before_s))
            if len(self._pending) >= self._per_point:
                self._keep_pending()

    def _keep_pending(self):
        point = _merge(self._pending)
        self._pending = []
        if self.points and point[3] < SHORTEST_SPAN_S:
            point = _merge([self.points.pop(), point])
        self.points.append(point)
        if len(self.points) >= MAX_POINTS:
            halves = range(0, len(self.points), 2)
            self.points = [_merge(self.points[at : at + 2]) for at in halves]
            self._per_point *= 2

    def memory(self):
        """(seconds, bytes) pairs."""
        return [(at_s, memory) for at_s, memory, _, _ in self.points]

    def cores(self):
        """(seconds, cores in use) pairs."""
        return [(at_s, cpu_s / span_s) for at_s, _, cpu_s, span_s in self.points]


def _merge(points):
    return (
        points[-1][0],
        max(memory for _, memory, _, _ in points),
        sum(cpu_s for _, _, cpu_s, _ in points),
        sum(span_s for _, _, _, span_s in points),
    )
