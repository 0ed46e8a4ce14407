"""The paper behind a group claim: seen by one person of the office, confirmed or refused by another (D9)."""

from __future__ import annotations

from datetime import datetime

from app.db import locked_for_update, writing
from app.models import Draw, GroupClaim
from app.rules import groups
from app.rules.groups import Standing
from app.services import audit, group_claims, notices
from app.services.casework import Changed
from app.services.ledger import Actor
from app.services.wave_control import NotNow

LOCKED = "Daftar peserta gelombang ini sudah dikunci. Kelompok tidak bisa diubah lagi."


class SamePerson(Exception):
    """Whoever saw the paper cannot be the second person too (ASVS 2.3.5)."""


def mark_seen(claim_id: int, paper: str, seen: str, actor: Actor, now: datetime) -> None:
    """One person has a paper of this kind (a code of rules.groups.PAPERS) in front of them. Raises Changed, NotNow."""
    with writing():
        claim = _as_seen(claim_id, seen, Standing.CLAIMED, Standing.REFUSED)
        columns = {
            "state": Standing.SEEN.value,
            "evidence": dict(groups.PAPERS[claim.group])[paper],
            "seen_by": actor.staff,
            "seen_at": now,
            "decided_by": None,
            "decided_at": None,
        }
        GroupClaim.update(columns).where(GroupClaim.id == claim.id).execute()
        _note(claim, "group.seen", paper, actor, now)


def confirm(claim_id: int, seen: str, actor: Actor, now: datetime) -> None:
    """Another person has seen it too: from now on the claim counts. Raises SamePerson, Changed, NotNow."""
    with writing():
        claim = _as_seen(claim_id, seen, Standing.SEEN)
        _by_another(claim.seen_by_id, actor)
        _decide(claim, Standing.CONFIRMED, claim.evidence, actor, now)
        _note(claim, "group.confirm", "", actor, now)
        _tell(claim, Standing.CONFIRMED, "", now)


def refuse(claim_id: int, why: str, seen: str, actor: Actor, now: datetime) -> None:
    """Another person says that the paper does not show it (a code of rules.groups.REFUSALS); also a confirmed claim,
    by somebody who did not confirm it. The person may bring another paper. Raises SamePerson, Changed, NotNow.
    """
    with writing():
        claim = _as_seen(claim_id, seen, Standing.SEEN, Standing.CONFIRMED)
        confirmed = claim.state == Standing.CONFIRMED
        _by_another(claim.decided_by_id if confirmed else claim.seen_by_id, actor)
        words = dict(groups.REFUSALS)[why]
        _decide(claim, Standing.REFUSED, f"{claim.evidence}{group_claims.REFUSED}{words}", actor, now)
        _note(claim, "group.refuse", why, actor, now)
        _tell(claim, Standing.REFUSED, words, now)


def _as_seen(claim_id: int, seen: str, *states: Standing) -> GroupClaim:
    """The claim, with its draw locked first so that it cannot be frozen meanwhile."""
    known = group_claims.find(claim_id)
    if known is None:
        raise Changed
    locked_for_update(Draw.select(Draw.id).where(Draw.wave == known.application.wave_id)).execute()
    if group_claims.is_locked(known.application.wave_id):
        raise NotNow(LOCKED)
    claim: GroupClaim | None = locked_for_update(GroupClaim.select().where(GroupClaim.id == claim_id)).first()
    if claim is None or group_claims.mark(claim) != seen or claim.state not in states:
        raise Changed
    return claim


def _by_another(first: int | None, actor: Actor) -> None:
    if actor.staff is None or first is None or actor.staff.id == first:
        raise SamePerson


def _decide(claim: GroupClaim, state: Standing, evidence: str, actor: Actor, now: datetime) -> None:
    columns = {"state": state.value, "evidence": evidence[:120], "decided_by": actor.staff, "decided_at": now}
    GroupClaim.update(columns).where(GroupClaim.id == claim.id).execute()


def _note(claim: GroupClaim, verb: str, detail: str, actor: Actor, now: datetime) -> None:
    about = f"{claim.group} {detail}".strip()
    audit.record(actor.audit_name, verb, f"application:{claim.application_id}", now, about)


def _tell(claim: GroupClaim, standing: Standing, why: str, now: datetime) -> None:
    said = groups.words(claim.group, standing, locked=False, why=why)
    notices.write(
        applicant_id=claim.application.applicant_id,
        application=claim.application,
        wave_id=claim.application.wave_id,
        kind="group",
        key=f"group:{claim.id}:{standing.value}:{round(now.timestamp())}",
        title="Ada kabar tentang bukti Anda",
        body=f"{said.title} {said.text}",
        path="/saya",
        now=now,
    )
