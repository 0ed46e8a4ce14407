"""The pages: which blueprints there are, and what every template may use."""

from __future__ import annotations

from typing import Any

from flask import Flask
from peewee import PeeweeException

from app.services import office
from app.services.office import NoOffice


# Long because: a list of the areas.
def init(app: Flask) -> None:
    """Register the areas of the site."""
    from app.views import (
        assets,
        checking,
        devices,
        drawing,
        email_proof,
        guide,
        help,
        inbox,
        my_data,
        my_entry,
        objections,
        offers,
        official,
        onward,
        privacy,
        push,
        pwa,
        receipt,
        register,
        saya,
        sign_in,
        sign_in_codes,
        staff,
        start,
        stop_mail,
        tasks,
        telling,
        waiting,
        waves,
    )

    assets.init(app)
    drawing.init(app)
    privacy.init(app)
    push.init(app)
    onward.init(app)
    stop_mail.init(app)
    applicants = (
        start,
        official,
        privacy,
        register,
        waiting,
        checking,
        receipt,
        saya,
        help,
        inbox,
        telling,
        tasks,
        my_data,
        offers,
        objections,
        sign_in,
        sign_in_codes,
        devices,
    )
    for area in (*applicants, my_entry, waves, guide, email_proof, stop_mail, pwa, push, staff):
        app.register_blueprint(area.pages)
    app.context_processor(_everywhere)


def _everywhere() -> dict[str, Any]:
    from app.views import push

    return {"office": _office(), "push_key": push.public_key()}


def _office() -> office.OfficeFacts:
    """The office; on an error page it may be just this that cannot be read."""
    try:
        return office.current()
    except (NoOffice, PeeweeException):
        return office.UNKNOWN
