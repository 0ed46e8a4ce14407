"""`flask sms test`, as an operator types it, against a gateway on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.config import Settings
from app.models import SmsDay
from app.rules import sms_text
from app.services import ways
from tests.receivers.sms import SmsGateway

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def far(app, settings: Settings) -> Iterator[SmsGateway]:
    with SmsGateway() as gateway:
        given = gateway.settings
        there = {"sms_url": given.url, "sms_token": given.token, "sms_sender": given.sender}
        ways.use(replace(settings, **there, sms_timeout=1, sms_per_day=2))
        yield gateway
    ways.use(settings)


def test_one_sms_leaves_and_counts(far, runner):
    result = runner.invoke(args=["sms", "test", "--to", "0812-3456-7890"])
    assert (result.exit_code, result.output.strip()) == (0, "sent 202")
    [request] = far.received
    assert (request.said["to"], request.said["text"]) == ("+6281234567890", sms_text.TRIAL)
    assert (sms_text.septets(sms_text.TRIAL) or 999) <= sms_text.SEGMENT
    assert SmsDay.get().handed_over == 1


def test_what_the_gateway_said_is_printed(far, runner):
    far.status, far.body = 401, b'{"error":"bad_token"}'
    result = runner.invoke(args=["sms", "test", "--to", "081234567890"])
    assert result.exit_code == 1
    assert "retry 401 bad_token" in result.output


def test_the_day_s_bound_holds_here_too(far, runner):
    outputs = [runner.invoke(args=["sms", "test", "--to", "081234567890"]).output for _ in range(3)]
    assert "all 2 SMS of the day are used" in outputs[2]
    assert len(far.received) == 2


def test_without_a_gateway_or_a_number_it_says_so(app, runner):
    assert "SMS_URL is not set" in runner.invoke(args=["sms", "test", "--to", "081234567890"]).output
    assert "not_mobile" in runner.invoke(args=["sms", "test", "--to", "0334881505"]).output
