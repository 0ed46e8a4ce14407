"""A draw as its public files tell it, the entrants behind the numbers, and every seat that moved afterwards."""
# Long because: one aggregate: a draw, its files, its entrants, and what becomes of its seats.

from __future__ import annotations

from typing import Any

from peewee import SQL, BigIntegerField, BlobField, CharField, ForeignKeyField, IntegerField, TextField

from app.models.application import Application
from app.models.base import Base, MomentField, SealedField
from app.models.staff import Staff
from app.models.wave import Wave


class Draw(Base):
    """One per wave with selection by draw. The promise is kept as the exact bytes that are published; so are the larger
    files (DrawFile).

    `draw_at` starts as promised and moves by whole weeks when the list was final too late; `moves` is the JSON list of
    {from, to, at, reason} in undian.json. `listing` names the making of the list whose rows count (Entry.listing).
    """

    wave = ForeignKeyField(Wave, unique=True, backref="draws", on_delete="RESTRICT")
    wave_id: int
    promise = BlobField()
    promise_sha256 = CharField(max_length=64)
    promised_at = MomentField()
    promised_by = ForeignKeyField(Staff, on_delete="RESTRICT")
    promised_by_id: int
    draw_at = MomentField()
    moves = TextField(default="[]")
    listed_at = MomentField(null=True)
    listing = BigIntegerField(null=True)
    left_out = IntegerField(default=0)
    tickets_sha256 = CharField(max_length=64, default="")
    tickets_root = CharField(max_length=64, default="")
    tickets_count = IntegerField(default=0)
    frozen_at = MomentField(null=True)
    round = BigIntegerField(null=True)
    signature = CharField(max_length=96, default="")
    results_sha256 = CharField(max_length=64, default="")
    drawn_at = MomentField(null=True)
    drawn_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    drawn_by_id: int | None
    attested_at = MomentField(null=True)
    attested_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    attested_by_id: int | None
    published_at = MomentField(null=True)


class DrawFile(Base):
    """A public file of a draw that is as long as its list, as exact bytes: peserta.csv, hasil.csv.

    Apart from the draw, or every small change of that row would write a hundred megabytes again. `listing` as in Entry:
    a file counts with the list that it belongs to.
    """

    draw = ForeignKeyField(Draw, index=False, backref="files", on_delete="CASCADE")
    draw_id: int
    listing = BigIntegerField()
    name = CharField(max_length=20)
    data = BlobField()

    class Meta:
        indexes = ((("draw", "listing", "name"), True),)


class Entry(Base):
    """One person in the hat: the row of peserta.csv and, after the draw, its rank and outcome.

    The mapping from entry number to person stays here and dies with retention; the files stay for ever.

    A list is written chunk by chunk before it counts (services/draw_list.py): `listing` names the making that a row is
    of, and only rows of their draw's `listing` count. `select` gives no others; `every` gives all.
    """

    draw = ForeignKeyField(Draw, index=False, backref="entries", on_delete="CASCADE")
    draw_id: int
    application = ForeignKeyField(Application, index=False, backref="entries", on_delete="CASCADE")
    application_id: int
    listing = BigIntegerField()
    entry = CharField(max_length=11)
    groups = CharField(max_length=80, default="")
    household = CharField(max_length=12, default="")
    bound = CharField(max_length=64)
    salt = SealedField()
    line = IntegerField(null=True)
    rank = IntegerField(null=True)
    via = CharField(max_length=12, default="")

    class Meta:
        indexes = (
            (("application", "listing"), True),
            (("draw", "listing", "entry"), True),
            (("draw", "rank"), False),
        )

    @classmethod
    def counts(cls) -> Any:
        """Condition: the row is of the list that its draw has published."""
        # The sum keeps the databases from looking rows up by this: it is nearly always true.
        return (cls.listing + 0).in_(Draw.select(Draw.listing).where(Draw.listing.is_null(False)))

    @classmethod
    def select(cls, *fields: Any) -> Any:
        """peewee's, without the rows of a list that is being made or was replaced."""
        return cls.every(*fields).where(cls.counts())


class DayList(Base):
    """The entry numbers that were new in a wave by the end of `day` (2026-11-30), a line each: pseudonyms, and no more.

    `count` and `root` are public, so that no number is slipped in or taken out later.
    """

    wave = ForeignKeyField(Wave, on_delete="RESTRICT")
    wave_id: int
    day = CharField(max_length=10)
    count = IntegerField()
    root = CharField(max_length=64)
    entries = BlobField()
    made_at = MomentField()

    class Meta:
        indexes = ((("wave", "day"), True),)


