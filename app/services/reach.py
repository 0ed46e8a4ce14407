"""Who of a wave was reached: each person once per kind of notice, by the best that any channel achieved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from peewee import JOIN, Case, fn

from app.models import Applicant, Application, Consent, Delivery, Notice, Session
from app.rules import ladder
from app.rules.channels import Channel
from app.services import applicant_search, ways
from app.services.kept import Kept

#: People on one page of the list of who is left.
PAGE = 50


class Reach(IntEnum):
    """How far a notice came; the higher the better.

    OPENED: opened in the inbox, tapped on the phone, or its person was signed in fully after it was written. QUEUED:
    something is still to come, be it a push or the email or SMS that the ladder will send. UNREACHABLE: nothing was
    taken and nothing is to come, as for whoever has neither push nor a proved email.
    """

    UNREACHABLE = 0
    QUEUED = 1
    SENT = 2
    SHOWN = 3
    OPENED = 4


@dataclass(frozen=True)
class KindReach:
    """One kind of notice of a wave: how many people stand where."""

    kind: str
    title: str
    total: int
    counts: dict[Reach, int]

    def percent(self, reach: Reach) -> float:
        """The share of this state, 0 to 100."""
        return 100 * self.counts[reach] / self.total if self.total else 0.0


@dataclass(frozen=True)
class Told:
    """One notice to one person: its words, when it was written, and how far it came."""

    title: str
    at: datetime
    reach: Reach


@dataclass(frozen=True)
class Left:
    """Who has not opened it yet: the application to look at, and how far it came."""

    application_id: int
    name: str
    place: str
    reach: Reach


#: What each kind is called, the most urgent first. Kinds that are missing here are about one person's own act.
TITLES = {
    "result": "Hasil",
    "offer": "Tawaran tempat",
    "deadline": "Batas waktu",
    "fix": "Perlu dibetulkan",
    "frozen": "Daftar undian dikunci",
    "joined": "Ikut gelombang",
}


def seen() -> Any:
    """Whether a notice was seen by its signed-in person; a tap on the phone is not enough (see services/ladder.py)."""
    visits = Session.select(Session.id).where(
        (Session.applicant == Notice.applicant)
        & (Session.kind == "full")
        & (Session.last_seen_at >= Notice.created_at)
    )
    return Notice.opened_at.is_null(False) | fn.EXISTS(visits)


def _to_come() -> Any:
    """Whether the ladder will still write to this person: an email, or an SMS where there is a gateway and a yes."""
    climbs = Notice.climb_at.is_null(False)
    mailed = (Notice.rung < ladder.EMAIL) & Applicant.email_proved_at.is_null(False)
    if not ways.sms_on():
        return climbs & mailed
    said, later = Consent.alias(), Consent.alias()
    of_person = (said.applicant == Applicant.id) & (said.purpose == Channel.SMS.value)
    newer = (later.applicant == said.applicant) & (later.purpose == said.purpose) & (later.at > said.at)
    newest = ~fn.EXISTS(later.select(later.id).where(newer))
    gave = fn.EXISTS(said.select(said.id).where(of_person & said.given & newest))
    return climbs & (mailed | ((Notice.rung < ladder.SMS) & Applicant.phone.is_null(False) & gave))


def _best() -> Any:
    ranks = (
        (seen(), Reach.OPENED.value),
        ((Delivery.state == "opened") | (Notice.reached == Reach.OPENED.value), Reach.OPENED.value),
        ((Delivery.state == "shown") | (Notice.reached == Reach.SHOWN.value), Reach.SHOWN.value),
        ((Delivery.state == "sent") | (Notice.reached == Reach.SENT.value), Reach.SENT.value),
        (Delivery.state == "queued", Reach.QUEUED.value),
        (_to_come(), Reach.QUEUED.value),
    )
    return fn.MAX(Case(None, ranks, Reach.UNREACHABLE.value))


def _people(wave_id: int, kinds: Sequence[str]) -> Any:
    """One row per kind and person, with the best of all deliveries."""
    of_wave = (Notice.wave == wave_id) & Notice.kind.in_(list(kinds))
    rows = Notice.select(Notice.kind, Notice.applicant.alias("person"), _best().alias("best"))
    rows = rows.join(Applicant).switch(Notice).join(Delivery, JOIN.LEFT_OUTER).where(of_wave)
    return rows.group_by(Notice.kind, Notice.applicant)


#: Counting 100,000 people takes 2 s: so large a wave is counted at most this often, however many tablets look.
LARGE, KEPT = 5_000, timedelta(seconds=10)
_waves: Kept[list[KindReach]] = Kept(KEPT, lambda kinds: sum(one.total for one in kinds) > LARGE)
_broadcasts: Kept[KindReach] = Kept(KEPT, lambda one: one.total > LARGE)


def of_wave(wave_id: int, now: datetime) -> list[KindReach]:
    """Every kind of notice that this wave's people were written, the most urgent first; a large wave's may be 10 s old."""
    return _waves.get(wave_id, now, lambda: _count(wave_id))


def _count(wave_id: int) -> list[KindReach]:
    people = _people(wave_id, tuple(TITLES)).alias("people")
    counted = people.select_from(people.c.kind, people.c.best, fn.COUNT(people.c.person))
    found: dict[str, dict[Reach, int]] = {}
    for kind, best, count in counted.group_by(people.c.kind, people.c.best).tuples():
        found.setdefault(kind, dict.fromkeys(Reach, 0))[Reach(best)] = count
    return [
        KindReach(kind, title, sum(found[kind].values()), found[kind])
        for kind, title in TITLES.items()
        if kind in found
    ]


def of_broadcast(broadcast_id: int, now: datetime) -> KindReach:
    """Whoever was told by one broadcast; a large one's may be 10 s old."""
    return _broadcasts.get(broadcast_id, now, lambda: _count_broadcast(broadcast_id))


