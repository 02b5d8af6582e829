"""How much one user may do: commands a second, and panels open at once. Counted in this process."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable
from typing import Callable

#: Users remembered; the ones longest unseen are forgotten first.
MOST_USERS = 10_000


class Pace:
    """A bucket of tokens for each user: `at_once` fit in, `per_second` come back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` in seconds."""
        self._now = now
        self._buckets: dict[Hashable, tuple[float, float]] = {}

    def take(self, user: Hashable, per_second: float, at_once: float) -> float:
        """Takes a token. Answers 0, or after how many seconds there is one."""
        now = self._now()
        tokens, at = self._buckets.pop(user, (at_once, now))
        tokens = min(at_once, tokens + (now - at) * per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / per_second
        # Put in anew, so that the order of the dictionary is the order of last use.
        self._buckets[user] = (tokens - 1 if wait == 0 else tokens, now)
        if len(self._buckets) > MOST_USERS:
            del self._buckets[next(iter(self._buckets))]
        return wait


class OpenPanels:
    """Counts what each user has open."""

    def __init__(self) -> None:
        self._open: Counter[Hashable] = Counter()

    def enter(self, user: Hashable, most: int) -> bool:
        """Counts one more, or answers False when that would be more than allowed."""
        if self._open[user] >= most:
            return False
        self._open[user] += 1
        return True

    def leave(self, user: Hashable) -> None:
        """Counts one less."""
        self._open[user] -= 1
        if self._open[user] <= 0:
            del self._open[user]
