"""How long to wait until the next sample and the next export. Pure."""

# Short steps and the first seconds of long ones are where peaks hide: one tenth of the time gone by.
SHORTEST_INTERVAL_S = 0.1
INTERVAL_SHARE = 0.1
# A push each half second at first, then each two seconds: an attempt that is killed has no last word.
SHORTEST_PUSH_S, LONGEST_PUSH_S = 0.5, 2.0
# A need that moves by this much since the last sample may go on moving.
RESTLESS_SHARE = 0.05
# Processor time that dense sampling may take: a quarter second to begin with, then two thousandths of a core.
ALLOWANCE_S, ALLOWANCE_SHARE = 0.25, 0.002


def interval_after(elapsed_s, longest_s, is_restless=False, spent_s=0.0):
    """Seconds until the next sample: dense at the start, `longest_s` later, and dense again while a step is
    restless, as far as the sampler's own processor time `spent_s` allows."""
    if is_restless and spent_s < ALLOWANCE_S + ALLOWANCE_SHARE * elapsed_s:
        return min(longest_s, SHORTEST_INTERVAL_S)
    return min(longest_s, max(SHORTEST_INTERVAL_S, elapsed_s * INTERVAL_SHARE))


def push_after(elapsed_s):
    """Seconds between two exports."""
    return min(LONGEST_PUSH_S, max(SHORTEST_PUSH_S, elapsed_s * INTERVAL_SHARE))


class Restlessness(object):
    """Whether a step's memory or processes changed since the sample before. Children that come and go are the
    reason: what they hold is only seen while they live."""

    def __init__(self):
        self._need_bytes = None
        self._processes = None
        self.is_restless = False

    def fold(self, need_bytes, processes):
        """`processes` identify those alive; returns whether anything moved."""
        before, known = self._need_bytes, self._processes
        self._need_bytes, self._processes = need_bytes, frozenset(processes)
        has_moved = before is not None and abs(need_bytes - before) > RESTLESS_SHARE * before
        self.is_restless = has_moved or (known is not None and known != self._processes)
        return self.is_restless