class GroupClaim(Base):
    """A person says to belong to a group that owns seats; it counts when a second officer has seen the evidence.

    state: claimed, seen (by one officer), confirmed (by another), refused.
    """

    application = ForeignKeyField(Application, backref="group_claims", on_delete="CASCADE")
    application_id: int
    group = CharField(max_length=12)
    state = CharField(max_length=10, default="claimed")
    evidence = CharField(max_length=120, default="")
    seen_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    seen_by_id: int | None
    seen_at = MomentField(null=True)
    decided_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    decided_by_id: int | None
    decided_at = MomentField(null=True)

    class Meta:
        indexes = ((("application", "group"), True),)


class SeatChange(Base):
    """A line of perubahan.csv: everything that happened to seats after the draw. Append-only by trigger."""

    draw = ForeignKeyField(Draw, backref="changes", on_delete="RESTRICT")
    draw_id: int
    n = IntegerField()
    at = MomentField()
    entry = CharField(max_length=11)
    before = CharField(max_length=15)
    after = CharField(max_length=15)
    reason = CharField(max_length=30)

    class Meta:
        indexes = ((("draw", "n"), True),)


class FreedSeat(Base):
    """A seat that somebody lost or left after results were told, until somebody sits in it again.

    `application` is who had it, `via` the way the seat is given (a group code, "open", or empty where the centre selects).
    Nobody is offered it before `offered_from`: a revoked seat waits until the time to object is over.
    outcome: empty (free), taken, returned (to whoever had it).
    """

    wave = ForeignKeyField(Wave, backref="freed_seats", on_delete="RESTRICT")
    wave_id: int
    application = ForeignKeyField(Application, null=True, backref="freed_seats", on_delete="SET NULL")
    application_id: int | None
    via = CharField(max_length=12)
    freed_at = MomentField()
    offered_from = MomentField()
    outcome = CharField(max_length=10, default="")
    closed_at = MomentField(null=True)

    class Meta:
        indexes = ((("wave", "outcome"), False),)


class Offer(Base):
    """A freed seat offered to the next in line. answer: empty (open), accepted, declined, expired.

    The database itself refuses two open or accepted offers of one seat, and two open ones to one person.
    """

    seat = ForeignKeyField(FreedSeat, null=True, backref="offers", on_delete="RESTRICT")
    seat_id: int | None
    application = ForeignKeyField(Application, backref="offers", on_delete="CASCADE")
    application_id: int
    wave = ForeignKeyField(Wave, backref="offers", on_delete="RESTRICT")
    wave_id: int
    via = CharField(max_length=12)
    made_at = MomentField()
    expires_at = MomentField(index=True)
    answer = CharField(max_length=10, default="")
    answered_at = MomentField(null=True)


Offer.add_index(Offer.index(Offer.application, unique=True, name="offer_one_open", where=SQL("answer = ''")))
Offer.add_index(
    Offer.index(
        Offer.seat, unique=True, name="offer_one_seat", where=SQL("answer = '' OR answer = 'accepted'")
    )
)


class Objection(Base):
    """A person objects to a result or a reversal (keberatan); somebody owns it and answers by a date.

    about: result, reversal. An answer that upholds it stands (`upheld` 1, no `answered_at`) until a second officer agrees.
    """

    application = ForeignKeyField(Application, backref="objections", on_delete="CASCADE")
    application_id: int
    about = CharField(max_length=15)
    text = SealedField()
    made_at = MomentField()
    due_at = MomentField(index=True)
    owner = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    owner_id: int | None
    answer = SealedField(null=True)
    upheld = IntegerField(null=True)
    answered_at = MomentField(null=True)


Objection.add_index(
    Objection.index(
        Objection.application, unique=True, name="objection_one_open", where=SQL("answered_at IS NULL")
    )
)


class Reversal(Base):
    """Taking a seat from somebody: proposed by one officer, confirmed by another, never silent."""

    application = ForeignKeyField(Application, backref="reversals", on_delete="CASCADE")
    application_id: int
    to_state = CharField(max_length=15)
    reason = CharField(max_length=30)
    note = SealedField(null=True)
    proposed_by = ForeignKeyField(Staff, on_delete="RESTRICT")
    proposed_by_id: int
    proposed_at = MomentField()
    confirmed_by = ForeignKeyField(Staff, null=True, on_delete="RESTRICT")
    confirmed_by_id: int | None
    confirmed_at = MomentField(null=True)
    object_until = MomentField(null=True)
    dropped_at = MomentField(null=True)


Reversal.add_index(
    Reversal.index(
        Reversal.application,
        unique=True,
        name="reversal_one_open",
        where=SQL("confirmed_at IS NULL AND dropped_at IS NULL"),
    )
)
