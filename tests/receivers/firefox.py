"""A real Firefox ESR, headless and offline, whose push service is ours.

    with Autopush() as service, Firefox(service.websocket_url) as firefox:
        firefox.goto("http://localhost:8000/")        # localhost counts as secure
        firefox.run("return document.title")
        firefox.tap()                                 # the notification on the screen

Notifications are granted without a prompt. Each instance has its own profile, gone afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from tests.receivers.marionette import Marionette

NEEDED: dict[str, Any] = {
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.connection.enabled": True,
    "permissions.default.desktop-notification": 1,
    # The desktop's own notifications need D-Bus, which a bare machine lacks; Firefox then shows none at all.
    "alerts.useSystemBackend": False,
    "dom.push.retryBaseInterval": 200,  # ms until it looks for a lost push service again; 5 s usually
    # Marionette's recommended set switches push off.
    "remote.prefs.recommended": False,
    "marionette.port": 0,
}
QUIET: dict[str, Any] = {
    "app.normandy.enabled": False,
    "app.update.auto": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
}
ARGUMENTS = ["--headless", "--marionette", "--no-remote", "--remote-allow-system-access"]
START_SECONDS = 30
#: The browser's own notifications are windows with one box.
_TAP = """
const [box] = [...Services.wm.getEnumerator("alert:alert")].map(w => w.document.getElementById("alertBox")).filter(Boolean);
if (!box) throw new Error("no notification is on the screen");
box.click();
"""
_TABS = """
const windows = [...Services.wm.getEnumerator("navigator:browser")];
return windows.flatMap(w => w.gBrowser.tabs.map(t => t.linkedBrowser.currentURI.spec));
"""


class Firefox:
    """A running browser; `goto` and `run` as in `Marionette`."""

    def __init__(
        self, push_url: str, prefs: dict[str, Any] | None = None, program: str = "firefox-esr"
    ) -> None:
        self._program = program
        self._prefs = QUIET | NEEDED | {"dom.push.serverURL": push_url} | (prefs or {})

    def __enter__(self) -> Self:
        self._home = Path(tempfile.mkdtemp(prefix="gelombang-firefox-"))
        profile = self._home / "profile"
        profile.mkdir()
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in self._prefs.items()
        ]
        (profile / "user.js").write_text("\n".join(lines))
        with (self._home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_dies_with_us(), self._program, *ARGUMENTS, "--profile", str(profile)],
                env=os.environ | {"HOME": str(self._home), "MOZ_HEADLESS": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._marionette = Marionette(self._port(profile / "MarionetteActivePort"))
        except BaseException:
            self._kill()
            raise
        self.goto, self.run = self._marionette.goto, self._marionette.run
        return self

    def tap(self) -> None:
        """Click the notification that is on the screen, as a person would."""
        self._marionette.run_in_browser(_TAP)

    def tabs(self) -> list[str]:
        """The addresses that are open."""
        found: list[str] = self._marionette.run_in_browser(_TABS)
        return found

    def __exit__(self, *_: object) -> None:
        self._marionette.close()
        self._kill()

    def _port(self, written: Path) -> int:
        """Firefox takes a free port and writes it into its profile when it is ready."""
        until = time.monotonic() + START_SECONDS
        while not (written.exists() and written.read_text().strip()):
            if self._process.poll() is not None or time.monotonic() > until:
                raise AssertionError("Firefox did not start:\n" + (self._home / "log").read_text()[-2000:])
            time.sleep(0.05)
        return int(written.read_text())

    def _kill(self) -> None:
        """End the whole process group: nothing in the throw-away profile is worth a polite goodbye."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        shutil.rmtree(self._home, ignore_errors=True)


def _dies_with_us() -> list[str]:
    """On Linux the kernel ends the browser even when the test run itself is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
