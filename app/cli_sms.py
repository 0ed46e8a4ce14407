"""`flask sms`: trying the SMS gateway out before anybody depends on it."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.channels.push_answer import Kind
from app.rules import phone
from app.services import texting

sms_commands = AppGroup("sms", help="The SMS gateway: test.")


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    app.cli.add_command(sms_commands)


@sms_commands.command("test")
@click.option("--to", "number", required=True, help="A mobile number of your own, as people write it.")
def sms_test(number: str) -> None:
    """Send one SMS to a number of your own and print what the gateway said; it counts for the day's bound."""
    try:
        to = phone.parse(number)
    except phone.PhoneError as fault:
        raise click.ClickException(f"not an Indonesian mobile number: {fault.code.value}") from None
    try:
        said = texting.try_out(to, current_app.extensions["clock"].now())
    except texting.NotPossible as fault:
        raise click.ClickException(str(fault)) from None
    words = f"{said.kind.value} {said.reason} {said.detail}".strip()
    if said.kind is not Kind.SENT:
        raise click.ClickException(words)
    click.echo(words)
