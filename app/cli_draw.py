"""A draw from the command line: the same verbs as the office's pages, by a named person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.config import Settings
from app.models import Application, Draw, Entry, Staff, Wave
from app.rules import codes, local_time
from app.rules.promise import stamp
from app.services import (
    draw_files,
    draw_publication,
    draw_round,
    draw_rules,
    drawing,
    late_entries,
    office,
    results,
    reversals,
    wave_control,
    waves,
)
from app.services.ledger import Actor

draw_commands = AppGroup("draw", help="Draws: promise, list, freeze, run, attest, publish, export.")
#: Whose name stands below a step. Whoever may run commands could be anybody: the audit trail keeps what was said.
by = click.option(
    "--by", "username", required=True, help="Username of the person of the office who takes this step."
)
number = click.argument("number", type=int)


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(draw_commands)


@contextmanager
def _in_words() -> Iterator[None]:
    """What a service refuses is a sentence and exit 1."""
    try:
        yield
    except (drawing.NotYet, wave_control.NotNow) as problem:
        raise click.ClickException(problem.words) from None
    except (drawing.SamePerson, reversals.SamePerson, results.TwoPeople):
        raise click.ClickException("this step needs another person than the one before") from None
    except results.Incomplete as incomplete:
        raise click.ClickException(f"{incomplete.missing} people have no result") from None
    except wave_control.Changed:
        raise click.ClickException("somebody changed this wave at the same time; look again") from None


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())


def _wave(wanted: int) -> Wave:
    found = waves.find(wanted)
    if found is None:
        raise click.ClickException(f"no wave {wanted}")
    return found


def _draw(wanted: int) -> Draw:
    found = draw_rules.promised(_wave(wanted))
    if found is None:
        raise click.ClickException(f"no draw was promised for wave {wanted}")
    return found


def _person(username: str, *roles: str) -> Actor:
    person = Staff.get_or_none((Staff.username == username) & Staff.active)
    if person is None or person.role not in roles:
        raise click.ClickException(f"{username} is not an active {' or '.join(roles)}")
    return Actor("staff", person)


def _moment(text: str) -> datetime:
    """A time as people write it to a shell: 2026-12-04T10:00 on the office's clock, or with its own offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(f"write a time as 2026-12-04T10:00, not {text}") from None
    if moment.tzinfo is None:
        return local_time.at_local(moment.date(), moment.time(), office.current().zone)
    return moment.astimezone(UTC)


@draw_commands.command("promise")
@number
@click.option("--at", required=True, help="When the draw is: 2026-12-04T10:00 on the office's clock.")
@by
def promise(number: int, at: str, username: str) -> None:
    """Promise the draw of a wave, at the latest 7 days before it closes."""
    with _in_words():
        made = drawing.promise(_wave(number), _moment(at), _person(username, "manager"), _now())
    click.echo(f"janji_sha256 {made.promise_sha256}")


def _step(wanted: int, actor: Actor, verb: Callable[[Draw, Actor, datetime], Draw]) -> Draw:
    with _in_words():
        return verb(_draw(wanted), actor, _now())


@draw_commands.command("list")
@number
@by
def list_entrants(number: int, username: str) -> None:
    """Publish the list of entrants; may be repeated until it is frozen."""
    done = _step(number, _person(username, "manager"), drawing.list_entrants)
    entrants = Entry.select().where(Entry.draw == done.id).count()
    click.echo(f"{entrants} entrants, {done.left_out} left out")


@draw_commands.command("freeze")
@number
@by
def freeze(number: int, username: str) -> None:
    """Make the list final."""
    done = _step(number, _person(username, "manager"), drawing.freeze)
    click.echo(f"tickets_sha256 {done.tickets_sha256}\ndraw_at {stamp(done.draw_at)}")


@draw_commands.command("run")
@number
@click.option(
    "--signature", default="", help="The round's signature in hex; without it the relays are asked."
)
@by
def run(number: int, signature: str, username: str) -> None:
    """Draw, once, with the promised round of drand."""
    actor, draw = _person(username, "manager"), _draw(number)
    settings = cast(Settings, current_app.extensions["settings"])
    with _in_words():
        said = signature or draw_round.fetched(draw, settings.drand_relays, _now())
        done = drawing.run(draw, said, actor, _now())
    click.echo(f"round {done.round}\nresults_sha256 {done.results_sha256}")


@draw_commands.command("attest")
@number
@by
def attest(number: int, username: str) -> None:
    """Recompute the draw, as another person than the one who ran it."""
    _step(number, _person(username, "manager", "verifier"), drawing.attest)
    click.echo("recomputed, and it fits")


@draw_commands.command("publish")
@number
@click.option("--at", default="", help="When; without it at the announced time.")
@by
def publish(number: int, at: str, username: str) -> None:
    """Plan the publication, as another person than the one who attested."""
    wave = _wave(number)
    when = _moment(at) if at else max(wave.announce_at or _now(), _now())
    with _in_words():
        draw_publication.publish(wave, when, _person(username, "manager"), _now())
    click.echo(f"will be published {stamp(when)}")


@draw_commands.command("late")
@number
@click.option("--ticket", required=True, help="The ticket of whoever was missing from the list.")
@click.option("--why", default="", help="What was looked at; needed from the first of the two people.")
@by
def late(number: int, ticket: str, why: str, username: str) -> None:
    """Score an entry that was missing from the list: once by one person with --why, once by another."""
    actor, application = _person(username, "manager", "verifier"), _application(_wave(number), ticket)
    with _in_words():
        waits = late_entries.open_for(application.id)
        if waits is None:
            if not why:
                raise click.ClickException("the first of the two people says --why")
            late_entries.propose(application.id, why, application.state, actor, _now())
            click.echo("noted; another person runs the same command")
            return
        click.echo(late_entries.confirm(waits.id, actor, _now()).value)


def _application(wave: Wave, ticket: str) -> Application:
    try:
        code = codes.parse(ticket)
    except codes.CodeError:
        raise click.ClickException(f"{ticket} is not a ticket") from None
    found = Application.get_or_none((Application.wave == wave.id) & (Application.ticket == code))
    if found is None:
        raise click.ClickException(f"no such ticket in wave {wave.number}")
    return found


@draw_commands.command("export")
@number
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path))
def export(number: int, folder: Path) -> None:
    """Write the files that are public now, and periksa.py, into a folder."""
    draw = _draw(number)
    folder.mkdir(parents=True, exist_ok=True)
    for name in draw_files.names(draw):
        (folder / name).write_bytes(draw_files.read(draw, name) or b"")
    (folder / "periksa.py").write_bytes(draw_files.VERIFIER.read_bytes())
    click.echo(f"{', '.join(draw_files.names(draw))}, periksa.py in {folder}")
