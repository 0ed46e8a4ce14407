"""Made-up applicants: as many as one likes, no two alike, and none that the product would refuse."""

from __future__ import annotations

from datetime import date

from app.rules import nik, pin
from bench import people

TODAY = date(2026, 11, 22)


def test_no_two_people_share_a_nik() -> None:
    numbers = [*range(3_000), *range(10_000_000, 10_003_000)]  # two drivers, as load.run numbers them
    assert len({people.nik_of(number, TODAY)[0] for number in numbers}) == len(numbers)


def test_every_nik_may_register_and_one_in_fifty_is_asked_about() -> None:
    doubted = 0
    for number in range(500):
        own, born, sex = people.nik_of(number, TODAY)
        assert nik.refusal(own) is None
        assert 18 <= (TODAY - born).days // 366 <= 64
        doubted += bool(nik.warnings(own, born, sex))
    assert doubted == 10


def test_no_pin_is_refused() -> None:
    for number in range(50):
        said = people.answers(number, TODAY)
        own, born, _ = people.nik_of(number, TODAY)
        chosen, card = str(said["pin"]["pin"]), str(said["identitas"]["kk"])
        assert pin.refusal(chosen, nik=own, kk=card, phone="", birth_date=born) is None


def test_no_two_people_share_a_network() -> None:
    numbers = [
        n + first for first in range(0, 40_000_000, 10_000_000) for n in range(70_000)
    ]  # as bench numbers them
    assert len({people.address_of(number) for number in numbers}) == len(numbers)
