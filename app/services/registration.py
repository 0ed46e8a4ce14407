"""From a draft to a registration: the PIN makes a person, sending makes an application, exactly once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import IntegrityError

from app.crypto import fingerprint, keys
from app.db import acknowledged, locked_for_update, writing
from app.models import Applicant, Application, ApplicationVersion, Consent, Draft, Wave
from app.rules import codes, local_time, names, nik, states
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, devices, kunci, ledger, notices, sessions, waves
from app.services.ledger import APPLICANT

Answers = dict[str, dict[str, Any]]


class TooLate(Exception):
    """The wave closed, or the office is at work on it: what was sent can no longer be changed by its owner."""


@dataclass(frozen=True)
class Welcome:
    """What the PIN step gives: the person, the session, the known phone, and the kunci to write down."""

    applicant: Applicant
    session_token: str
    device_token: str


@dataclass(frozen=True)
class Receipt:
    """What sending gives. `kunci` is shown once; None when this press was a repeat."""

    application: Application
    kunci: str | None


def is_known(said: dict[str, Any]) -> bool:
    """Whether this person is registered: only whoever also has the KK number and birth date right may learn it.

    Anybody who merely knows or guesses a NIK learns nothing (security threat 4).
    """
    found = Applicant.get_or_none(
        (Applicant.nik_index == keys().lookup_hash("nik", said["nik"]))
        & (Applicant.kk_index == keys().lookup_hash("kk", said["kk"]))
        & (Applicant.claim == "holder")
    )
    return found is not None and found.birth_date == said["lahir"]


def make_person(
    draft: Draft, given: Answers, pin: str, label: str, now: datetime, token: str | None = None
) -> Welcome:
    """The PIN step: from here on the draft belongs to a person and can be resumed on any phone.

    `token` is one that the browser holds already, so that it is a known phone even if our answer is lost.
    """
    applicant = Applicant(pin_set_at=now, created_at=now)
    applicant.pin_hash = keys().hash_secret(applicant.id, pin)  # slow on purpose, so before the transaction
    _take_identity(applicant, given["identitas"])
    with writing():
        applicant.save(force_insert=True)
        Draft.update(applicant=applicant).where(Draft.id == draft.id).execute()
        device_token = devices.register(applicant, label, False, now, token)
        device = devices.find(device_token, applicant)
        session_token = sessions.open_session("full", now, applicant=applicant, device=device)
    return Welcome(applicant, session_token, device_token)


def change_pin(applicant_id: int, pin: str, now: datetime) -> None:
    """A new PIN while still registering."""
    pin_hash = keys().hash_secret(applicant_id, pin)
    Applicant.update(pin_hash=pin_hash, pin_set_at=now).where(Applicant.id == applicant_id).execute()


def correct_identity(applicant_id: int, said: dict[str, Any]) -> None:
    """Identity answers changed after the PIN step: signing in must go by the new NIK."""
    applicant = Applicant.get_by_id(applicant_id)
    _take_identity(applicant, said)
    applicant.save()


def send(draft_id: int, given: Answers, notice_text: str, zone: str, now: datetime) -> Receipt:
    """Turn a complete, valid draft into an application, or return the one it became before.

    One transaction that is on the disk when it returns. Sent twice, from two phones, or after Back: one record.
    """
    for _ in range(3):  # a ticket that is taken already (one in 10^11) or a faster claim to the same NIK
        try:
            with acknowledged():
                draft = locked_for_update(Draft.select().where(Draft.id == draft_id)).get()
                if draft.done_at is not None:
                    return Receipt(Application.get_by_id(draft.application_id), None)
                if draft.application_id is not None:
                    return Receipt(_change(draft, given, now), None)
                return _create(draft, given, notice_text, zone, now)
        except IntegrityError:
            continue
    raise RuntimeError("no free ticket in three tries")


def _create(draft: Draft, given: Answers, notice_text: str, zone: str, now: datetime) -> Receipt:
    applicant = Applicant.get_by_id(draft.applicant_id)
    _take_everything(applicant, given)
    applicant.claim = "disputed" if _is_claimed(applicant) else "holder"
    new_kunci = kunci.replace(applicant, now)
    applicant.save()
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
    _confirm(application, wave, zone, now)
    audit.record("applicant", "application.send", f"application:{application.id}", now)
    _finish(draft, application, now)
    return Receipt(application, new_kunci)


def _change(draft: Draft, given: Answers, now: datetime) -> Application:
    found = Application.select().where(Application.id == draft.application_id)
    application: Application = locked_for_update(found).get()
    if not may_change(application, now):
        raise TooLate
    version = ApplicationVersion(application=application, n=application.version, at=application.changed_at)
    version.answers = application.answers
    version.save(force_insert=True)
    applicant = application.applicant
    _take_everything(applicant, given)
    if applicant.claim == "holder" and _is_claimed(
        applicant
    ):  # the corrected NIK belongs to somebody else's claim
        applicant.claim = "disputed"
    applicant.save()
    application.answers = json.dumps(given, ensure_ascii=False)
    application.work = given["pekerjaan"]["kerja"]
    application.version += 1
    application.changed_at = now
    application.save()
    if application.state == State.NEEDS_FIX:
        ledger.move(application, State.SUBMITTED, Reason.FIXED_BY_APPLICANT, APPLICANT, now)
    else:
        ledger.remark(application, Reason.EDITED, APPLICANT, now)
    audit.record("applicant", "application.change", f"application:{application.id}", now)
    _finish(draft, application, now)
    return application


def may_change(application: Application, now: datetime) -> bool:
    """Until the wave closes; a person who waits for the next wave may always, and so may one asked to fix."""
    if not states.editable(State(application.state)):
        return False
    wave = application.wave
    return wave is None or application.state == State.NEEDS_FIX or wave.closes_at > now


def _is_claimed(applicant: Applicant) -> bool:
    others = (Applicant.nik_index == applicant.nik_index) & (Applicant.claim == "holder")
    return bool(Applicant.select().where(others & (Applicant.id != applicant.id)).exists())


def _take_identity(applicant: Applicant, said: dict[str, Any]) -> None:
    birth = date.fromisoformat(said["lahir"])
    applicant.nik = said["nik"]
    applicant.nik_index = keys().lookup_hash("nik", said["nik"])
    applicant.kk = said["kk"]
    applicant.kk_index = keys().lookup_hash("kk", said["kk"])
    applicant.name = said["nama"]
    applicant.name_search = names.search_key(said["nama"])
    applicant.birth_date = said["lahir"]
    applicant.birth_year = birth.year
    applicant.sex = said["jk"]
    applicant.nik_flags = ",".join(warning.value for warning in nik.warnings(said["nik"], birth, said["jk"]))


def _take_everything(applicant: Applicant, given: Answers) -> None:
    _take_identity(applicant, given["identitas"])
    contact = given["kontak"]
    applicant.phone = contact["hp"]
    applicant.phone_index = keys().lookup_hash("phone", contact["hp"])
    applicant.whatsapp = contact["wa"] == "ya"
    address = contact["email"] or None
    if address != applicant.email:  # a changed address has not been proved
        applicant.email = address
        applicant.email_index = keys().lookup_hash("email", address) if address else None
        applicant.email_proved_at = None
    applicant.district = given["kecamatan"]["kecamatan"]
    applicant.village = given["desa"]["desa"]


def _note_consents(applicant_id: int, said: dict[str, Any], notice_text: str, now: datetime) -> None:
    shown = fingerprint(notice_text)
    rows = [
        {
            "applicant": applicant_id,
            "purpose": purpose,
            "given": bool(said[purpose]),
            "text_sha256": shown,
            "at": now,
        }
        for purpose in ("push", "wa", "lpk")
    ]
    Consent.insert_many(rows).execute()


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
    draft.save()
