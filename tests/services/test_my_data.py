"""The person's copy of the data: nothing that is stored about somebody is forgotten when a column is added."""

from __future__ import annotations

import json

import pytest

from app.models import (
    ALL,
    Applicant,
    Application,
    ApplicationVersion,
    CallTask,
    Consent,
    Deadline,
    Delivery,
    Device,
    Draft,
    Entry,
    GroupClaim,
    GuideStep,
    LateEntry,
    LedgerEntry,
    Notice,
    Objection,
    Offer,
    OneTimeCode,
    Preference,
    PushSubscription,
    Result,
    Reversal,
    Session,
)
from app.services import audit, my_data, trail
from tests.conftest import NOW
from tests.states import CLOSED, DAY, SELECTED, make_wave, moved, officer, sent

#: Columns of personal tables that the copy leaves out, and why. A new column must be given out or stand here.
LEFT_OUT = {
    Applicant: {
        "id": "inside only",
        "claim": "would tell that somebody else claims the same NIK (threat 4)",
        "nik_index": "keyed hash of a value given",
        "kk_index": "keyed hash of a value given",
        "phone_index": "keyed hash of a value given",
        "email_index": "keyed hash of a value given",
        "name_search": "made of a value given",
        "birth_year": "made of a value given",
        "district": "part of a value given",
        "pin_hash": "secret",
        "kunci_hash": "secret",
        "kunci_index": "secret",
        "entry_salt": "binds the NIK in the public list; shown with the draw",
        "reopened_at": "when new phones were let in again: stands in the trail",
        "erased_at": "there is nobody left to tell",
    },
    Application: {
        "id": "inside only",
        "applicant": "inside only",
        "draft_id": "inside only",
        "erased_at": "there is nobody left to tell",
    },
}
GIVEN = {
    Applicant: {
        "nik": "nik",
        "kk": "kk",
        "name": "nama",
        "birth_date": "lahir",
        "sex": "jenis_kelamin",
        "phone": "hp",
        "whatsapp": "whatsapp",
        "email": "email",
        "email_proved_at": "email_dipastikan",
        "village": "tempat_tinggal",
        "nik_flags": "catatan_nik",
        "pin_set_at": "pin_dibuat",
        "kunci_set_at": "kunci_dibuat",
        "created_at": "tercatat_sejak",
    },
    Application: {
        "wave": "gelombang",
        "ticket": "nomor_pendaftaran",
        "entry_number": "nomor_undian",
        "state": "keadaan",
        "answers": "jawaban",
        "work": "jawaban",
        "version": "jawaban_sebelumnya",
        "submitted_at": "dikirim",
        "changed_at": "diubah",
        "channel": "cara",
        "posko": "posko",
    },
}
#: Tables that hold something about a person, and the part of the copy in which it stands.
TABLES = {
    Applicant: "diri",
    Consent: "izin",
    Preference: "pengaturan",
    GuideStep: "panduan",
    Draft: "isian",
    Application: "pendaftaran",
    ApplicationVersion: "pendaftaran",
    LedgerEntry: "pendaftaran",
    Deadline: "pendaftaran",
    Result: "pendaftaran",
    Entry: "undian",
    GroupClaim: "undian",
    Offer: "undian",
    Objection: "undian",
    Reversal: "undian",
    LateEntry: "undian",
    Device: "hp",
    Session: "masuk",
    OneTimeCode: "kode",
    Notice: "kabar",
    Delivery: "kabar",
    CallTask: "telepon",
    PushSubscription: "kabar_hp",
}
#: Tables that point to a person and have no part, and why.
NO_PART = {
    "SuspectedPair": "names another person",
    "FreedSeat": "what became of a seat; leaving it stands in the ledger",
}


def record_of(application):
    return json.loads(my_data.as_json(my_data.collect(application.applicant_id, "WIB"), NOW, "WIB"))


def test_every_table_about_people_has_its_part(office):
    """A new table that points to a person must be given out (services/my_*.py), or stand in NO_PART with a reason."""
    about = {model for model in ALL if {key.rel_model for key in model._meta.refs} & {Applicant, Application}}
    assert {model.__name__ for model in about} - {model.__name__ for model in TABLES} <= set(NO_PART)
    assert set(TABLES.values()) | {"jejak"} == set(record_of(sent())) - {"dibuat", "tidak_disertakan"}


@pytest.mark.parametrize("model", [Applicant, Application])
def test_every_column_is_given_out_or_left_out_for_a_reason(office, model):
    columns = set(model._meta.fields)
    assert columns == set(GIVEN[model]) | set(LEFT_OUT[model])
    [row] = record_of(sent())[TABLES[model]]
    assert set(GIVEN[model].values()) <= set(row)


def test_page_and_file_have_one_source(office):
    make_wave(4)
    application = sent()
    sections = my_data.collect(application.applicant_id, "WIB")
    record = record_of(application)
    for section in sections:
        assert len(record[section.code]) == len(section.items)
        for item in section.items:
            for fact in item.facts:
                assert fact.words("WIB") or fact.value is None or not fact.label or fact.value == ""


def test_what_is_not_decided_by_two_is_not_told_yet(office):
    make_wave(4)
    application = moved(sent(), CLOSED, SELECTED)
    staff = officer()
    row = Objection(application=application.id, about="result", made_at=NOW, due_at=NOW + 3 * DAY)
    row.text = "Nomor saya tidak ada."
    row.save(force_insert=True)
    reversal = Reversal.create(
        application=application.id,
        to_state="revoked",
        reason="data_false",
        proposed_by=staff,
        proposed_at=NOW,
    )
    assert [one["isi"] for one in record_of(application)["undian"]] == ["Nomor saya tidak ada."]
    Reversal.update(confirmed_at=NOW, confirmed_by=staff.id).where(Reversal.id == reversal.id).execute()
    late = {"application": application.id, "proposed_by": staff, "proposed_at": NOW}
    late_entry = LateEntry.create(**late)
    told = record_of(application)["undian"]
    assert [one.get("menjadi") for one in told] == ["Tempat dicabut", None]
    done = {"confirmed_at": NOW, "confirmed_by": staff.id, "to_state": "selected"}
    LateEntry.update(done).where(LateEntry.id == late_entry.id).execute()
    told = record_of(application)["undian"]
    assert [one.get("menjadi") for one in told] == ["Tempat dicabut", "Terpilih", None]


@pytest.mark.parametrize("verb", ["application.send", "nik.open", "something.new"])
def test_an_act_without_words_is_still_shown(office, verb):
    application = sent()
    audit.record("staff:nobody", verb, f"application:{application.id}", NOW)
    newest = trail.of(application.applicant_id)[0]
    assert newest.what
    assert newest.who == "Petugas kantor kami"
    assert ("Tindakan lain" in newest.what) == (verb == "something.new")
