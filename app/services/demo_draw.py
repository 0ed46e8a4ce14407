"""The draws of the example office: one that is over, decided by a true round of drand, and one that is promised.

Anybody can verify the first minutes after the example was filled: its round was made on 15 September 2023, which is why
that wave lies in September 2023.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.models import Application, Draw, GroupClaim, Wave
from app.rules.promise import Reserve, Rules
from app.services import draw_publication, draw_rules, drawing, results, wave_control
from app.services.ledger import Actor

OPENS = datetime(2023, 8, 28, 1, tzinfo=UTC)
CLOSES = datetime(2023, 9, 12, 9, tzinfo=UTC)
DRAW_AT = datetime(2023, 9, 15, 11, tzinfo=UTC)
TOLD = datetime(2023, 9, 18, 3, tzinfo=UTC)
#: What quicknet signed as round 657413, the first after DRAW_AT.
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"


def promise(wave: Wave, seats_for_phk: int, draw_at: datetime, actor: Actor, now: datetime) -> Wave:
    """Rules as most offices would set them, and the promise of the draw."""
    area = draw_rules.of(wave).scope
    rules = Rules(wave.quota, (Reserve("phk", seats_for_phk),), max_per_household=2, scope=area)
    draw_rules.change(wave.number, rules, wave_control.mark(wave), actor, now)
    drawing.promise(Wave.get_by_id(wave.id), draw_at, actor, now)
    return Wave.get_by_id(wave.id)


def finish(wave: Wave, runner: Actor, attester: Actor, publisher: Actor) -> None:
    """From the closed wave to the published draw, each step by its own person at its own time."""
    wave_control.close_due(CLOSES + timedelta(minutes=1))
    _confirm_groups(wave, runner, attester)
    draw = Draw.get(Draw.wave == wave.id)
    draw = drawing.list_entrants(draw, runner, CLOSES + timedelta(hours=3))
    draw = drawing.freeze(draw, runner, DRAW_AT - timedelta(hours=30))
    draw_publication.tell_frozen_due(DRAW_AT - timedelta(hours=29))
    draw = drawing.run(draw, SIGNATURE, runner, DRAW_AT + timedelta(minutes=5))
    drawing.attest(draw, attester, DRAW_AT + timedelta(hours=16))
    draw_publication.publish(Wave.get_by_id(wave.id), TOLD, publisher, DRAW_AT + timedelta(hours=17))
    results.publish_due(TOLD)
    draw_publication.note_published_due(TOLD)


def _confirm_groups(wave: Wave, first: Actor, second: Actor) -> None:
    """Who lost the job has shown the letter to two people."""
    claims = GroupClaim.select(GroupClaim.id).join(Application).where(Application.wave == wave.id)
    seen = {"seen_by": first.staff, "seen_at": CLOSES - timedelta(days=1), "evidence": "Surat PHK"}
    decided = {"decided_by": second.staff, "decided_at": CLOSES - timedelta(hours=20), "state": "confirmed"}
    GroupClaim.update(**seen, **decided).where(GroupClaim.id.in_(claims)).execute()
