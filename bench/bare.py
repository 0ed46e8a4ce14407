"""What the product is compared with: the smallest honest Flask-WTF + peewee app that keeps what a form says.

One form, one table, CSRF, SQLite with a write-ahead log, redirect after POST, one plain page. `/hashed` does the same and
hashes the text as the product hashes a PIN; `/synced` waits for the disk as the product does before it acknowledges.
bare_wsgi.py is its door for web servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from flask import Flask, redirect, render_template, request
from flask_wtf import CSRFProtect, FlaskForm
from peewee import CharField, DatabaseProxy, Model, SqliteDatabase
from playhouse.db_url import connect
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired

from app import hashing

database = DatabaseProxy()
SECRET_KEY = "the same in every worker"


class Note(Model):
    """One line that somebody typed."""

    text = CharField()

    class Meta:
        database = database


class NoteForm(FlaskForm):
    """One box."""

    text = StringField("Nama", validators=[DataRequired()])


@contextmanager
def on_disk() -> Iterator[None]:
    """SQLite: the commit inside is on the disk when it returns. PostgreSQL's always are."""
    if isinstance(database.obj, SqliteDatabase):
        database.execute_sql("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        if isinstance(database.obj, SqliteDatabase):
            database.execute_sql("PRAGMA synchronous=NORMAL")


def make(url: str, keep_open: bool) -> Flask:
    """The app on a database of its own.

    keep_open: one connection for each thread, as the product does; else one for each request, as peewee's
    documentation says.
    """
    pragmas = {"pragmas": {"journal_mode": "wal", "synchronous": 1}} if url.startswith("sqlite") else {}
    database.initialize(connect(url, **pragmas))
    database.create_tables([Note], safe=True)
    database.close()
    app = Flask(__name__)
    app.secret_key = SECRET_KEY
    CSRFProtect(app)

    @app.before_request
    def open_connection() -> None:
        database.connect(reuse_if_open=True)

    @app.teardown_request
    def close_connection(_: Any) -> None:
        if not keep_open and not database.is_closed():
            database.close()

    @app.route("/", methods=("GET", "POST"), defaults={"duty": ""})
    @app.route("/<any(hashed,synced):duty>", methods=("GET", "POST"))
    def note(duty: str) -> str | Response:
        form = NoteForm()
        if not form.validate_on_submit():
            return render_template("bare.html", form=form)
        text = form.text.data or ""
        if duty == "hashed":
            text = hashing.encoded(text.encode())
        with on_disk() if duty == "synced" else nullcontext():
            Note.create(text=text)
        return redirect(request.path, 303)

    return app
