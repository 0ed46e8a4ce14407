"""The buckets of security.md 4.3, filled one by one with a clock that is moved by hand."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app import db
from app.crypto import keys
from app.models import Attempt, Beat
from app.services import limits
from app.services.limits import Closed, Where
from tests.conftest import NOW

HOUR, DAY, MOMENT = timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=1)
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def _log_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("gelombang"), "propagate", True)


def nik(n: int) -> bytes:
    return keys().lookup_hash("nik", f"{n:016}")


def place(n: int, browser: int | None = None, posko: bool = False) -> Where:
    """A network of its own for each n; without a browser cookie unless one is named."""
    return limits.where(
        f"10.{n // 65536}.{n // 256 % 256}.{n % 256}", str(browser) if browser else None, posko
    )


def fail(path: str, subject: bytes, where: Where, at: timedelta = timedelta(0), times: int = 1) -> None:
    """Wrong tries that were let through."""
    for _ in range(times):
        limits.begin(path, subject, where, NOW + at)


def is_closed(path: str, subject: bytes, where: Where, at: timedelta = timedelta(0)) -> bool:
    """Whether one more try is refused; leaves the rows as they were."""
    try:
        limits.forget(limits.begin(path, subject, where, NOW + at))
    except Closed:
        return True
    return False


def wrong_tries(count: int, at: timedelta) -> None:
    """Rows as many people leave them: every try from another place at another NIK."""
    rows = [
        {"id": 10**9 + n, "path": "pin", "subject": nik(n), "source": place(n).source, "at": NOW + at}
        for n in range(Attempt.select().count(), Attempt.select().count() + count)
    ]
    with db.writing():
        for start in range(0, count, 500):
            Attempt.insert_many(rows[start : start + 500]).execute()


# the table ----------------------------------------------------------------------------------------


def test_the_table_is_the_one_that_was_decided() -> None:
    assert {(line.path, line.per, line.most, line.window, line.counts) for line in limits.LIMITS} == {
        ("pin", "nik", 5, HOUR, "tries"),
        ("pin", "nik", 10, DAY, "tries"),
        ("pin", "nik", 20, None, "tries"),
        ("pin", "network", 20, HOUR, "niks"),
        ("pin", "network", 60, DAY, "niks"),
        ("pin", "browser", 10, DAY, "tries"),
        ("pin", "system", 1000, HOUR, "tries"),
        ("kunci", "network", 20, HOUR, "niks"),
        ("kunci", "network", 60, DAY, "niks"),
        ("posko", "network", 20, HOUR, "niks"),
        ("posko", "network", 60, DAY, "niks"),
        ("email", "network", 20, HOUR, "niks"),
        ("email", "network", 60, DAY, "niks"),
        ("phone", "phone", 5, None, "tries"),
        ("code", "code", 5, timedelta(minutes=10), "tries"),
        ("mail", "address", 3, HOUR, "tries"),
        ("mail", "address", 10, DAY, "tries"),
        ("mail", "person", 10, DAY, "tries"),
        ("reset", "officer", 15, DAY, "tries"),
        ("new", "browser", 6, DAY, "tries"),
        ("new", "network", 120, HOUR, "tries"),
        ("new", "network", 600, DAY, "tries"),
        ("open", "officer", 5, DAY, "tries"),
        ("search", "officer", 60, HOUR, "tries"),
        ("search", "officer", 200, DAY, "tries"),
        ("opening", "network", 20, HOUR, "tries"),
        ("import", "account", 20, HOUR, "tries"),
        ("draw", "account", 20, HOUR, "tries"),
        ("export", "account", 30, HOUR, "tries"),
    }


@pytest.mark.parametrize(
    ("tries", "at", "closed"),
    [
        (5, timedelta(0), True),
        (5, HOUR - MOMENT, True),
        (5, HOUR, False),
        (4, timedelta(0), False),
    ],
)
def test_five_wrong_an_hour_close_a_nik(tries: int, at: timedelta, closed: bool) -> None:
    for n in range(tries):
        fail("pin", nik(1), place(n))
    assert is_closed("pin", nik(1), place(99), at) is closed
    assert not is_closed("pin", nik(2), place(99), at)


def test_ten_wrong_a_day_close_a_nik() -> None:
    for n in range(10):
        fail("pin", nik(1), place(n), at=n * HOUR)
    assert is_closed("pin", nik(1), place(99), DAY - MOMENT)
    assert not is_closed("pin", nik(1), place(99), DAY)


@pytest.mark.parametrize("path", ["pin", "email"])
def test_twenty_niks_an_hour_close_a_network(path: str) -> None:
    for n in range(20):
        fail(path, nik(n), place(1))
    assert is_closed(path, nik(20), place(1))
    assert not is_closed(path, nik(20), place(2))
    assert not is_closed(path, nik(20), place(1), HOUR)


def test_sixty_niks_a_day_close_a_network() -> None:
    for n in range(60):
        fail("pin", nik(n), place(1), at=n // 20 * HOUR)
    assert is_closed("pin", nik(60), place(1), 10 * HOUR)
    assert not is_closed("pin", nik(60), place(1), DAY)


def test_a_network_is_counted_by_niks_not_by_requests() -> None:
    """Mobile users share one address: the typing errors of few people must not close it for all."""
    for n in range(19):
        fail("pin", nik(n), place(1), times=4)
    assert not is_closed("pin", nik(19), place(1))


def test_a_posko_network_may_fail_five_times_as_often() -> None:
    for n in range(100):
        fail("pin", nik(n), place(1, posko=True))
    assert is_closed("pin", nik(100), place(1, posko=True))


def test_ten_wrong_a_day_close_a_browser_wherever_it_goes() -> None:
    for n in range(10):
        fail("pin", nik(n), place(n, browser=7))
    assert is_closed("pin", nik(50), place(50, browser=7))
    assert not is_closed("pin", nik(50), place(50, browser=8))
    assert not is_closed("pin", nik(50), place(50, browser=7), DAY)


def test_paths_do_not_fill_each_other() -> None:
    for n in range(20):
        fail("pin", nik(n), place(1))
    assert is_closed("pin", nik(20), place(1))
    assert not is_closed("kunci", nik(20), place(1))


@pytest.mark.parametrize("path", ["kunci", "posko"])
def test_forty_bits_are_not_closed_by_a_neighbour(path: str) -> None:
    """Behind one address (CGNAT) somebody fails with a thousand NIKs: mine goes on; only what failed often is closed."""
    for n in range(1, 21):
        fail(path, nik(n), place(1), times=5)
    for n in range(21, 200):
        fail(path, nik(n), place(1))
    assert not is_closed(path, nik(0), place(1))
    assert is_closed(path, nik(1), place(1))
    assert not is_closed(path, nik(1), place(2))


def test_forty_bits_have_no_bucket_by_nik() -> None:
    for n in range(300):
        fail("kunci", nik(1), place(n))
    assert not is_closed("kunci", nik(1), place(999))


def test_an_email_code_may_be_tried_five_times() -> None:
    fail("code", nik(1), place(1), times=5)
    assert is_closed("code", nik(1), place(2))
    assert not is_closed("code", nik(2), place(1))


# one try --------------------------------------------------------------------------------------------


def test_a_right_try_fills_no_bucket() -> None:
    for n in range(30):
        limits.succeeded(limits.begin("pin", nik(1), place(n), NOW))
    assert not is_closed("pin", nik(1), place(99))


def test_a_refused_try_counts_nowhere() -> None:
    fail("pin", nik(1), place(1), times=5)
    for _ in range(50):
        with pytest.raises(Closed) as refused:
            limits.begin("pin", nik(1), place(1), NOW + HOUR / 2)
    assert refused.value.retry_after == 3600
    assert Attempt.select().count() == 5


def test_parallel_tries_all_count() -> None:
    """Fifty at once: the rows are written before anybody counts, so no more than five are let through."""

    def attempt(n: int) -> bool:
        db.connection_opened()
        try:
            limits.begin("pin", nik(1), place(n), NOW)
        except Closed:
            return False
        finally:
            db.database.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        let_through = sum(pool.map(attempt, range(50)))
    assert let_through <= 5
    assert Attempt.select().count() == let_through


def test_rows_name_nobody() -> None:
    limits.begin("pin", nik(1), limits.where("203.0.113.9", "a-cookie", False), NOW)
    row = Attempt.get()
    stored = bytes(row.subject) + bytes(row.source) + bytes(row.browser)
    assert len(stored) == 96
    for plain in (b"203.0.113.9", b"a-cookie", b"0000000000000001"):
        assert plain not in stored


# until the owner opens it -----------------------------------------------------------------------------


def test_twenty_in_all_close_a_claim_until_it_is_opened_again() -> None:
    for n in range(19):
        fail("pin", nik(1), place(n), at=n * 5 * HOUR)
    assert not limits.is_exhausted(nik(1), NOW - MOMENT)
    fail("pin", nik(1), place(19), at=20 * 5 * HOUR)
    assert limits.is_exhausted(nik(1), NOW - MOMENT)
    assert not limits.is_exhausted(nik(1), NOW - MOMENT, more=1)
    assert not limits.is_exhausted(nik(1), NOW + 20 * 5 * HOUR)
    assert not limits.is_exhausted(nik(2), NOW - MOMENT)


def test_after_ninety_days_only_wrong_pins_stay_and_without_their_place() -> None:
    fail("pin", nik(1), place(1, browser=1))
    fail("kunci", nik(1), place(1))
    limits.succeeded(limits.begin("pin", nik(2), place(2), NOW))
    assert limits.purge(NOW + 90 * DAY - MOMENT) == 0
    assert limits.purge(NOW + 90 * DAY) == 3
    assert limits.purge(NOW + 90 * DAY) == 0
    row = Attempt.get()
    assert (bytes(row.subject), bytes(row.source), row.browser) == (nik(1), b"", None)


# the whole system ---------------------------------------------------------------------------------------


def test_the_breaker_closes_the_path_for_everybody_for_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    wrong_tries(1000, timedelta(0))
    assert is_closed("pin", nik(5000), place(5000))
    assert is_closed("pin", nik(5001), place(5001), HOUR - MOMENT)
    assert not is_closed("kunci", nik(5000), place(5000))
    assert not is_closed("pin", nik(5000), place(5000), HOUR)
    assert [r.message.partition(":")[0] for r in caplog.records] == ["breaker"]


def test_the_breaker_holds_its_hour_although_the_rows_grow_old() -> None:
    wrong_tries(1000, timedelta(0))
    assert is_closed("pin", nik(5000), place(5000), HOUR - timedelta(minutes=10))
    assert is_closed("pin", nik(5000), place(5000), HOUR + timedelta(minutes=30))
    assert not is_closed("pin", nik(5000), place(5000), 2 * HOUR - timedelta(minutes=10))


def test_a_busy_office_moves_the_breaker() -> None:
    for hour in range(1, 100):
        wrong_tries(250, -hour * HOUR)
    wrong_tries(1240, timedelta(0))
    assert not is_closed("pin", nik(90000), place(90000))
    wrong_tries(11, timedelta(0))
    assert is_closed("pin", nik(90000), place(90000))


def test_the_alarm_is_one_line_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    wrong_tries(99, timedelta(0))
    fail("pin", nik(5000), place(5000))
    assert caplog.records == []
    for n in range(5):
        fail("pin", nik(5001 + n), place(5001 + n))
    assert len(caplog.records) == 1
    assert caplog.records[0].message == "alarm: 101 wrong PINs on new phones in an hour, usually 0"
    wrong_tries(99, HOUR)
    fail("pin", nik(6000), place(6000), at=HOUR)
    assert len(caplog.records) == 1
    fail("pin", nik(6001), place(6001), at=HOUR)
    assert len(caplog.records) == 2


def test_no_alarm_when_it_is_the_usual_hour(caplog: pytest.LogCaptureFixture) -> None:
    for hour in range(1, 100):
        wrong_tries(60, -hour * HOUR)
    wrong_tries(150, timedelta(0))
    fail("pin", nik(90000), place(90000))
    assert caplog.records == []
    assert Beat.select().count() == 0
