"""From a draft to a registration: the PIN makes a person, sending makes an application, exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import IntegrityError

from app.crypto import fingerprint, new_ids
from app.db import acknowledged, locked_for_update
from app.models import Applicant, Application, ApplicationVersion, Consent, Draft, Wave
from app.prepared import Prepared, insert_all
from app.rules import codes, local_time, states
from app.rules.channels import SMS_ASKED
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import applicants, audit, contact, group_claims, kunci, ledger, notices, waves
from app.services.ledger import APPLICANT

Answers = dict[str, dict[str, Any]]

_locked_draft: Prepared[Draft] = Prepared(
    lambda key: locked_for_update(Draft.select().where(Draft.id == key))
)


class TooLate(Exception):
    """The wave closed, or the office is at work on it: what was sent can no longer be changed by its owner."""


@dataclass(frozen=True)
class Receipt:
    """What sending gives. `kunci` is shown once; None when this press was a repeat. `old_address` is the proved email
    that was replaced: whoever reads it is to be told."""

    application: Application
    kunci: str | None
    old_address: str = ""


def send(draft_id: int, given: Answers, notice_text: str, zone: str, now: datetime) -> Receipt:
    """Turn a complete, valid draft into an application, or return the one it became before.

    One transaction that is on the disk when it returns. Sent twice, from two phones, or after Back: one record.
    Raises TooLate, and contact.TooEarly when a number or address would change on the day of a PIN reset.
    """
    for _ in range(3):  # a ticket that is taken already (one in 10^11) or a faster claim to the same NIK
        try:
            with acknowledged():
                draft = _locked_draft.first(draft_id)
                if draft is None:
                    raise LookupError("the draft is gone")
                if draft.done_at is not None:
                    return Receipt(Application.get_by_id(draft.application_id), None)
                if draft.application_id is not None:
                    return _change(draft, given, now)
                return _create(draft, given, notice_text, zone, now)
        except IntegrityError:
            continue
    raise RuntimeError("no free ticket in three tries")


def _create(draft: Draft, given: Answers, notice_text: str, zone: str, now: datetime) -> Receipt:
    applicant = Applicant.get_by_id(draft.applicant_id)
    fresh = kunci.make(applicant.id, now)
    moved = contact.change(applicant, given["kontak"], now)
    applicants.take_everything(applicant, given)
    applicant.claim = "disputed" if applicants.is_claimed(applicant) else "holder"
    for name, value in fresh.columns.items():
        setattr(applicant, name, value)
    applicants.save_changes(applicant)
    wave = waves.open_wave(now)
    application = Application(
        applicant=applicant,
        wave=wave,
        draft_id=draft.id,
        ticket=codes.new_code(),
        entry_number=codes.new_code(),
        state=State.SUBMITTED.value,
        work=given["pekerjaan"]["kerja"],
        submitted_at=now,
        changed_at=now,
    )
    application.answers = json.dumps(given, ensure_ascii=False)
    application.save(force_insert=True)
    _note_consents(applicant.id, given["persetujuan"], notice_text, now)
    ledger.begin(application, Reason.SENT_BY_APPLICANT, APPLICANT, now)
    if moved:
        contact.tell(application, moved, now)
    group_claims.claim_for(application)
    _confirm(application, wave, zone, now)
    audit.record("applicant", "application.send", f"application:{application.id}", now)
    _finish(draft, application, now)
    return Receipt(application, fresh.shown, moved.old_address if moved else "")


def _change(draft: Draft, given: Answers, now: datetime) -> Receipt:
    found = Application.select().where(Application.id == draft.application_id)
    application: Application = locked_for_update(found).get()
    if not may_change(application, now):
        raise TooLate
    version = ApplicationVersion(application=application, n=application.version, at=application.changed_at)
    version.answers = application.answers
    version.save(force_insert=True)
    applicant = application.applicant
    moved = contact.change(applicant, given["kontak"], now)
    applicants.take_everything(applicant, given)
    if applicant.claim == "holder" and applicants.is_claimed(
        applicant
    ):  # the corrected NIK belongs to somebody else's claim
        applicant.claim = "disputed"
    applicants.save_changes(applicant)
    application.answers = json.dumps(given, ensure_ascii=False)
    application.work = given["pekerjaan"]["kerja"]
    application.version += 1
    application.changed_at = now
    application.save()
    group_claims.claim_for(application)
    if application.state == State.NEEDS_FIX:
        ledger.move(application, State.SUBMITTED, Reason.FIXED_BY_APPLICANT, APPLICANT, now)
    else:
        ledger.remark(application, Reason.EDITED, APPLICANT, now)
    if moved:
        contact.tell(application, moved, now)
    audit.record("applicant", "application.change", f"application:{application.id}", now)
    _finish(draft, application, now)
    return Receipt(application, None, moved.old_address if moved else "")


def may_change(application: Application, now: datetime) -> bool:
    """Until the wave closes; a person who waits for the next wave may always, and so may one asked to fix."""
    if not states.editable(State(application.state)):
        return False
    wave = application.wave
    return wave is None or application.state == State.NEEDS_FIX or wave.closes_at > now


def _note_consents(applicant_id: int, said: dict[str, Any], notice_text: str, now: datetime) -> None:
    shown = dict.fromkeys(("push", "wa", "lpk"), fingerprint(notice_text))
    if "sms" in said:  # asked only where the office has a gateway
        shown["sms"] = fingerprint(SMS_ASKED)
    insert_all(
        [
            Consent(
                id=row_id,
                applicant=applicant_id,
                purpose=purpose,
                given=bool(said[purpose]),
                text_sha256=words,
                at=now,
            )
            for row_id, (purpose, words) in zip(new_ids(len(shown)), shown.items(), strict=True)
        ]
    )


def _confirm(application: Application, wave: Wave | None, zone: str, now: datetime) -> None:
    if wave is None:
        then = "Belum ada gelombang yang dibuka. Pendaftaran Anda kami simpan untuk gelombang berikutnya."
    else:
        closes = local_time.day_clock(wave.closes_at, zone)
        then = f"Anda ikut Gelombang {wave.number}. Data masih bisa diubah sampai {closes}."
    notices.write(
        applicant_id=application.applicant_id,
        application=application,
        wave_id=wave.id if wave else None,
        kind="received",
        key=f"received:{application.id}",
        title="Pendaftaran Anda sudah kami terima",
        body=f"Nomor pendaftaran {codes.shown(application.ticket)}. {then}",
        path="/saya",
        now=now,
    )


def _finish(draft: Draft, application: Application, now: datetime) -> None:
    draft.application_id = application.id
    draft.done_at = draft.touched_at = now
    draft.answers = "{}"
    # Only these: the other columns are indexed, and an index is written whenever its column is named.
    draft.save(only=[Draft.application_id, Draft.done_at, Draft.touched_at, Draft.answers])
