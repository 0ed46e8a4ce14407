"""Commands for the people who run the service: `flask --help` lists them."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app import cli_care, cli_draw, cli_posko, cli_setup, cli_sms, cli_staff, cli_waves, db
from app.services import audit

database_commands = AppGroup("db", help="The tables: up, down, status.")
audit_commands = AppGroup("audit", help="The chain of what was done.")


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for group in (database_commands, audit_commands):
        app.cli.add_command(group)
    cli_setup.init(app)
    cli_posko.init(app)
    cli_staff.init(app)
    cli_draw.init(app)
    cli_waves.init(app)
    cli_care.init(app)
    cli_sms.init(app)


@database_commands.command("up")
def db_up() -> None:
    """Apply the migrations that are missing; safe to run twice at once."""
    names = db.migrate_up()
    click.echo("\n".join(f"applied {name}" for name in names) or "nothing to do")


@database_commands.command("down")
def db_down() -> None:
    """Undo the newest migration."""
    click.echo("\n".join(f"undone {name}" for name in db.migrate_down()))


@database_commands.command("status")
def db_status() -> None:
    """List the migrations."""
    for name, applied in db.migration_status():
        click.echo(f"{'applied' if applied else 'missing'}  {name}")


@audit_commands.command("head")
def audit_head() -> None:
    """Print how many lines the chain has and the hash of the newest: what is noted outside, day by day."""
    newest = audit.newest()
    click.echo(f"{newest.lines} lines; head {newest.mac}")


@audit_commands.command("verify")
@click.option(
    "--head", default=None, help="A hash (hex) that was noted outside: of the newest line or of an older one."
)
def audit_verify(head: str | None) -> None:
    """Check the audit chain; exit 1 when a line was changed, added or taken out."""
    try:
        noted = bytes.fromhex(head.strip()) if head else None
    except ValueError:
        raise click.ClickException("--head must be the 64 hex digits of a mail") from None
    checked, wrong, headless = audit.walk(noted)
    if headless:
        raise click.ClickException(
            f"{checked} lines fit each other, but none of them has this head: the chain was rewritten or cut off "
            "(or the head is older than what is kept)"
        )
    if wrong is not None:
        raise click.ClickException(f"line {wrong} does not fit ({checked} lines before it do)")
    click.echo(f"{checked} lines fit; head {audit.head()}")
