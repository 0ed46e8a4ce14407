"""Heavy work of the office: one piece at a time for a person, and so many an hour; then 429 with Retry-After."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.clock import FixedClock
from app.models import ResultPreview, Staff, Wave
from app.services import heavy, limits
from app.services.limits import Closed
from tests.conftest import NOW
from tests.staff import rows
from tests.staff.conftest import Signed

KINDS = ("export", "import", "draw")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    heavy._done.clear()


@pytest.fixture
def dewi(database: object) -> Staff:
    return Staff.create(username="dewi", name="Dewi", role="manager", created_at=NOW)


def most(kind: str) -> int:
    return limits.of(kind, "account")[0].most


@pytest.mark.parametrize("kind", KINDS)
def test_one_too_many_an_hour_waits_and_another_person_does_not(dewi: Staff, kind: str) -> None:
    other = Staff.create(username="eko", name="Eko", role="manager", created_at=NOW)
    for _ in range(most(kind)):
        with heavy.turn(kind, dewi, NOW):
            pass
    with pytest.raises(Closed) as closed, heavy.turn(kind, dewi, NOW):
        pytest.fail("done all the same")
    assert closed.value.retry_after == 3600
    with heavy.turn(kind, other, NOW):
        pass
    with heavy.turn(kind, dewi, NOW + HOUR):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_one_piece_at_a_time(dewi: Staff, kind: str) -> None:
    with (
        heavy.turn(kind, dewi, NOW),
        pytest.raises(Closed) as closed,
        heavy.turn(kind, dewi, NOW),
    ):
        pytest.fail("two at once")
    assert closed.value.retry_after == heavy.SOON
    with heavy.turn(kind, dewi, NOW):
        pass


def test_work_that_breaks_gives_the_turn_back(dewi: Staff) -> None:
    with pytest.raises(ZeroDivisionError), heavy.turn("draw", dewi, NOW):
        raise ZeroDivisionError
    with heavy.turn("draw", dewi, NOW):
        pass


def test_a_manager_who_imports_too_often_is_asked_to_wait(signed: Signed, clock: FixedClock) -> None:
    wave: Wave = rows.wave(3, opens=-30, closes=-10, announce_at=None, quota=2)
    manager = signed("manager")
    page = manager.visitor.open(f"/petugas/gelombang/{wave.number}/hasil")
    file = (b"NIK;Hasil\n3599015704880003;terpilih\n", "pusat.csv")
    for _ in range(most("import")):
        heavy._count_in_rows("import", manager.staff, clock.now())
    answer = page.submit("Periksa berkas", berkas=file, status=429)
    assert answer.response.headers["Retry-After"] == "3600"
    assert ResultPreview.select().count() == 0
