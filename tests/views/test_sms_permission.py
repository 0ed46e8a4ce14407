"""SMS is asked for in the wizard where the office has a gateway, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config import Settings
from app.crypto import fingerprint
from app.models import Applicant, Consent
from app.rules.channels import SMS_ASKED
from app.services import consents, ways
from tests.pages import Visitor
from tests.walking import SITI, register, until

WITH = {"sms_url": "https://sms.example.go.id/send", "sms_token": "x", "sms_sender": "DISNAKER"}


@pytest.fixture(params=["on", "off"])
def gateway(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(settings: Settings, gateway: str):
    """The same house with and without a gateway."""
    made = replace(settings, **WITH) if gateway == "on" else settings
    yield made
    ways.use(settings)


def test_the_box_stands_where_there_is_a_gateway(visitor: Visitor, wave, gateway: str):
    page = until(visitor, "persetujuan")
    assert (SMS_ASKED in page.main) is (gateway == "on")


@pytest.mark.parametrize("yes", [True, False])
def test_a_yes_and_a_no_are_kept_with_their_words(visitor: Visitor, wave, gateway: str, yes: bool):
    answers = SITI | ({"persetujuan": {"wa": True, "sms": yes}} if gateway == "on" else {})
    register(visitor, answers)
    person = Applicant.get()
    rows = list(Consent.select().where(Consent.purpose == "sms"))
    assert consents.who_gave([person.id], "sms") == ({person.id} if yes and gateway == "on" else set())
    if gateway == "on":
        [row] = rows
        assert (row.given, row.text_sha256) == (yes, fingerprint(SMS_ASKED))
    else:
        assert rows == []
