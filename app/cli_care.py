"""Commands that take care of what is stored: `flask retention`, `flask backup`, `flask restore`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.config import Settings
from app.services import backup, retention
from app.services.backup import BackupProblem


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in (forget, make_backup, restore_backup):
        app.cli.add_command(command)


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


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def make_backup(file: Path) -> None:
    """Write everything in the database into FILE, sealed to the key of BACKUP_TO. People go on working meanwhile."""
    settings: Settings = current_app.extensions["settings"]
    try:
        made = backup.make(
            file.absolute(), settings.backup_to, settings.database_url, current_app.extensions["clock"].now()
        )
    except BackupProblem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        f"{file}: {made.size} bytes, {made.migrations} migrations, {made.lines} audit lines; head {made.head}"
    )


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The private key that `make_keys --backup` wrote.",
)
@with_appcontext
def restore_backup(file: Path, key: Path) -> None:
    """Bring FILE back into this installation's empty database, migrate it up and check the audit chain."""
    settings: Settings = current_app.extensions["settings"]
    try:
        back = backup.restore(file, key.read_text().strip(), settings.database_url)
    except BackupProblem as problem:
        raise click.ClickException(str(problem)) from None
    for name in back.migrated:
        click.echo(f"applied {name}")
    click.echo(f"as of {back.made_at}; {back.lines} audit lines fit; head {back.head}")
    click.echo("now, before anybody is let in: flask retention (what was over since then is forgotten again)")
