"""A list of entrants is made chunk by chunk and switched to at once: killed anywhere, it is the old one or the new one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from app import db
from app.models import Application, Draw, DrawFile, Entry, GroupClaim, Notice
from app.rules import codes
from app.rules import draw as rules
from app.rules.draw import Entrant
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import (
    draw_files,
    draw_list,
    draw_lookup,
    draw_publication,
    drawing,
    ledger,
    list_lock,
    my_draw,
)
from app.services.drawing import NotYet
from app.services.ledger import APPLICANT
from tests import draws

pytestmark = pytest.mark.usefixtures("office")
PEOPLE = 40


class _PowerCut(BaseException):
    """Not an Exception: nothing may catch it, and nothing tidies up."""


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw_list, "CHUNK", 3)


@pytest.fixture
def draw() -> Draw:
    return draws.promised(count=PEOPLE)


def listed(draw: Draw) -> Draw:
    return drawing.list_entrants(draw, draws.actor("ratna"), draws.LISTED)


def public(draw: Draw) -> list[Entrant]:
    """The public list; the rows that count say the same, line by line."""
    fresh = Draw.get_by_id(draw.id)
    data = draw_files.read(fresh, "peserta.csv")
    rows = list(Entry.select().where(Entry.draw == draw.id).order_by(Entry.line))
    if data is None:
        assert rows == []
        return []
    entrants = rules.read_list(data)
    assert data == rules.list_csv(entrants)
    kept = [Entrant(row.entry, tuple(row.groups.split()), row.household, row.bound) for row in rows]
    assert kept == entrants
    assert [row.line for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert row.bound == rules.bind(bytes.fromhex(row.salt), row.application.applicant.nik)
    return entrants


def stored(draw: Draw) -> int:
    """All rows, whatever making they are of; a file belongs to some of them."""
    listings = {row.listing for row in DrawFile.select(DrawFile.listing)}
    assert listings <= {row.listing for row in Entry.every(Entry.listing)}
    return int(Entry.every().where(Entry.draw == draw.id).count())


def numbers(where: State = State.IN_SELECTION) -> list[str]:
    return sorted(codes.shown(row.entry_number) for row in Application.select() if row.state == where)


def dies(patch: pytest.MonkeyPatch, at: int) -> Callable[[], int]:
    """Let the power go in the at-th transaction of the making, when its rows are written and not yet kept."""
    real, calls = db.writing, [0]

    def power_cut() -> Any:
        calls[0] += 1
        return _cut(real()) if calls[0] == at else real()

    for module in (draw_list, drawing):
        patch.setattr(module, "writing", power_cut)
    return lambda: calls[0]


class _cut:
    def __init__(self, real: Any) -> None:
        self.real = real

    def __enter__(self) -> None:
        self.real.__enter__()

    def __exit__(self, *_: object) -> None:
        fault = _PowerCut()
        try:
            self.real.__exit__(_PowerCut, fault, None)
        finally:
            raise fault


def test_chunks_make_the_list_that_one_chunk_makes(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    for application in Application.select().limit(10):
        GroupClaim.get_or_create(application=application, group="phk", defaults={"state": "confirmed"})
    listed(draw)
    in_chunks = public(draw)
    assert [one.entry for one in in_chunks] == numbers()
    assert len([one for one in in_chunks if one.groups == ("phk",)]) >= 10
    assert Counter(one.household for one in in_chunks) == {"k1": 3, "": PEOPLE - 3}
    monkeypatch.setattr(draw_list, "CHUNK", 1000)
    listed(draw)
    assert public(draw) == in_chunks
    assert stored(draw) == PEOPLE


@pytest.mark.parametrize("count", [0, 1, 3, 4, 60, 70, 2000])
def test_the_ranges_of_numbers_leave_nobody_out_and_name_nobody_twice(count: int) -> None:
    ranges = draw_list._ranges(count)
    assert (ranges[0][0], ranges[-1][1]) == ("", "")
    assert len(ranges) <= max(count, 1)
    made = codes.new_codes(300)
    for code in made:
        assert len([1 for first, behind in ranges if first <= code and (not behind or code < behind)]) == 1


def test_killed_before_the_first_list_is_whole_nothing_is_public(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the file, not the rows, not on anybody's own page; and the next making is not disturbed by what was left."""
    person = Application.select().first()
    with monkeypatch.context() as patch:
        dies(patch, 6)
        with pytest.raises(_PowerCut):
            listed(draw)
    fresh = Draw.get_by_id(draw.id)
    assert stored(draw) > 0
    assert draw_files.names(fresh) == ("janji.json",)
    assert public(draw) == []
    assert draw_files.newest_entry(person.applicant_id) is None
    assert not [item for item in my_draw.draws(person.applicant_id) if item.title == "Di daftar undian"]
    assert draw_lookup.find(fresh, codes.shown(person.entry_number)) is None
    listed(draw)
    assert [one.entry for one in public(draw)] == numbers()
    assert stored(draw) == PEOPLE


