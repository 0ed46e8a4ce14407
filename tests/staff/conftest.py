"""People of the office, signed in through the front door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.clock import FixedClock
from app.services.office import OfficeFacts
from tests.staff import rows
from tests.staff.rows import Officer

Signed = Callable[..., Officer]


@pytest.fixture
def signed(app: Flask, office: OfficeFacts, clock: FixedClock) -> Signed:
    """signed("manager") gives a person of that role, signed in at a tablet of their own."""

    def make(role: str = "officer", username: str = "", posko: str = "") -> Officer:
        person = rows.officer(app, clock, username or f"{role}.satu", role, posko)
        person.sign_in()
        return person

    return make
