"""Independent receivers for Web Push: real browsers, and the push services that they register with.

Firefox ESR          `autopush.Autopush` (service) and `firefox.Firefox` (browser, driven by Marionette)
Chromium             `gcm.Gcm` (service) and `chromium.Chromium` (browser, driven by Playwright)

Both work without any network. To test the real application: serve it on http://localhost:PORT (a secure context
for browsers), start a service and its browser, sign in and allow push there, run the application's own outbox,
and wait with `service.wait_for_ack(100)` or on the page. The application needs

- for Firefox: `GELOMBANG_PUSH_LOOPBACK=1`, because the endpoint is http://127.0.0.1:PORT/...;
- for Chromium: `Sender(connector=gcm.connector)`, because the endpoint is https://jmt17.google.com/... and only the
  connector leads that name to the local service (with a certificate that is checked).

Do not poll Chromium's `registration.getNotifications()` before the worker's `showNotification` has resolved: it
forgets a notification that it finds half shown (browser_push/site.py lets the worker tell the page).

`require_browser` decides between skip and failure for all of them.
"""

from __future__ import annotations

import os
import shutil

import pytest


def require_browser(*programs: str) -> str:
    """Return the path of the first of `programs` that is installed.

    Without one the test is skipped with a reason, but fails under CI_STRICT=1: there a skip would look like proof.
    """
    for program in programs:
        path = shutil.which(program)
        if path:
            return path
    reason = f"NOT TESTED: {' or '.join(programs)} is not installed"
    if os.environ.get("CI_STRICT") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