@pytest.mark.parametrize("at", [1, 2, 9, 14, 15, 16, 17, 18, 19, 20, 21, 22])
def test_killed_anywhere_it_is_the_old_list_or_the_new_one(
    draw: Draw, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    listed(draw)
    before = public(draw)
    for gone in Application.select().limit(5):
        ledger.move(gone, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, draws.LISTED)
    with monkeypatch.context() as patch:
        happened = dies(patch, at)
        try:
            listed(draw)
        except _PowerCut:
            assert happened() == at
        else:
            assert happened() < at
    now = public(draw)
    assert now == before or [one.entry for one in now] == numbers()
    listed(draw)
    assert [one.entry for one in public(draw)] == numbers()
    assert {one.bind for one in public(draw)} < {one.bind for one in before}
    assert stored(draw) == PEOPLE - 5


def test_what_a_killed_making_left_goes_with_the_freeze(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(draw)
    with monkeypatch.context() as patch:
        dies(patch, 8)
        with pytest.raises(_PowerCut):
            listed(draw)
    assert stored(draw) > PEOPLE
    data = draw_files.read(Draw.get_by_id(draw.id), "peserta.csv")
    frozen = drawing.freeze(draw, draws.actor("ratna"), draws.FROZEN)
    assert stored(draw) == PEOPLE == frozen.tickets_count
    assert draw_files.read(frozen, "peserta.csv") == data


def test_rows_that_do_not_count_are_ranked_told_and_locked_for_nobody(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left behind by a making that was killed after the switch, that is while it swept the old rows away."""
    listed(draw)
    gone = Application.select().first()
    ledger.move(gone, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, draws.LISTED)
    with monkeypatch.context() as patch:
        patch.setattr(draw_list, "sweep", lambda _: None)
        listed(draw)
        fixed = drawing.freeze(draw, draws.actor("ratna"), draws.FROZEN)
        assert stored(draw) == 2 * PEOPLE - 1
        done = drawing.run(fixed, draws.SIGNATURE, draws.actor("ratna"), draws.DRAWN)
    ranked = Entry.every().where(Entry.draw == draw.id).where(Entry.rank.is_null(False))
    assert {row.listing for row in ranked} == {done.listing}
    assert sorted(row.rank for row in ranked) == list(range(1, PEOPLE))
    assert list_lock.is_locked(Application.get(Application.id != gone.id))
    assert not list_lock.is_locked(gone)
    draws.published(drawing.attest(done, draws.actor("budi"), draws.ATTESTED))
    told = Notice.select().where(Notice.kind == "result")
    assert told.count() == PEOPLE - 1
    assert gone.applicant_id not in {row.applicant_id for row in told}


def test_who_withdraws_while_a_list_is_made_is_in_both_or_in_neither(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read before or after: rows and file say the same, and nobody is in it twice."""
    real, left = draw_list.let_others_write, list(Application.select())

    def somebody_leaves() -> None:
        if left:
            one = Application.get_by_id(left.pop().id)
            if one.state == "in_selection":
                ledger.move(one, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, draws.LISTED)
        real()

    monkeypatch.setattr(draw_list, "let_others_write", somebody_leaves)
    listed(draw)
    entrants = [one.entry for one in public(draw)]
    assert set(numbers()) <= set(entrants)
    assert 0 < len(numbers()) < PEOPLE
    assert stored(draw) == len(entrants)
    drawing.freeze(draw, draws.actor("ratna"), draws.FROZEN)
    assert draw_publication.tell_frozen_due(draws.FROZEN) == len(entrants)


def test_others_write_while_a_list_is_made(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between any two chunks the database takes a write at once: nobody waits for the whole list."""
    written: list[int] = []

    def write() -> None:
        try:
            with db.writing():
                GroupClaim.create(application=Application.select().first(), group=f"g{len(written)}")
            written.append(1)
        finally:
            db.database.close()

    def somebody_else() -> None:
        other = threading.Thread(target=write)
        other.start()
        other.join(20)

    monkeypatch.setattr(draw_list, "let_others_write", somebody_else)
    listed(draw)
    assert len(written) >= PEOPLE // 3 / 2
    assert [one.entry for one in public(draw)] == numbers()


def test_a_list_that_lost_rows_before_the_switch_is_refused(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(draw)
    before = public(draw)
    real = draw_list.make

    def robbed(*args: Any) -> draw_list.Made:
        made = real(*args)
        Entry.delete().where((Entry.listing == made.listing) & (Entry.line == 1)).execute()
        return made

    monkeypatch.setattr(draw_list, "make", robbed)
    with pytest.raises(NotYet, match="baru saja"):
        listed(draw)
    assert public(draw) == before
    assert stored(draw) == PEOPLE, "whoever is refused leaves nothing behind"


def test_a_list_that_is_made_when_it_is_frozen_does_not_count(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(draw)
    real = draw_list.make

    def frozen_meanwhile(*args: Any) -> draw_list.Made:
        made = real(*args)
        drawing.freeze(draw, draws.actor("budi"), draws.FROZEN)
        return made

    before = public(draw)
    monkeypatch.setattr(draw_list, "make", frozen_meanwhile)
    with pytest.raises(NotYet, match="sudah dikunci"):
        listed(draw)
    assert public(draw) == before
    assert stored(draw) == PEOPLE


def test_a_list_that_is_replaced_when_it_is_frozen_is_not_frozen_by_half(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash that is told is that of the list that counts."""
    listed(draw)
    real = rules.tickets_root

    def replaced(entrants: Any) -> bytes:
        monkeypatch.setattr(rules, "tickets_root", real)
        gone = Application.select().first()
        ledger.move(gone, State.WITHDRAWN, Reason.OWN_WISH, APPLICANT, draws.LISTED)
        listed(draw)
        return real(entrants)

    monkeypatch.setattr(rules, "tickets_root", replaced)
    with pytest.raises(NotYet, match="baru saja"):
        drawing.freeze(draw, draws.actor("budi"), draws.FROZEN)
    assert Draw.get_by_id(draw.id).frozen_at is None
    assert len(public(draw)) == PEOPLE - 1