def _count_broadcast(broadcast_id: int) -> KindReach:
    rows = Notice.select(Notice.applicant.alias("person"), _best().alias("best"))
    rows = rows.join(Applicant).switch(Notice).join(Delivery, JOIN.LEFT_OUTER)
    people = rows.where(Notice.broadcast == broadcast_id).group_by(Notice.applicant).alias("people")
    best = people.select_from(people.c.best, fn.COUNT(people.c.person)).group_by(people.c.best)
    counts = dict.fromkeys(Reach, 0) | {Reach(one): count for one, count in best.tuples()}
    return KindReach("broadcast", "Siaran", sum(counts.values()), counts)


def of_person(applicant_id: int, most: int) -> list[Told]:
    """The newest notices to one person."""
    rows: Any = Notice.select(Notice.title, Notice.created_at, _best()).join(Applicant).switch(Notice)
    rows = rows.join(Delivery, JOIN.LEFT_OUTER).where(Notice.applicant == applicant_id).group_by(Notice.id)
    newest = rows.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(most)
    return [Told(title, at, Reach(best)) for title, at, best in newest.tuples()]


def left_counts(wave_id: int, kind: str, district: str | None) -> dict[Reach, int]:
    """How many have not opened one kind of notice, by how far it came; of one district, or of all when None."""
    people = _people(wave_id, (kind,))
    if district is not None:
        people = people.where(Applicant.district == district)
    people = people.alias("people")
    counted = people.select_from(people.c.best, fn.COUNT(people.c.person)).group_by(people.c.best)
    return {Reach(best): count for best, count in counted.tuples() if best < Reach.OPENED.value}


def left(
    wave_id: int, kind: str, district: str | None, page: int, only: Reach | None = None
) -> tuple[list[Left], int]:
    """Who has not opened it, the worst reached first, and how many they are; of one district, or of all when None.

    `only` keeps those who came exactly so far.
    """
    people = _people(wave_id, (kind,))
    if district is not None:
        people = people.where(Applicant.district == district)
    open_ = people.having(_best() < Reach.OPENED.value if only is None else _best() == only.value)
    total = int(open_.count())
    best = {
        row[1]: Reach(row[2])
        for row in open_.order_by(_best(), Notice.applicant).paginate(page, PAGE).tuples()
    }
    rows = Application.select(Application.id, Application.applicant, Applicant).join(Applicant)
    mine = rows.where(Application.applicant.in_(list(best)) & (Application.wave == wave_id))
    by_person = {row.applicant_id: row for row in mine.order_by(Application.submitted_at, Application.id)}
    listed = [
        Left(
            by_person[one].id,
            by_person[one].applicant.name,
            applicant_search.place(by_person[one].applicant.village),
            how,
        )
        for one, how in best.items()
        if one in by_person
    ]
    return listed, total
