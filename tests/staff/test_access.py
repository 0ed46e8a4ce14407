"""Who may open what: every address of /petugas, as every role and as nobody, against one table.

An address that is missing from the table fails, so nobody adds a page without saying whom it is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.clock import FixedClock
from app.models import Application, ResultPreview, Staff
from app.rules.states import State
from app.services import staff_accounts
from app.services.office import OfficeFacts
from tests.conftest import NOW, PUBLIC_URL
from tests.pages import Visitor
from tests.staff import rows

ALL = {"officer", "verifier", "manager", "auditor"}
CASEWORK = {"officer", "verifier", "manager"}
RESULTS = {"verifier", "manager"}
MANAGER = {"manager"}
OPEN = {*ALL, "half", "nobody"}
IDS = (
    *("application_id", "pair_id", "claim_id", "objection_id", "reversal_id", "late_id", "broadcast_id"),
    *("posko_id", "staff_id"),
)

WHO = {
    # signing in and enrolling
    "sign_in": OPEN,
    "check_password": OPEN,
    "code": OPEN,
    "check_code": OPEN,
    "sign_out": OPEN,
    "invitation": OPEN,
    "check_invitation": OPEN,
    "password": OPEN,
    "choose_password": OPEN,
    "second_factor": OPEN,
    "check_second_factor": OPEN,
    "pwa.token": OPEN,  # the CSRF token of this browser, for forms sent later
    "pwa.alive": OPEN,  # asks whether there is a network, and gets nothing
    # looking
    "home": ALL,
    "search": ALL,
    "find": ALL,
    "search_wider": ALL,
    "task": ALL,
    "applicant": ALL,
    "waves": ALL,
    "wave": ALL,
    "devices": ALL,
    "end_session": ALL,
    # one applicant
    "ask_numbers": CASEWORK,
    "open_numbers": CASEWORK,
    "ask_fix": CASEWORK,
    "mark_fix": CASEWORK,
    "ask_move": CASEWORK,
    "move_deadline": CASEWORK,
    "late": ALL,
    "mark_complete": CASEWORK,
    "nik_matches": CASEWORK,
    "ask_pin_code": CASEWORK,
    "issue_pin_code": CASEWORK,
    "ask_settle": CASEWORK,
    "settle": CASEWORK,
    # two records, one person?
    "suspected_pairs": ALL,
    "decided_pairs": ALL,
    "suspected_pair": ALL,
    "decide_pair": RESULTS,
    "undo_pair": RESULTS,
    # groups with seats of their own
    "group_claims_waiting": ALL,
    "group_claim": ALL,
    "see_paper": CASEWORK,
    "second_look": CASEWORK,
    # results
    "ask_result": RESULTS,
    "set_result": RESULTS,
    "upload": RESULTS,
    "check_file": RESULTS,
    "preview": RESULTS,
    "apply_file": RESULTS,
    "wrong_rows": RESULTS,
    "drop_file": RESULTS,
    "ask_rest": RESULTS,
    "fill_rest": RESULTS,
    # taking a place, and objections
    "ask_reversal": MANAGER,
    "propose_reversal": MANAGER,
    "reversals_waiting": {*RESULTS, "auditor"},
    "reversal": {*RESULTS, "auditor"},
    "confirm_reversal": RESULTS,
    "drop_reversal": RESULTS,
    "late_entries": ALL,
    "ask_late_entry": RESULTS,
    "propose_late_entry": RESULTS,
    "late_entry": {*RESULTS, "auditor"},
    "confirm_late_entry": RESULTS,
    "drop_late_entry": RESULTS,
    "objections": ALL,
    "objection": ALL,
    "take_objection": CASEWORK,
    "answer_objection": CASEWORK,
    "confirm_objection": RESULTS,
    # waves
    "plan": MANAGER,
    "create": MANAGER,
    "change": MANAGER,
    "save_change": MANAGER,
    "ask_act": MANAGER,
    "act": MANAGER,
    "ask_publish": MANAGER,
    "publish": MANAGER,
    "cancel_publish": MANAGER,
    # calling
    "call_list": ALL,
    "call": CASEWORK,
    "note_call": CASEWORK,
    "next_call": CASEWORK,
    "take_call": CASEWORK,
    # telling many
    "broadcast_list": {*RESULTS, "auditor"},
    "broadcast": {*RESULTS, "auditor"},
    "broadcast_live": {*RESULTS, "auditor"},
    "new_broadcast": MANAGER,
    "write_broadcast": MANAGER,
    "edit_broadcast": MANAGER,
    "save_broadcast": MANAGER,
    "send_broadcast": MANAGER,
    "drop_broadcast": MANAGER,
    "confirm_broadcast": RESULTS,
    "stop_broadcast": RESULTS,
    # many people behind one address
    "ask_network": CASEWORK,
    "open_network": CASEWORK,
    # who opened what
    "openings_of_day": {"manager", "auditor"},
    # help posts and accounts
    "posko_list": {"manager", "auditor"},
    "new_posko": MANAGER,
    "add_posko": MANAGER,
    "edit_posko": MANAGER,
    "save_posko": MANAGER,
    "ask_switch_posko": MANAGER,
    "switch_posko": MANAGER,
    "accounts": {"manager", "auditor"},
    "account": MANAGER,
    "new_account": MANAGER,
    "invite_account": MANAGER,
    "edit_account": MANAGER,
    "save_account": MANAGER,
    "ask_account": MANAGER,
    "do_account": MANAGER,
    # who heard
    "reached": ALL,
    "not_reached": ALL,
    # draws
    "draw": ALL,
    "ask_draw_rules": MANAGER,
    "change_draw_rules": MANAGER,
    "ask_promise": MANAGER,
    "make_promise": MANAGER,
    "ask_list": MANAGER,
    "list_entrants": MANAGER,
    "ask_freeze": MANAGER,
    "freeze": MANAGER,
    "ask_run": MANAGER,
    "run": MANAGER,
    "ask_attest": RESULTS,
    "attest": RESULTS,
    "ask_publish_draw": MANAGER,
    "publish_draw": MANAGER,
}


def _rules(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address with placeholders) for everything below /petugas."""
    for rule in app.url_map.iter_rules():
        if rule.rule == "/petugas" or rule.rule.startswith("/petugas/"):
            name = rule.endpoint.removeprefix("staff.")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield name, method, rule.rule


