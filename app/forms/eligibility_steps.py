"""Before any personal data: may this person take part, and what happens with what they tell us."""

from __future__ import annotations

from typing import Any

from app.forms.fields import Choice, Tick
from app.forms.step_form import Answer, Answers, Row, StepForm
from app.rules import eligibility
from app.rules.channels import SMS_ASKED
from app.rules.eligibility import Bar, Claims
from app.rules.terms import Terms

YES_NO = (("ya", "Ya"), ("tidak", "Tidak"))


class EligibilityForm(StepForm):
    """Four questions that ask nothing about who the person is."""

    chosen_by = ()
    offices = f"{', '.join(eligibility.BARRED_OFFICES)}."

    umur = Choice("Umur Anda 18 sampai 64 tahun?", YES_NO, "Umur: pilih Ya atau Tidak.")
    sekolah = Choice("Anda masih sekolah atau kuliah?", YES_NO, "Sekolah atau kuliah: pilih Ya atau Tidak.")
    jabatan = Choice(
        "Apakah Anda salah satu dari ini?",
        (("ya", "Ya"), ("tidak", "Bukan")),
        "Jabatan: pilih Ya atau Bukan.",
    )
    kk2 = Choice(
        "Di KK Anda, sudah ada 2 orang yang pernah menerima bantuan ini?",
        (*YES_NO, ("tahu", "Saya tidak tahu")),
        "Bantuan di KK: pilih satu. Tidak tahu juga boleh.",
    )


def eligibility_bars(answers: dict[str, Any]) -> tuple[Bar, ...]:
    """Which bars the four answers raise."""
    said = answers["syarat"]
    return eligibility.bars(Claims(said["umur"], said["sekolah"], said["jabatan"], said["kk2"]))


class NoticeForm(StepForm):
    """The privacy notice is read, not agreed to: registration is a public task (UU 27/2022 Pasal 20 ayat 2 huruf e).

    The boxes are optional consents of their own; each can be taken back. SMS is asked where the office has it.
    """

    chosen_by = ()

    push = Tick("Kabari saya lewat HP ini saat ada hasil atau batas waktu.")
    wa = Tick("Petugas boleh menghubungi saya lewat WhatsApp.")
    sms = Tick(SMS_ASKED)
    lpk = Tick("Nama dan nomor HP saya boleh diberikan ke lembaga pelatihan, kalau saya terpilih.")

    def prepare(self) -> None:
        """Without a gateway there is nothing to permit."""
        if not self.terms.sms:
            del self.sms

    @staticmethod
    def rows(terms: Terms, answers: Answers, said: Answer) -> list[Row]:
        allowed = [
            word
            for box, word in (
                ("push", "kabar di HP"),
                ("wa", "WhatsApp"),
                ("sms", "SMS"),
                ("lpk", "lembaga pelatihan"),
            )
            if said.get(box) and (box != "sms" or terms.sms)
        ]
        words = ", ".join(allowed)  # "HP" and "WhatsApp" keep their capitals
        return [("Izin tambahan", words[:1].upper() + words[1:] or "Tidak ada. Tidak apa-apa.")]
