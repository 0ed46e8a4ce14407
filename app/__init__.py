"""Gelombang: registration, waves and notices for a regional manpower office's job-training programme."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.clock import Clock
    from app.config import Settings


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """The table of contents: settings, keys, database, plumbing, pages, commands, in this order."""
    # Imported here, so that a child process that needs one module (a sheet reader) does not load the web.
    from flask import Flask

    from app import auth, cli, connection, crypto, db, errors, headers, logs, views, watching
    from app.clock import SystemClock
    from app.config import Settings
    from app.services import ways

    settings = settings or Settings.from_env(os.environ)
    app = Flask(__name__, static_folder=None)
    app.extensions["settings"] = settings
    app.extensions["clock"] = clock or SystemClock()
    app.ensure_sync = lambda view: view  # type: ignore[assignment, method-assign]  # no view is async
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    crypto.use(settings.keys)
    ways.use(settings)
    db.open_database(settings.database_url)
    logs.init(app)
    headers.init(app, settings)
    connection.init(app, settings)
    auth.init(app, settings)
    errors.init(app)
    views.init(app)
    cli.init(app)
    watching.init(app, settings, app.extensions["clock"])
    return app