class _Person:
    """Somebody at the door: signed in as a role, half signed in, or nobody."""

    def __init__(self, app: Flask, clock: FixedClock, kind: str) -> None:
        self.kind = kind
        self.visitor = Visitor(app, PUBLIC_URL)
        page = self.visitor.open("/petugas/masuk")
        self.staff: Staff | None = None
        if kind != "nobody":
            role = kind if kind in ALL else "manager"
            person = rows.officer(app, clock, f"{kind}.satu", role)
            person.visitor, self.staff = self.visitor, person.staff
            if kind == "half":
                page = page.submit(nama=person.staff.username, sandi=rows.PASSWORD)
            else:
                person.sign_in()
                page = self.visitor.open("/petugas/cari")
        self.token = page.forms[0].values["csrf_token"]

    def ask(self, method: str, path: str, **more: str) -> TestResponse:
        data = {"csrf_token": self.token, "sesi": "semua"} | more if method == "POST" else None
        return self.visitor.ask(method, path, data=data)


def _address(rule: str, ids: dict[str, int | str]) -> str:
    known = {
        "what": "tutup" if "posko" in rule else "matikan"
    } | ids  # an act of those that the address offers
    return re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda found: str(known[found[1]]), rule)


def _is_sent_to_the_door(response: TestResponse) -> bool:
    return response.status_code == 303 and urlsplit(response.location).path == "/petugas/masuk"


def test_the_table_names_every_page_and_no_other(app: Flask) -> None:
    assert {name for name, *_ in _rules(app)} == set(WHO)


