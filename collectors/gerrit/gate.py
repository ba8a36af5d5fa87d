"""How many requests run at once: fewer when the server is in trouble, more again while all goes well."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from statistics import median

SAMPLE = 10
"""Answers at the start, and most recent ones, whose waiting times are compared."""
SLOWER = 4
"""How many times the median wait must have grown to count as trouble..."""
SLOW = 2.0
"""...and the seconds it must have come to."""
CALM = 20
"""Good answers in a row after which one more request may run at once."""


class Gate:
    """At most `width` requests are inside at once; `width` is between 1 and `most`."""

    def __init__(self, most: int) -> None:
        self.most = self.width = max(1, most)
        self.inside = 0
        self._closed = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._era = 0
        self._good = 0
        self._first: list[float] = []
        self._recent: deque[float] = deque(maxlen=SAMPLE)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a place, hold it. Gives the era it was entered in, for `trouble`."""
        await self._enter()
        try:
            yield self._era
        finally:
            self._leave()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody enters meanwhile; who is inside may finish."""
        self._closed += 1
        try:
            yield
        finally:
            self._closed -= 1
            self._admit()

    def trouble(self, era: int) -> None:
        """The server asked for less: halve. Requests that were inside together count as one complaint."""
        if era == self._era:
            self._era += 1
            self.width = max(1, self.width // 2)
        self._good = 0

    def answered(self, era: int, seconds: float) -> None:
        """A good answer began after so many seconds."""
        if len(self._first) < SAMPLE:
            self._first.append(seconds)
        self._recent.append(seconds)
        if len(self._recent) == SAMPLE and median(self._recent) > max(SLOW, SLOWER * median(self._first)):
            self._recent.clear()
            self.trouble(era)
            return
        self._good += 1
        if self._good >= CALM and self.width < self.most:
            self._good = 0
            self.width += 1  # whoever is inside lets the next ones in when leaving

    def _free(self) -> bool:
        return not self._closed and self.inside < self.width

    async def _enter(self) -> None:
        if self._free() and not self._queue:
            self.inside += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._queue.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # cancelled after the place was given
                self._leave()
            raise

    def _leave(self) -> None:
        self.inside -= 1
        self._admit()

    def _admit(self) -> None:
        while self._queue and self._free():
            place = self._queue.popleft()
            if not place.done():
                self.inside += 1
                place.set_result(None)
