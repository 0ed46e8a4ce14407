"""Commands about the help posts: `flask posko --help`. The manager's tablet has the same verbs (/petugas/posko)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.models import Posko
from app.rules.posko import Facts
from app.services import posko, regions
from app.services.ledger import SYSTEM
from app.services.office import NoOffice
from app.services.wave_control import Changed, Problems

posko_commands = AppGroup("posko", help="The help posts: add, list, change, close, open.")

DISTRICT = "Code of a district of the office's area: 35.08.15."
ADDRESS = "As people find it: Balai desa Kutorenon, Jalan Raya 12."
PHONE = "Mobile or landline; none is fine."
HOURS = "In Indonesian, when they are not the office's: Senin sampai Kamis, pukul 08.00-14.00."


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(posko_commands)


@posko_commands.command("add")
@click.argument("name")
@click.option("--district", required=True, help=DISTRICT)
@click.option("--address", required=True, help=ADDRESS)
@click.option("--phone", default="", help=PHONE)
@click.option("--hours", default="", help=HOURS)
def add(name: str, **said: str) -> None:
    """Add a help post; NAME as on its door: "Posko Sukodono"."""
    _told(lambda: posko.add(Facts(name, **said), SYSTEM, _now()))
    click.echo(f"added {name}")


@posko_commands.command("list")
def list_posko() -> None:
    """List them, the closed ones last."""
    for row in posko.every():
        state = "open" if row.active else "closed"
        click.echo(
            f"{row.name:30} {state:7} {row.district} {regions.name(row.district):20} {row.phone or '-'}"
        )


@posko_commands.command("change")
@click.argument("name")
@click.option("--name", "new_name", help="Another name.")
@click.option("--district", help=DISTRICT)
@click.option("--address", help=ADDRESS)
@click.option("--phone", help=PHONE)
@click.option("--hours", help=HOURS)
def change(name: str, new_name: str | None, **said: str | None) -> None:
    """Say something else about a help post; what is not given stays."""
    row = _found(name)
    known = Facts(row.name, row.district, row.address, row.phone, row.hours)
    given = {key: value for key, value in {"name": new_name, **said}.items() if value is not None}
    _told(lambda: posko.change(row.id, Facts(**asdict(known) | given), posko.mark(row), SYSTEM, _now()))
    click.echo(f"changed {given.get('name', row.name)}")


@posko_commands.command("close")
@click.argument("name")
def close(name: str) -> None:
    """Take a help post off every list; who works there and who was helped there keep its name."""
    row = _found(name)
    _told(lambda: posko.close(row.id, posko.mark(row), SYSTEM, _now()))
    click.echo(f"closed {row.name}; {posko.people().get(row.id, 0)} accounts still belong to it")


@posko_commands.command("open")
@click.argument("name")
def reopen(name: str) -> None:
    """Open a closed help post again."""
    row = _found(name)
    _told(lambda: posko.reopen(row.id, posko.mark(row), SYSTEM, _now()))
    click.echo(f"opened {row.name}")


def _told(act: Callable[[], object]) -> None:
    """Do it; a refusal is one line at the terminal."""
    try:
        act()
    except Problems as problems:
        raise click.ClickException("; ".join(f"{name}: {words}" for name, words in problems.found)) from None
    except Changed:
        raise click.ClickException("it is so already, or somebody was faster: flask posko list") from None
    except NoOffice:
        raise click.ClickException("there is no office yet: flask office set") from None


def _found(name: str) -> Posko:
    row = posko.named(name)
    if row is None:
        raise click.ClickException(f"there is no posko {name!r}: flask posko list")
    return row


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())