@pytest.mark.parametrize("kind", ["nobody", "half", "officer", "verifier", "manager", "auditor"])
def test_only_those_in_the_table_get_in(
    app: Flask, office: OfficeFacts, clock: FixedClock, kind: str
) -> None:
    wave = rows.wave(3, opens=-30, closes=-10)
    planned = rows.wave(5, opens=20, closes=30)
    application = rows.application(rows.applicant(), wave, State.IN_SELECTION)
    pair, claim = rows.pair(application.applicant), rows.group_claim(application)
    objection, reversal = rows.objection(application), rows.reversal(application)
    late = rows.late_entry(application)
    colleague = _colleague()
    person = _Person(app, clock, kind)
    wrong = []
    for name, method, rule in sorted(_rules(app)):
        if name == "sign_out":
            continue
        ids: dict[str, int | str] = {
            "application_id": application.id,
            "number": planned.number if name in ("change", "save_change", "ask_act", "act") else wave.number,
            "slug": "buka" if "act" in name else "cocokkan-nik",
            "kind": "result",
            "task_id": rows.call(application.applicant),
            "preview_id": _preview(wave, person.staff),
            "pair_id": pair,
            "claim_id": claim,
            "objection_id": objection,
            "broadcast_id": rows.broadcast(),
            "reversal_id": reversal,
            "late_id": late,
            "posko_id": rows.posko().id,
            "staff_id": colleague,
        }
        response = person.ask(method, _address(rule, ids))
        status = response.status_code
        if kind in WHO[name]:
            fits = status in (200, 204, 303, 409, 410, 422) and (
                WHO[name] is OPEN or not _is_sent_to_the_door(response)
            )
        elif kind in ("nobody", "half"):
            fits = _is_sent_to_the_door(response)
        else:
            fits = status == 404
        if not fits:
            wrong.append(f"{kind}: {method} {rule} answered {status} {response.location or ''}")
    assert wrong == []


def _colleague() -> int:
    """Somebody else's account."""
    return int(Staff.create(username="dewi.rekan", name="Dewi", role="officer", created_at=NOW).id)


def _preview(wave: object, staff: Staff | None) -> int:
    """A checked file of this person's own."""
    if staff is None:
        return 1
    row = ResultPreview(wave=wave, staff=staff, name="hasil.csv", sha256="0" * 64, at=NOW)
    row.checked = '{"rows":0,"same":0,"outcomes":[],"faults":[],"fault_count":0,"skipped":[],"skipped_count":0,"unread":[]}'
    row.save(force_insert=True)
    return int(row.id)


