"""The people whom attacks are tried on: each with a browser, each at another point of the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import product
from typing import Any

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Rule
from werkzeug.test import TestResponse

from app import db
from app.clock import FixedClock
from app.models import (
    Application,
    Device,
    GroupClaim,
    LateEntry,
    Notice,
    Objection,
    Offer,
    Posko,
    ResultPreview,
    Reversal,
    Staff,
    SuspectedPair,
    Wave,
)
from app.services import guide, mailing, sessions
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Visitor
from tests.staff import rows
from tests.walking import PIN, SITI, changed, register, until

NIK = SITI["identitas"]["nik"].replace(" ", "")
ROLES = ("officer", "verifier", "manager", "auditor")
#: Budi, another person in every respect.
BUDI = changed(
    identitas={
        "nama": "Budi Hartono",
        "nik": "359902 120390 0005",
        "kk": "359902 050410 0007",
        "lahir": "12",
        "lahir-b": "3",
        "lahir-t": "1990",
        "jk": "l",
    },
    alamat={"jalan": "Jalan Anggrek 9"},
    kontak={"hp": "0813-5555-0142"},
    phk={"perusahaan": "CV Kayu Lapis"},
)
MUTATING = {"POST", "PUT", "PATCH", "DELETE"}


def open_wave() -> Wave:
    return Wave.create(
        number=4,
        opens_at=NOW - timedelta(days=6),
        closes_at=NOW + timedelta(days=12),
        announce_at=NOW + timedelta(days=16),
        quota=164,
        created_at=NOW,
    )


@dataclass
class World:
    """Siti in a full and in a summary session, Budi, somebody in the middle of the wizard, and the whole office.

    Everybody is made when first asked for.
    """

    app: Flask
    clock: FixedClock
    wave: Wave
    base_url: str = PUBLIC_URL
    _staff: dict[str, Visitor] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def stranger(self, address: str = "127.0.0.1") -> Visitor:
        """A new browser."""
        return Visitor(self.app, self.base_url, address)

    @cached_property
    def full(self) -> Visitor:
        visitor = self.stranger()
        register(visitor)
        return visitor

    @cached_property
    def summary(self) -> Visitor:
        """Siti on a phone that is not known: NIK and PIN only."""
        assert self.full
        visitor = self.stranger()
        page = visitor.open("/masuk")
        response = visitor.ask(
            "POST",
            "/masuk",
            data={"nik": NIK, "pin": PIN, "csrf_token": page.form(None, "nik").values["csrf_token"]},
        )
        assert response.status_code == 303
        return visitor

    @cached_property
    def other(self) -> Visitor:
        visitor = self.stranger("10.20.30.40")
        register(visitor, BUDI)
        return visitor

    @cached_property
    def draft(self) -> Visitor:
        """Somebody before the PIN step: known by a random token only."""
        visitor = self.stranger()
        until(visitor, "identitas", BUDI)
        return visitor

    def staff(self, role: str) -> Visitor:
        """A person of the office after both factors, on a tablet."""
        if role not in self._staff:
            self._staff[role] = visitor = self.stranger()
            person = Staff.create(
                username=f"uji.{role}",
                name=f"Uji {role.title()}",
                role=role,
                posko=Posko.get(Posko.district == "35.08.15") if role == "officer" else None,
                enrolled_at=NOW,
                created_at=NOW,
            )
            with db.writing():
                token = sessions.open_session("staff", self.clock.now(), staff=person)
            give_session(visitor, token, "/petugas")
        return self._staff[role]

    def renew(self, visitor: Visitor) -> None:
        """Sign a person in anew who was signed out on the way (by wrong PINs, or by leaving)."""
        now = self.clock.now()
        if visitor is self.__dict__.get("full"):
            row = Device.select().order_by(Device.created_at, Device.id).first()
            Device.update(wrong_pins=0, revoked_at=None).where(Device.id == row.id).execute()
            token = sessions.open_session("full", now, applicant=row.applicant, device=row)
            give_session(visitor, token, "/")
        for role, tablet in self._staff.items():
            if tablet is visitor:
                person = Staff.get(Staff.username == f"uji.{role}")
                give_session(visitor, sessions.open_session("staff", now, staff=person), "/petugas")

    def everybody(self) -> dict[str, Visitor]:
        """Every kind of asker."""
        people = {
            "anonymous": self.stranger(),
            "draft": self.draft,
            "summary": self.summary,
            "full": self.full,
        }
        return people | {role: self.staff(role) for role in ROLES}

    # routes -----------------------------------------------------------------------------------------

    def paths(self, method: str) -> Iterator[tuple[Rule, str]]:
        """(rule, path) of every route that takes the method, with values that belong to Siti where there are any."""
        for rule in sorted(self.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
            if method in (rule.methods or ()):
                yield from ((rule, path) for path in self.paths_of(rule))

    def paths_of(self, rule: Rule) -> Iterator[str]:
        """Addresses of a route. A variable that nobody taught us gets a value that no row has, and test_csrf.py says so."""
        names = sorted(rule.arguments)
        for values in product(*(self._values(rule, name) for name in names)):
            built = rule.build(dict(zip(names, values, strict=True)))
            assert built, rule
            yield str(built[1])

    def _values(self, rule: Rule, name: str) -> list[Any]:
        converter = rule._converters[name]
        if isinstance(converter, AnyConverter):
            return sorted(converter.items)
        known = VALUES.get((rule.endpoint, name)) or VALUES.get(("", name))
        if known is None:
            self.unknown.add(f"<{name}> of {rule.rule}")
            return [NO_ROW if isinstance(converter, IntegerConverter) else "tidak-ada"]
        return [known(self)]


def application_of(world: World) -> int:
    assert Application.select().exists() or world.full
    return int(Application.select().order_by(Application.submitted_at, Application.id).first().id)


def notice_of(world: World) -> int:
    application = application_of(world)
    return int(Notice.get(Notice.application == application).id)


def preview_of(world: World) -> int:
    """A checked file of results that waits for the manager to apply it."""
    world.staff("manager")
    row = ResultPreview.get_or_none()
    if row is None:
        uploader = Staff.get(Staff.username == "uji.manager")
        row = ResultPreview(
            wave=world.wave, staff=uploader, name="hasil.csv", sha256="0" * 64, at=world.clock.now()
        )
        lists = {key: [] for key in ("outcomes", "faults", "skipped", "unread")}
        row.checked = json.dumps(lists | dict.fromkeys(("rows", "same", "fault_count", "skipped_count"), 0))
        row.save(force_insert=True)
    return int(row.id)


def pair_of(world: World) -> int:
    """Two records that may be one person."""
    one = Application.get_by_id(application_of(world)).applicant
    found = SuspectedPair.get_or_none()
    return int(found.id) if found else rows.pair(one)


def stop_token_of(world: World) -> str:
    """What ends the emails to Siti."""
    return mailing.stop_token(Application.get_by_id(application_of(world)).applicant)


def offer_of(world: World) -> int:
    """A freed seat is offered to Siti."""
    mine = Application.get_by_id(application_of(world))
    found = Offer.get_or_none(Offer.application == mine)
    day = {"made_at": world.clock.now(), "expires_at": world.clock.now() + timedelta(days=3)}
    return int((found or Offer.create(application=mine, wave=world.wave, via="open", **day)).id)


def objection_of(world: World) -> int:
    """Siti objects to a result."""
    row = Objection.get_or_none()
    if row is None:
        now = world.clock.now()
        row = Objection(application=application_of(world), about="result", made_at=now, due_at=now)
        row.text = "Saya tidak setuju."
        row.save(force_insert=True)
    return int(row.id)


def reversal_of(world: World) -> int:
    """Somebody of the office proposes to take Siti's place away."""
    world.staff("manager")
    row = Reversal.get_or_none() or Reversal.create(
        application=application_of(world),
        to_state="revoked",
        reason="data_false",
        proposed_by=Staff.get(Staff.username == "uji.manager"),
        proposed_at=world.clock.now(),
    )
    return int(row.id)


