"""The pages: which blueprints there are, and what every template may use."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.services import office


def init(app: Flask) -> None:
    """Register the areas of the site."""
    from app.views import assets, devices, privacy, push, pwa, receipt, register, sign_in, sign_in_codes, start

    assets.init(app)
    push.init(app)
    for area in (start, privacy, pwa, push, register, receipt, sign_in, sign_in_codes, devices):
        app.register_blueprint(area.pages)
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    from app.views import push

    return {"office": office.current(), "push_key": push.public_key()}
