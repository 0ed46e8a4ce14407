"""The guide through the accounts that the programme needs: one list of steps, and how far a person is on it.

Who says that a step is done stands in the list. Accounts of others are outside our reach: there it is the person's
own word, and shown as such. Only an email address can be proved, by a code that comes back (services/email_proof.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.db import writing
from app.models import Applicant, GuideStep


class NotByWord(Exception):
    """This step is done when a code comes back; nobody's word ticks it."""


@dataclass(frozen=True)
class Step:
    """One page of the guide. proof: "self" (the person's word) or "code" (a code that we sent came back).

    by: a later step that shows this one to be done. `{program}` in the words is the programme's name.
    """

    code: str
    title: str
    text: str
    proof: str = "self"
    by: str = ""


@dataclass(frozen=True)
class Part:
    """A heading and its steps; `later` is for selected people only and counts in no progress."""

    title: str
    steps: tuple[Step, ...]
    later: bool = False


WAY, EMAIL, PROGRAMME = "cara", "email-bukti", "program-jadi"

PARTS = (
    Part(
        "Akun email",
        (
            Step(WAY, "Pilih cara", "HP Android, iPhone, atau dibantu petugas di posko.", by=EMAIL),
            Step("email-buat", "Siapkan akun email", "Mungkin sudah ada di HP Anda.", by=EMAIL),
            Step("email-catat", "Tulis alamatnya di kartu", "Alamat saja, tanpa kata sandi.", by=EMAIL),
            Step(EMAIL, "Buktikan email bisa dibuka", "Kami kirim kode, Anda ketik di sini.", proof="code"),
        ),
    ),
    Part(
        "Akun {program}",
        (
            Step("program-buka", "Buka situs {program}", "Ketik sendiri alamatnya.", by=PROGRAMME),
            Step("program-daftar", "Daftar dengan email tadi", "Di situs itu, bukan di sini.", by=PROGRAMME),
            Step("program-hp", "Pakai nomor HP yang sama", "Jangan ganti nomor dulu.", by=PROGRAMME),
            Step(
                PROGRAMME,
                "Beri tahu kami kalau sudah jadi",
                "Kami tidak bisa melihat akun itu. Kami catat menurut kata Anda.",
            ),
        ),
    ),
    Part(
        "Nanti, kalau terpilih: rekening",
        (
            Step("uang-pilih", "Pilih rekening atau dompet digital", "NIK dan nomor HP harus sama."),
            Step("uang-penuh", "Jadikan akun penuh", "Untuk dompet digital: foto KTP di aplikasinya."),
            Step("uang-sambung", "Sambungkan di situs {program}", "Dari akun {program} Anda."),
        ),
        later=True,
    ),
)
STEPS = {step.code: step for part in PARTS for step in part.steps}
COUNTED = tuple(step for part in PARTS if not part.later for step in part.steps)

#: The ways that a person can choose at the first step; each is stored as a step of its own.
WAYS = {
    "cara-android": "HP Android",
    "cara-iphone": "iPhone",
    "cara-posko": "Dibantu petugas di posko",
}


@dataclass(frozen=True)
class Standing:
    """How far a person is: `said` are the steps and ways marked by word, `email_proved` the one thing we know."""

    said: frozenset[str] = frozenset()
    email_proved: bool = False

    @property
    def way(self) -> str:
        """The way chosen (a key of WAYS), or an empty text."""
        return next((way for way in WAYS if way in self.said), "")

    def how(self, step: Step) -> str:
        """How we know that a step is done: "code", "self" (own word), "after" (a later step shows it), or ""."""
        if step.proof == "code":
            return "code" if self.email_proved else ""
        if step.code in self.said or (step.code == WAY and self.way):
            return "self"
        return "after" if step.by and self.how(STEPS[step.by]) else ""

    @property
    def done(self) -> int:
        """Steps done, of `total`."""
        return sum(bool(self.how(step)) for step in COUNTED)

    @property
    def total(self) -> int:
        """Steps that everybody has to do."""
        return len(COUNTED)

    @property
    def percent(self) -> int:
        """Progress, 0 to 100."""
        return round(100 * self.done / self.total)

    @property
    def next(self) -> Step | None:
        """The first step that is not done, or None."""
        return next((step for step in COUNTED if not self.how(step)), None)

    @property
    def next_later(self) -> Step | None:
        """The first step for selected people that is not done, or None."""
        return next((step for part in PARTS if part.later for step in part.steps if not self.how(step)), None)

    def after(self, step: Step) -> Step | None:
        """Where to go from a step: the first one behind it that is not done, else the first that was left out."""
        later = step not in COUNTED
        order = [other for part in PARTS if part.later == later for other in part.steps]
        behind = order[order.index(step) + 1 :]
        return next((other for other in behind + order if other != step and not self.how(other)), None)


NOT_BEGUN = Standing()


def place(step: Step) -> tuple[int, int] | None:
    """(part, step in it) as people count them, or None for what only selected people need."""
    found = ((part.later, n, part.steps) for n, part in enumerate(PARTS, 1))
    return next(
        ((n, steps.index(step) + 1) for later, n, steps in found if step in steps and not later), None
    )


def known(codes: Iterable[object]) -> frozenset[str]:
    """Only what can be marked by word: the rest of a cookie or of old rows is forgotten."""
    by_word = {code for code, step in STEPS.items() if step.proof == "self"} | set(WAYS)
    return frozenset(str(code) for code in codes) & by_word


def standing(applicant: Applicant) -> Standing:
    """How far this person is. The email counts as proved by its own column, so a changed address does not."""
    rows = GuideStep.select(GuideStep.step).where(GuideStep.applicant == applicant.id)
    return Standing(known(row.step for row in rows), applicant.email_proved_at is not None)


def with_mark(said: Iterable[str], code: str) -> frozenset[str]:
    """The marks after one more; of the ways only the newest stays. Raises NotByWord, KeyError for no step."""
    others = set(said) - set(WAYS) if code in WAYS else set(said)
    if code not in WAYS and STEPS[code].proof != "self":
        raise NotByWord
    return known(others | {code})


def without_mark(said: Iterable[str], code: str) -> frozenset[str]:
    """The marks after taking one back. Raises NotByWord, KeyError for no step."""
    if STEPS[code].proof != "self":
        raise NotByWord
    return known(set(said) - {code} - (set(WAYS) if code == WAY else set()))


def mark(applicant: Applicant, code: str, now: datetime) -> None:
    """Note that the person says to have done a step, or chose a way. Raises NotByWord, KeyError for no step."""
    with writing():
        before = standing(applicant).said
        _store(applicant, before, with_mark(before, code), now)


def unmark(applicant: Applicant, code: str, now: datetime) -> None:
    """Take a mark back. Raises NotByWord, KeyError for no step."""
    with writing():
        before = standing(applicant).said
        _store(applicant, before, without_mark(before, code), now)


def _store(applicant: Applicant, before: frozenset[str], said: frozenset[str], now: datetime) -> None:
    gone = (GuideStep.applicant == applicant.id) & (GuideStep.proof == "self")
    GuideStep.delete().where(gone & GuideStep.step.in_(sorted(before - said))).execute()
    for code in sorted(said - before):
        row = GuideStep.insert(applicant=applicant.id, step=code, proof="self", done_at=now)
        row.on_conflict_ignore().execute()
