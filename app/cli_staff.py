"""Commands about the people of the office and about sign-ins: `flask staff --help`, `flask session --help`."""

from __future__ import annotations

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.auth import ROLES
from app.config import Settings
from app.services import staff_accounts, staff_codes
from app.services.staff_accounts import AccountProblem

staff_commands = AppGroup("staff", help="The people of the office: invite, list, disable.")
session_commands = AppGroup("session", help="Who is signed in: revoke.")


def init(app: Flask) -> None:
    """Hang the commands on the application."""
    for group in (staff_commands, session_commands):
        app.cli.add_command(group)


@staff_commands.command("invite")
@click.argument("username")
@click.option("--name", default="", help="The person's name, for a new account.")
@click.option("--role", type=click.Choice(ROLES), default="officer", show_default=True)
@click.option("--posko", default="", help="The help post by its name; none for people of the main office.")
@click.option("--again", is_flag=True, help="The account exists: a new password, the second factor stays.")
@click.option("--new-phone", is_flag=True, help="The account exists and its phone is lost: start anew.")
def invite(username: str, name: str, role: str, posko: str, again: bool, new_phone: bool) -> None:
    """Make an account (or a way back in) and print its one-time code, good for 24 hours."""
    now = current_app.extensions["clock"].now()
    if not (again or new_phone) and not name:
        raise click.UsageError("a new account needs --name")
    try:
        if again or new_phone:
            code = staff_accounts.invite_again(username, now, new_phone=new_phone)
        else:
            code = staff_accounts.invite(username, name, role, posko, now)
    except AccountProblem as problem:
        raise click.ClickException(str(problem)) from None
    settings: Settings = current_app.extensions["settings"]
    click.echo(f"address  {settings.staff_url or settings.public_url}/petugas/undangan")
    click.echo(f"code     {staff_codes.shown(code)}")
    click.echo("Give both to this person only, by two different ways. The code works once, within 24 hours.")


@staff_commands.command("list")
def list_staff() -> None:
    """List the accounts."""
    for staff in staff_accounts.everybody():
        state = "disabled" if not staff.active else "enrolled" if staff.enrolled_at else "invited"
        place = staff.posko.name if staff.posko else "-"
        click.echo(f"{staff.username:24} {staff.role:9} {state:9} {place}")


@staff_commands.command("disable")
@click.argument("username")
def disable(username: str) -> None:
    """Shut an account at once, with all its sessions and codes."""
    try:
        ended = staff_accounts.disable(username, current_app.extensions["clock"].now())
    except AccountProblem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"disabled; {ended} sessions ended")


@session_commands.command("revoke")
@click.option("--staff", "username", default="", help="Everything this person of the office has open.")
@click.option("--ticket", default="", help="Everything the applicant with this ticket has open.")
def revoke(username: str, ticket: str) -> None:
    """Sign somebody out everywhere."""
    now = current_app.extensions["clock"].now()
    if bool(username) == bool(ticket):
        raise click.UsageError("give --staff or --ticket")
    try:
        if username:
            ended = staff_accounts.end_sessions(username, now)
        else:
            ended = staff_accounts.end_applicant_sessions(ticket, now)
    except AccountProblem as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{ended} sessions ended")
