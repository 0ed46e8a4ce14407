"""A visitor of whom everything is kept: what was asked for, what was answered, what an access log would hold."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.pages import Visitor


class Recorded(Visitor):
    """Its answers in `seen`, in order; bodies as text, uncompressed."""

    seen: list[TestResponse]

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        answer = super().ask(method, path, **options)
        self.__dict__.setdefault("seen", []).append(answer)
        return answer

    @property
    def bodies(self) -> list[str]:
        return [answer.get_data(as_text=True) for answer in self.seen]

    @property
    def access_log(self) -> list[str]:
        """What a server's combined log format writes down of each request: address, request line, status, referrer."""
        return [
            f'{answer.request.remote_addr} "{answer.request.method} {answer.request.url}" {answer.status_code} '
            f'"{answer.request.headers.get("Referer", "-")}"'
            for answer in self.seen
        ]

    @property
    def headers(self) -> list[str]:
        """Every header of every answer, cookies as they are signed."""
        return [f"{name}: {value}" for answer in self.seen for name, value in answer.headers]
