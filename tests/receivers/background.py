"""An event loop in a thread, so that servers answer while a test drives a browser with blocking calls."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Self

from aiohttp import web


class LoopThread:
    """`with LoopThread() as loop: loop.run(coroutine)`; whatever still runs at the end is cancelled."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, Any], timeout: float = 30) -> Any:
        """Run a coroutine in the thread and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    async def _cancel_all(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Notebook:
    """What a server has seen, and a way to wait for the next thing instead of sleeping."""

    def __init__(self) -> None:
        self._changed = threading.Condition()

    def note(self, change: Callable[[], Any]) -> None:
        """Make a change and wake those who wait."""
        with self._changed:
            change()
            self._changed.notify_all()

    def wait(self, ready: Callable[[], Any], what: str, timeout: float = 20) -> Any:
        """Return the first true value of `ready()`; fail the test after `timeout` seconds."""
        with self._changed:
            value = self._changed.wait_for(ready, timeout)
        assert value, f"{what}: nothing within {timeout} s"
        return value


async def listen(app: web.Application, ssl: Any = None) -> tuple[web.AppRunner, int]:
    """Serve on a free port of 127.0.0.1; returns the runner (to clean up) and the port."""
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl).start()
    return runner, runner.addresses[0][1]
