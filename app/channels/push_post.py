"""The POST of a push: one pooled session that goes where it is sent and nowhere else, and waits no longer than it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from app.channels.bounded_answer import beginning
from app.channels.push_answer import DEFAULT_WAIT, Kind, Outcome, outcome_of

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

_ALWAYS = {
    "User-Agent": "Gelombang",
    "Accept-Encoding": "identity",
    "Content-Type": "application/octet-stream",
    "Content-Encoding": "aes128gcm",
}


class Line:
    """Pooled connections to push services. Made inside the event loop that it lives in; `close` it there."""

    def __init__(
        self,
        total: float,
        connect: float,
        concurrency: int,
        connector: Callable[[], aiohttp.BaseConnector] | None,
    ) -> None:
        """`total` and `connect`: seconds that a message and its connection take at most. `connector`: as in `Sender`."""
        import aiohttp  # 0.2 s: paid once, by the worker only

        pooled = connector() if connector else aiohttp.TCPConnector(limit=concurrency, ttl_dns_cache=300)
        self._session = aiohttp.ClientSession(
            connector=pooled,
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=connect),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_ALWAYS,
            trust_env=False,
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def post(
        self, origin: str, endpoint: str, body: bytes, headers: dict[str, str], now: datetime
    ) -> Outcome:
        """Send one body to an endpoint, whose `origin` was checked; what came of it, whatever the network does."""
        import aiohttp

        try:
            async with self._session.post(
                _address(origin, endpoint), data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = await beginning(response)
                return outcome_of(response.status, response.headers.get("Retry-After"), answer, now)
        except TimeoutError:
            return Outcome(Kind.RETRY, "timeout", DEFAULT_WAIT)
        except (aiohttp.ClientError, OSError):
            return Outcome(Kind.RETRY, "network", DEFAULT_WAIT)


def _address(origin: str, endpoint: str) -> URL:
    """What is dialled. The path is a secret of the service and left alone: quoting it again could change its bytes."""
    from yarl import URL

    path = endpoint.find("/", endpoint.find("://") + 3)
    if path < 0 or "?" in endpoint:
        return URL(endpoint, encoded=True)
    # Taking the whole apart costs more: no two messages have an endpoint in common, but thousands a service.
    return _door(origin).with_path(endpoint[path:], encoded=True)


@lru_cache(256)
def _door(origin: str) -> URL:
    from yarl import URL

    return URL(origin)
