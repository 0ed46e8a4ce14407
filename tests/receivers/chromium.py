"""A real Chromium, headless and offline, whose push service is ours.

    with Gcm() as service, Chromium(service) as chromium:
        page = chromium.open("http://localhost:8000/")
        page.evaluate("document.title")

`Chromium(service, playwright)` uses a Playwright that runs already; only one can run in a thread.
"""

from __future__ import annotations

import tempfile
from typing import Any, Self
from urllib.parse import urlsplit

from playwright.sync_api import Page, Playwright, sync_playwright

from tests.receivers.gcm import Gcm


class Chromium:
    """A running browser with a profile of its own: in a private window Chromium refuses pushes."""

    def __init__(
        self, service: Gcm, playwright: Playwright | None = None, program: str = "/usr/bin/chromium"
    ) -> None:
        self._service = service
        self._given = playwright
        self._program = program

    def __enter__(self) -> Self:
        self._home = tempfile.TemporaryDirectory(prefix="gelombang-chromium-", ignore_cleanup_errors=True)
        self._own: Any = None
        if self._given is None:
            self._own = sync_playwright()
        playwright = self._given or self._own.start()
        try:
            self.context = playwright.chromium.launch_persistent_context(
                self._home.name,
                executable_path=self._program,
                args=self._service.chromium_flags,
                chromium_sandbox=False,
            )
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        self._stop()

    def open(self, url: str) -> Page:
        """Open a page in a new tab; its site may show notifications without asking."""
        parts = urlsplit(url)
        self.context.grant_permissions(["notifications"], origin=f"{parts.scheme}://{parts.netloc}")
        page = self.context.new_page()
        page.goto(url)
        return page

    def _stop(self) -> None:
        if self._own is not None:
            self._own.__exit__()
        self._home.cleanup()