def late_of(world: World) -> int:
    """Somebody of the office says that Siti's entry was missing from the list."""
    world.staff("manager")
    found = LateEntry.get_or_none()
    return int(found.id) if found else rows.late_entry(Application.get_by_id(application_of(world)))


#: An id that is possible and that nobody has.
NO_ROW = 2**62 - 1


def claim_of(world: World) -> int:
    """Somebody says to belong to a group that owns seats."""
    found = GroupClaim.get_or_none()
    return int(found.id) if found else rows.group_claim(Application.get_by_id(application_of(world)))


def colleague_of(world: World) -> int:
    """Another account of the office."""
    world.staff("verifier")
    return int(Staff.get(Staff.username == "uji.verifier").id)


#: (endpoint or "" for all, variable of the address) -> a value that exists.
VALUES: dict[tuple[str, str], Any] = {
    ("", "application_id"): application_of,
    ("staff.task", "slug"): lambda _: "perlu-dibetulkan",
    ("official.notice", "code"): lambda world: Notice.get_by_id(notice_of(world)).code,
    ("", "code"): lambda _: next(iter(guide.STEPS)),
    ("", "slug"): lambda _: "alamat",
    ("", "notice_id"): notice_of,
    ("", "pair_id"): pair_of,
    ("", "claim_id"): claim_of,
    ("", "preview_id"): preview_of,
    ("", "offer_id"): offer_of,
    ("", "objection_id"): objection_of,
    ("", "reversal_id"): reversal_of,
    ("", "late_id"): late_of,
    ("", "number"): lambda world: world.wave.number,
    ("", "kind"): lambda _: "result",
    ("", "broadcast_id"): lambda _: rows.broadcast(),
    ("", "posko_id"): lambda _: rows.posko().id,
    ("", "staff_id"): colleague_of,
    ("", "task_id"): lambda world: rows.call(Application.get_by_id(application_of(world)).applicant),
    ("stop_mail.ask", "token"): stop_token_of,
    ("stop_mail.stop", "token"): stop_token_of,
}


def give_session(visitor: Visitor, token: str, path: str) -> None:
    """Put a session's token into the cookie of an area, as signing in does."""
    with visitor.http.session_transaction(path, base_url=visitor.base_url) as cookie:
        cookie["_user_id"] = token
        cookie["_fresh"] = True


def csrf_token(visitor: Visitor, path: str) -> str:
    """A CSRF token of this visitor's session in the area of a path."""
    area = "/petugas/csrf" if path.startswith("/petugas") else "/csrf"
    response = visitor.ask("GET", area)
    assert response.status_code == 200, response.status
    return str(response.get_json()["token"])


def post(visitor: Visitor, path: str, method: str = "POST", **options: Any) -> TestResponse:
    """A request with a right CSRF token in its header, as a page of ours would send it."""
    headers = {"X-CSRFToken": csrf_token(visitor, path)} | options.pop("headers", {})
    return visitor.ask(method, path, headers=headers, **options)
