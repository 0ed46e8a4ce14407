"""Commands that set an installation up: `flask regions`, `flask office`, `flask keys`, `flask demo`, `flask journey`."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import click
import pyotp
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext

from app.config import Settings
from app.db import database
from app.forms.registration import registration
from app.models import Region
from app.rules import local_time
from app.services import demo, demo_cases, key_rotation, office, regions, reindexing
from app.views.privacy import NOTICE

regions_commands = AppGroup("regions", help="Provinces, regencies, districts, villages.")
office_commands = AppGroup("office", help="Whose service this is.")
keys_commands = AppGroup("keys", help="The keys that seal personal data.")
journey_commands = AppGroup("journey", help="The questions of the registration.")


#: Made-up people as whom a stranger may sign in at /masuk, beside the staff's sign-ins.
DEMO_APPLICANTS = "demo-applicants.json"


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for group in (regions_commands, office_commands, keys_commands, journey_commands):
        app.cli.add_command(group)
    app.cli.add_command(fill_demo)


@regions_commands.command("load")
@click.option("--if-missing", is_flag=True, help="Do nothing when there are regions already.")
def load_regions(if_missing: bool) -> None:
    """Load or renew the official regions; safe to run again."""
    if if_missing and Region.select().exists():
        return
    counts = regions.load(database)
    click.echo(
        f"{counts.provinces} provinces, {counts.regencies} regencies and cities, {counts.districts} districts, "
        f"{counts.villages} villages"
    )


@office_commands.command("set")
@click.option("--name", required=True, help="As on the letterhead: Disnaker Kabupaten Lumajang.")
@click.option("--area", required=True, help="Code of the regency or city: 35.08.")
@click.option("--zone", type=click.Choice(("WIB", "WITA", "WIT")), required=True)
@click.option("--address", required=True)
@click.option("--phone", required=True)
@click.option("--whatsapp", default="", help="As +62..., or none.")
@click.option("--hours", required=True, help="In Indonesian: Senin sampai Jumat, pukul 08.00-15.00.")
@click.option(
    "--privacy-contact", required=True, help="The officer for data protection (UU 27/2022 Pasal 53)."
)
@click.option("--programme", default="Prakerja", show_default=True)
@click.option("--programme-site", default="prakerja.go.id", show_default=True)
def set_office(**facts: str) -> None:
    """Say whose service this is. Pages show it after the next start."""
    if not Region.select().where(Region.code == facts["area"]).exists():
        raise click.ClickException(
            f"no region {facts['area']}; `flask regions load` first, then look the code up"
        )
    office.set_office(current_app.extensions["clock"].now(), **facts)


@keys_commands.command("rotate")
def rotate_keys() -> None:
    """Bring every sealed value under the first key of the list; may be stopped and run again."""
    for table, rows in key_rotation.rotate().items():
        click.echo(f"{table}: {rows} rows")


@keys_commands.command("reindex")
def reindex_keys() -> None:
    """Bring every look-up hash under the new key of the keys file; people go on meanwhile, it may be stopped and run again."""
    try:
        done = reindexing.run()
    except reindexing.NothingToMove:
        raise click.ClickException(
            "the keys have no lookup_before: python -m app.make_keys --new-lookup FILE"
        ) from None
    for table, rows in done.moved.items():
        click.echo(f"{table}: {rows} rows")
    for table, row in done.in_the_way:
        click.echo(f"{table} {row}: does not open, or another row has the same number", err=True)
    if done.in_the_way:
        raise click.ClickException(f"{len(done.in_the_way)} rows are still under the older key")
    if not done.moved:
        click.echo(
            "nothing to move; lookup_before may go when links in mails of the last weeks may stop working"
        )


@journey_commands.command("show")
def show_journey() -> None:
    """Print the steps of the registration, in order, with who meets them."""
    today = local_time.local_day(current_app.extensions["clock"].now(), "WIB")
    for step in registration(today):
        who = "" if step.when.__name__ == "always" else "  (some people)"
        click.echo(f"{step.slug:<14}{step.title}{who}")


@click.command("demo")
@click.option("--if-empty", is_flag=True, help="Do nothing to the data when there is an office already.")
@click.option("--code", metavar="USERNAME", help="Print the six digits that this person would type now.")
@with_appcontext
def fill_demo(if_empty: bool, code: str | None) -> None:
    """Fill an empty database with an example office, and print how its people sign in. Never in production."""
    settings: Settings = current_app.extensions["settings"]
    if settings.environment == "production":
        raise click.ClickException("the example office is not for production")
    kept = settings.var / "demo-sign-in.json"
    if code:
        click.echo(_digits(kept, code, current_app.extensions["clock"].now()))
        return
    if demo.is_empty():
        click.echo("Filling the example office; this takes a quarter of a minute")
        people = demo.fill(NOTICE, current_app.extensions["clock"].now())
        _keep(kept, json.dumps([vars(person) for person in people], indent=2))
        shown = demo_cases.examples(current_app.extensions["clock"].now())
        _keep(settings.var / DEMO_APPLICANTS, json.dumps([vars(person) for person in shown], indent=2))
    elif not if_empty:
        raise click.ClickException("there is an office already; the example needs an empty database")
    if kept.exists():
        _tell(kept)
    if (settings.var / DEMO_APPLICANTS).exists():
        _tell_applicants(settings.var / DEMO_APPLICANTS)


def _digits(kept: Path, username: str, now: datetime) -> str:
    """The six digits that this person's app shows now. Raises ClickException, in one line."""
    if not kept.exists():
        raise click.ClickException("there is no example office yet: run `flask demo` without --code first")
    secrets = {person["username"]: person["totp_secret"] for person in json.loads(kept.read_text())}
    if username not in secrets:
        raise click.ClickException(f"nobody is called {username} here; there are: {', '.join(secrets)}")
    return str(pyotp.TOTP(secrets[username]).at(now))


def _keep(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _tell(kept: Path) -> None:
    click.echo(
        "Staff sign in at /petugas with username, password and six digits (flask demo --code USERNAME):"
    )
    for person in json.loads(kept.read_text()):
        click.echo(f"  {person['username']:<16} {person['password']}   {person['role']}")


def _tell_applicants(kept: Path) -> None:
    click.echo(
        "Applicants sign in at /masuk with NIK and PIN; on a new phone the kunci opens everything (once):"
    )
    for person in json.loads(kept.read_text()):
        click.echo(f"  {person['nik']}  {person['pin']}  {person['kunci']}  {person['what']}")
