"""Commands that take care of what is stored: `flask retention`."""

from __future__ import annotations

from collections import Counter

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.config import Settings
from app.services import retention


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(forget)


@click.command("retention")
@click.option("--dry-run", is_flag=True, help="Count what is over and touch nothing.")
@with_appcontext
def forget(dry_run: bool) -> None:
    """Forget what has been kept long enough; the worker does the same by itself. May be stopped and run again."""
    settings: Settings = current_app.extensions["settings"]
    now = current_app.extensions["clock"].now()
    if dry_run:
        for name, count in retention.counts(now, settings.keep).items():
            click.echo(f"{name:16} {count:>8}")
        return
    total: Counter[str] = Counter()
    while done := retention.step(now, settings.keep):
        total.update(done)
    for name, count in total.items():
        click.echo(f"{name:16} {count:>8}")
    click.echo("nothing is left that is over" if total else "nothing to do")