@pytest.mark.only_on("sqlite")
def test_signing_out_is_for_everybody(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    for kind in ("nobody", "half", "officer"):
        clock.move(timedelta(minutes=1))
        assert _is_sent_to_the_door(_Person(app, clock, kind).ask("POST", "/petugas/keluar"))


def test_a_page_that_names_nobody_does_not_exist(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    manager = _Person(app, clock, "manager")
    app.view_functions["staff.home"] = lambda: "forgot its guard"
    assert manager.ask("GET", "/petugas").status_code == 404


def test_no_write_without_the_token_of_the_own_session(
    app: Flask, office: OfficeFacts, clock: FixedClock
) -> None:
    manager, other = _Person(app, clock, "manager"), _Person(app, clock, "verifier")
    for name, method, rule in _rules(app):
        if method == "POST":
            ids: dict[str, int | str] = {"number": 3, "slug": "buka"}
            ids |= dict.fromkeys((*IDS, "preview_id", "task_id"), 1)
            path = _address(rule, ids)
            for data in ({}, {"csrf_token": other.token}):
                assert manager.visitor.ask("POST", path, data=data).status_code == 400, name
            crossed = {"Sec-Fetch-Site": "cross-site"}
            answer = manager.visitor.ask("POST", path, data={"csrf_token": manager.token}, headers=crossed)
            assert answer.status_code == 403, name


def test_nothing_changes_by_looking(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    from app.models import ALL as TABLES

    wave = rows.wave(3, opens=-30, closes=-10)
    application = rows.application(rows.applicant(), wave, State.IN_SELECTION)
    manager = _Person(app, clock, "manager")

    def contents() -> dict[str, list[object]]:
        kept = [t for t in TABLES if t.__name__ not in ("Session", "Attempt", "AuditLine", "Region")]
        return {t.__name__: sorted(t.select().tuples(), key=str) for t in kept}

    ids = _ids(application, manager.staff)
    before = contents()
    for _, method, rule in _rules(app):
        if method == "GET":
            manager.ask("GET", _address(rule, ids))
    assert contents() == before


def _ids(application: Application, staff: Staff | None) -> dict[str, int | str]:
    """A row of every kind that addresses name."""
    return {
        "application_id": application.id,
        "number": 3,
        "slug": "cocokkan-nik",
        "kind": "result",
        "task_id": rows.call(application.applicant),
        "preview_id": _preview(application.wave, staff),
        "pair_id": rows.pair(application.applicant),
        "claim_id": rows.group_claim(application),
        "objection_id": rows.objection(application),
        "reversal_id": rows.reversal(application),
        "late_id": rows.late_entry(application),
        "broadcast_id": rows.broadcast(),
        "posko_id": rows.posko().id,
        "staff_id": _colleague(),
    }


#: Boxes that hide what is typed, are offered to a browser's own store of passwords, or are named like one.
SECRET_BOX = re.compile(
    r'type="password"|autocomplete="(?:current|new)-password"|class="[^"]*\bdots\b'
    r'| name="(?:pin2?|pin_lagi|kunci|sandi|ulang)"'
)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("kind", ["officer", "verifier", "manager", "auditor"])
def test_nobody_of_the_office_types_a_secret_of_somebody_else(
    app: Flask, office: OfficeFacts, clock: FixedClock, kind: str
) -> None:
    """ASVS 6.4.6: on no page of any role, asked for or answered in vain, is a box for a PIN, a kunci or a password."""
    disputed = rows.applicant(name="Siti Lain", claim="disputed")
    rows.application(disputed, rows.wave(2, opens=-60, closes=-40), State.SUBMITTED)
    application = rows.application(rows.applicant(), rows.wave(3, opens=-30, closes=-10), State.SELECTED)
    person = _Person(app, clock, kind)
    ids, forms = _ids(application, person.staff), 0
    for name, method, rule in sorted(_rules(app)):
        if name == "sign_out" or WHO[name] is OPEN:
            continue
        said = person.ask(method, _address(rule, ids)).get_data(as_text=True)
        boxes = re.findall(r"<(?:input|textarea)[^>]*>", said)
        assert not [box for box in boxes if SECRET_BOX.search(box)], f"{method} {rule}"
        forms += 'name="kode"' in said
    assert forms or kind == "auditor", "a colleague's six digits are asked for"


@pytest.mark.only_on("sqlite")
def test_only_the_own_password_is_typed(app: Flask, office: OfficeFacts, clock: FixedClock) -> None:
    """The honest half of the test above: at the door and after an invitation the boxes are there, and are found."""
    visitor = Visitor(app, PUBLIC_URL)
    invited = staff_accounts.invite("ratna.baru", "Ratna", "manager", "", clock.now())
    pages = {"masuk": visitor.open("/petugas/masuk")}
    pages["undangan"] = visitor.open("/petugas/undangan")
    pages["sandi"] = pages["undangan"].submit(kode=invited)
    pages["kode"] = pages["sandi"].submit(sandi=rows.PASSWORD, ulang=rows.PASSWORD)
    found = {
        name: re.findall(
            r'name="(\w+)"',
            " ".join(box for box in re.findall(r"<input[^>]*>", page.html) if SECRET_BOX.search(box)),
        )
        for name, page in pages.items()
    }
    assert found == {"masuk": ["sandi"], "undangan": [], "sandi": ["sandi", "ulang"], "kode": []}


@pytest.mark.only_on("postgres")
def test_numbers_that_no_column_holds_are_not_found(
    app: Flask, office: OfficeFacts, clock: FixedClock
) -> None:
    manager = _Person(app, clock, "manager")
    for path in ("/petugas/pendaftar/99999999999999999999", "/petugas/gelombang/99999999999/hasil"):
        assert manager.ask("GET", path).status_code == 404
    rows.wave(3)
    assert manager.ask("GET", "/petugas/gelombang/3/hasil/99999999999999999999").status_code == 404
