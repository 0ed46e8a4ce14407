"""Groups with seats of their own: what waits for a paper, what waits for a second person, one claim at a time."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import auth
from app.forms.staff_group import SecondForm, SeenForm
from app.models import GroupClaim
from app.rules import groups, local_time
from app.rules.groups import Standing
from app.services import group_claims, group_evidence, office
from app.services.casework import Changed
from app.services.group_evidence import SamePerson
from app.services.wave_control import NotNow
from app.views.staff.applicant import looked_at
from app.views.staff.area import CASEWORK, EVERYBODY, about, actor, pages, refused, staff
from app.views.staff.search import own_district

Answer = str | Response | tuple[str, int]

HEADINGS = {
    Standing.SEEN: "Menunggu petugas kedua",
    Standing.CLAIMED: "Belum ada surat yang dilihat",
}


@pages.get("/kelompok")
@auth.roles(*EVERYBODY)
def group_claims_waiting() -> Answer:
    """What waits: for a second person first, then for a paper."""
    district = own_district()
    lists = [
        (
            heading,
            group_claims.listed(standing, district),
            local_time.number(group_claims.waiting(standing, district)),
        )
        for standing, heading in HEADINGS.items()
    ]
    return render_template(
        "staff/groups.html",
        at="beranda",
        lists=lists,
        names=groups.NAMES,
        most=group_claims.MOST,
        district_only=district is not None,
    )


@pages.get("/kelompok/<int:claim_id>")
@auth.roles(*EVERYBODY)
def group_claim(claim_id: int) -> Answer:
    """One claim: where it stands and what this person may do now."""
    claim = _found(claim_id)
    return _page(claim, SeenForm(claim.group), _second(claim), group_claims.mark(claim))


@pages.post("/kelompok/<int:claim_id>/surat")
@auth.roles(*CASEWORK)
def see_paper(claim_id: int) -> Answer:
    """A paper lies on the table."""
    claim, seen = _found(claim_id), request.form.get("seen", "")
    form = SeenForm(claim.group, request.form)
    if not form.validate():
        return _page(claim, form, _second(claim), seen), 422
    try:
        group_evidence.mark_seen(claim.id, form.surat.data, seen, actor(), auth.now())
    except Changed:
        return _faster(claim_id)
    except NotNow as problem:
        return _not_now(claim_id, problem)
    flash("Surat dicatat. Sekarang petugas lain yang memeriksa.")
    return redirect(url_for(".group_claim", claim_id=claim_id), 303)


@pages.post("/kelompok/<int:claim_id>/periksa")
@auth.roles(*CASEWORK)
def second_look(claim_id: int) -> Answer:
    """Another person has looked too."""
    claim, seen = _found(claim_id), request.form.get("seen", "")
    form = _second(claim, request.form)
    if not form.validate():
        return _page(claim, SeenForm(claim.group), form, seen), 422
    try:
        if form.putusan.data == "terima":
            group_evidence.confirm(claim.id, seen, actor(), auth.now())
        else:
            group_evidence.refuse(claim.id, form.putusan.data, seen, actor(), auth.now())
    except Changed:
        return _faster(claim_id)
    except NotNow as problem:
        return _not_now(claim_id, problem)
    except SamePerson:
        return refused(
            403,
            "Perlu petugas lain",
            "Anda yang lebih dulu mencatat surat ini. Karena itu petugas lain yang memeriksanya.",
            url_for(".group_claim", claim_id=claim_id),
            "Kembali",
        )
    flash("Dicatat. Pendaftar sudah dikabari.")
    return redirect(url_for(".group_claim", claim_id=claim_id), 303)


def _found(claim_id: int) -> GroupClaim:
    claim = group_claims.find(claim_id)
    if claim is None or claim.group not in groups.NAMES:
        abort(404)
    looked_at(claim.application.applicant)
    return claim


def _second(claim: GroupClaim, said: Any = None) -> SecondForm:
    return SecondForm(claim.state == Standing.CONFIRMED, said)


def _page(claim: GroupClaim, first: SeenForm, second: SecondForm, seen: str) -> str:
    zone, standing = office.current().zone, Standing(claim.state)
    before = claim.decided_by_id if standing is Standing.CONFIRMED else claim.seen_by_id
    works = staff().role in CASEWORK and not group_claims.is_locked(claim.application.wave_id)
    return render_template(
        "staff/group.html",
        **about(claim.application),
        claim=claim,
        name=groups.NAMES[claim.group],
        bring=groups.BRING[claim.group],
        label=groups.LABELS[standing],
        locked=group_claims.is_locked(claim.application.wave_id),
        seen_at=local_time.short(claim.seen_at, zone) if claim.seen_at else "",
        decided_at=local_time.short(claim.decided_at, zone) if claim.decided_at else "",
        may_see=works and standing in (Standing.CLAIMED, Standing.REFUSED),
        may_check=works and standing in (Standing.SEEN, Standing.CONFIRMED),
        own=before == staff().id,
        first=first,
        second=second,
        errors=[*first.error_list(), *second.error_list()],
        seen=seen,
    )


def _faster(claim_id: int) -> tuple[str, int]:
    return refused(
        409,
        "Sudah berubah",
        "Orang lain baru saja mengubah ini. Lihat dulu keadaan terbarunya.",
        url_for(".group_claim", claim_id=claim_id),
        "Lihat lagi",
    )


def _not_now(claim_id: int, problem: NotNow) -> tuple[str, int]:
    return refused(409, "Sudah dikunci", problem.words, url_for(".group_claim", claim_id=claim_id), "Kembali")
