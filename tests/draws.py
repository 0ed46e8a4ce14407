"""A draw at any of its steps, decided by a true round of drand: promise, list, freeze, draw, attest, publish.

Each function takes the step and returns the fresh row. The dates are those of round 657413 (September 2023).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.crypto import keys
from app.models import Application, Draw, DrawFile, GroupClaim, Staff, Wave
from app.rules.promise import Reserve, Rules
from app.rules.states import State
from app.services import draw_files, draw_publication, draw_rules, drawing, results, wave_control
from app.services.ledger import Actor
from tests.staff import rows

DRAW_AT = datetime(2023, 9, 15, 11, tzinfo=UTC)
ROUND = 657413
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
OPENS, CLOSES = datetime(2023, 8, 28, 1, tzinfo=UTC), datetime(2023, 9, 12, 9, tzinfo=UTC)
PROMISED, LISTED = OPENS + timedelta(hours=1), CLOSES + timedelta(hours=3)
FROZEN, DRAWN = DRAW_AT - timedelta(hours=30), DRAW_AT + timedelta(minutes=5)
ATTESTED, ANNOUNCED = DRAWN + timedelta(hours=1), datetime(2023, 9, 18, 3, tzinfo=UTC)
RULES = Rules(quota=3, reserves=(Reserve("phk", 1),), max_per_household=1, scope=("35.08",))


def actor(username: str, role: str = "manager") -> Actor:
    """A person of the office, the same one for the same name."""
    made, _ = Staff.get_or_create(
        username=username, defaults={"name": username.title(), "role": role, "created_at": OPENS}
    )
    return Actor("staff", made)


def wave(number: int = 2, rules: Rules = RULES, **columns: Any) -> Wave:
    made = Wave.create(
        **{
            "number": number,
            "opens_at": OPENS,
            "closes_at": CLOSES,
            "announce_at": ANNOUNCED,
            "created_at": OPENS,
        }
        | {"quota": rules.quota}
        | columns
    )
    draw_rules.change(number, rules, wave_control.mark(made), actor("ratna"), OPENS)
    return Wave.get_by_id(made.id)


def people(count: int, where: Wave, state: State = State.SUBMITTED) -> list[Application]:
    """So many people; the second and third are one family, the first has lost the job and shown it."""
    made = rows.many(count, where, state)
    for n, application in enumerate(made):
        family = f"35080112041{max(n, 2) if n < 3 else n:05}"
        person = application.applicant
        person.kk, person.kk_index = family, keys().lookup_hash("kk", family)
        person.save()
    if made:
        GroupClaim.create(application=made[0], group="phk", state="confirmed")
    return made


def promised(where: Wave | None = None, count: int = 9) -> Draw:
    where = where or wave()
    draw = drawing.promise(where, DRAW_AT, actor("ratna"), PROMISED)
    people(count, where)
    return draw


def listed(draw: Draw | None = None) -> Draw:
    return drawing.list_entrants(draw or promised(), actor("ratna"), LISTED)


def frozen(draw: Draw | None = None) -> Draw:
    return drawing.freeze(draw or listed(), actor("ratna"), FROZEN)


def drawn(draw: Draw | None = None) -> Draw:
    return drawing.run(draw or frozen(), SIGNATURE, actor("ratna"), DRAWN)


def attested(draw: Draw | None = None) -> Draw:
    return drawing.attest(draw or drawn(), actor("budi", "verifier"), ATTESTED)


def published(draw: Draw | None = None) -> Draw:
    draw = draw or attested()
    draw_publication.publish(Wave.get_by_id(draw.wave_id), ANNOUNCED, actor("hadi"), ATTESTED)
    results.publish_due(ANNOUNCED)
    draw_publication.note_published_due(ANNOUNCED)
    return Draw.get_by_id(draw.id)


def tampered(draw: Draw, name: str, before: bytes, after: bytes) -> None:
    """Somebody with the database in the hands changes a stored file, once."""
    data = draw_files.stored(draw, name)
    assert before in data
    own = (DrawFile.draw == draw.id) & (DrawFile.name == name)
    DrawFile.update(data=data.replace(before, after, 1)).where(own).execute()
