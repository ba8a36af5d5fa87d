"""Talk to a Gerrit server from code that is not asynchronous: an event loop of its own in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

from collectors.gerrit.client import Gerrit

T = TypeVar("T")


class Conversation:
    """Between `with` and its end a server can be asked; what is still being asked at the end is given up."""

    def __init__(self, gerrit: Gerrit) -> None:
        self.gerrit = gerrit
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gerrit", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self.gerrit.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._leave())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def begin(self, ask: Callable[[Gerrit], Coroutine[Any, Any, T]]) -> "Future[T]":
        """Start asking; the future has the answer, or raises what `ask` raises."""
        return asyncio.run_coroutine_threadsafe(ask(self.gerrit), self._loop)

    def ask(self, ask: Callable[[Gerrit], Coroutine[Any, Any, T]]) -> T:
        """Ask and wait for the answer."""
        asked = self.begin(ask)
        try:
            return asked.result()
        except BaseException:
            asked.cancel()
            raise

    def _run(self, act: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(act, self._loop).result()

    async def _leave(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self.gerrit.__aexit__(None, None, None)
