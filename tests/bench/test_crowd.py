"""The made-up crowd of the bench is like people who registered: sealed, indexed, drawn and told by the product's verbs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.crypto import keys
from app.models import Applicant, Application, Draw, LedgerEntry, Notice, PushSubscription, Wave
from app.services import draw_publication, drawing, results
from bench import crowd
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("office")


def test_a_crowd_is_sealed_drawn_and_told() -> None:
    wave = crowd.wave(24)
    with crowd.careless():
        crowd.fill(wave, 40)
    for person in Applicant.select():
        assert keys().lookup_hash("nik", person.nik) == bytes(person.nik_index)
    assert (PushSubscription.select().count(), LedgerEntry.select().count()) == (4, 80)
    draw = Draw.get(Draw.wave == wave.id)
    draw = drawing.list_entrants(draw, crowd.actor("ratna"), crowd.LISTED)
    draw = drawing.freeze(draw, crowd.actor("ratna"), crowd.FROZEN)
    draw = drawing.run(draw, crowd.SIGNATURE, crowd.actor("ratna"), crowd.DRAWN)
    drawing.attest(draw, crowd.actor("budi"), crowd.DRAWN + timedelta(hours=1))
    draw_publication.publish(Wave.get_by_id(wave.id), NOW, crowd.actor("hadi"), NOW)
    assert results.publish_due(NOW) == 40
    assert Application.select().where(Application.state == "selected").count() == 24
    assert Notice.select().where(Notice.kind == "result").count() == 40
