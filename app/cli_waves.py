"""Waves from the command line: the same verbs as the office's pages, by a named person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.models import Staff, Wave
from app.rules.waves import WORDS
from app.services import archiving, wave_control, waves
from app.services.ledger import Actor

wave_commands = AppGroup("wave", help="Waves: list, open, pause, resume, close, archive.")

Verb = Callable[[int, str, Actor, datetime], None]
VERBS: dict[str, tuple[Verb, str]] = {
    "open": (wave_control.open_now, "Open a planned wave at once."),
    "pause": (wave_control.pause, "Take no registrations for a while."),
    "resume": (wave_control.resume, "Go on after a pause."),
    "close": (wave_control.close_now, "Close an open wave at once."),
    "archive": (archiving.archive, "End a wave: who still waits is told so, everything stays to be read."),
}


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for name, (verb, words) in VERBS.items():
        _add(name, verb, words)
    app.cli.add_command(wave_commands)


@wave_commands.command("list")
def list_waves() -> None:
    """List the waves, the newest first."""
    for wave in Wave.select().order_by(Wave.number.desc()):
        click.echo(f"{wave.number:5} {WORDS[waves.phase_of(wave, _now())]}")


def _add(name: str, verb: Verb, words: str) -> None:
    @wave_commands.command(name, help=words)
    @click.argument("number", type=int)
    @click.option("--by", "username", required=True, help="Username of the manager who does it.")
    def act(number: int, username: str) -> None:
        wave = waves.find(number)
        if wave is None:
            raise click.ClickException(f"no wave {number}")
        person = Staff.get_or_none((Staff.username == username) & Staff.active)
        if person is None or person.role != "manager":
            raise click.ClickException(f"{username} is not an active manager")
        try:
            verb(number, wave_control.mark(wave), Actor("staff", person), _now())
        except wave_control.NotNow as problem:
            raise click.ClickException(problem.words) from None
        except wave_control.Changed:
            raise click.ClickException("somebody changed this wave at the same time; look again") from None
        click.echo(f"wave {number}: {WORDS[waves.phase_of(Wave.get_by_id(wave.id), _now())]}")


def _now() -> datetime:
    return cast(datetime, current_app.extensions["clock"].now())
