"""Where a person stands, in words: what the status page shows. Reads only; the application's state is the truth.

Results that were set and not yet published are never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models import Applicant, Application, Deadline, Draft, Result, Wave
from app.rules import codes, deadlines, local_time, states
from app.rules.groups import Words
from app.rules.reasons import Reason
from app.rules.states import State
from app.rules.waves import WavePhase
from app.services import (
    after_result,
    changing,
    drafts,
    group_claims,
    guide,
    history,
    joining,
    tasks,
    waves,
    withdrawal,
)
from app.services.after_result import NOTHING, After
from app.services.joining import Offer


class Todo(StrEnum):
    """The one thing to do now; the page has one primary button for it."""

    BEGIN = "begin"
    CONTINUE = "continue"
    FIX = "fix"
    POSKO = "posko"
    BOUGHT = "bought"
    FINISHED = "finished"
    REVIEW = "review"
    JOIN = "join"
    GUIDE = "guide"
    READY = "ready"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Countdown:
    """A time that the person must not miss: `big` is the one number, `percent` (0-100) of the time that is gone."""

    big: str
    task: str
    until: str
    percent: int
    missed: str = ""


@dataclass(frozen=True)
class Standing:
    """Everything that the status page says. Codes, name and reasons are for full sessions only.

    `dates` are (what, when) of what comes next. `unsent` says that there are answers that were not sent. `steps` is
    how far the guide is done; `groups` is where each claimed group stands.
    """

    label: str
    sentence: str
    icon: str
    wave: str
    todo: Todo
    name: str = ""
    ticket: str = ""
    entry_number: str = ""
    countdown: Countdown | None = None
    dates: tuple[tuple[str, str], ...] = ()
    why: history.Why | None = None
    unsent: bool = False
    offer: Offer | None = None
    rules: waves.WaveRules | None = None
    may_change: bool = False
    may_withdraw: bool = False
    has_calendar: bool = False
    steps: guide.Standing = guide.NOT_BEGUN
    groups: tuple[Words, ...] = ()
    after: After = NOTHING


def of(applicant: Applicant, now: datetime, zone: str) -> Standing:
    """Where this person stands at `now`."""
    application = joining.newest(applicant.id)
    draft = drafts.of(applicant.id, now)
    if application is None:
        return _before_sending(applicant, draft)
    state, wave = State(application.state), application.wave
    offered = joining.offer(applicant, application, now)
    after = after_result.of(application, now, zone)
    label, sentence = _words(application, state, wave, after, now)
    countdown = _countdown(application, state, wave, after, now, zone)
    why = history.why(application)
    label, sentence = STOPPED if state is State.WITHDRAWN and why else (label, sentence)
    steps = guide.standing(applicant)
    dates = _dates(state, wave, now, zone)
    return Standing(
        label=label,
        sentence=sentence,
        icon="clock" if label == WAITING[0] else states.WORDS[state].icon,
        wave=f"Gelombang {wave.number}" if wave else "",
        todo=_todo(state, why, offered, application, steps.next is None, now),
        name=applicant.name,
        ticket=codes.shown(application.ticket),
        entry_number=codes.shown(application.entry_number),
        countdown=countdown,
        dates=dates,
        why=why,
        unsent=draft is not None,
        offer=offered,
        rules=waves.rules_of(offered.wave, now, zone) if offered and offered.wave else None,
        may_change=changing.may_change(application, now),
        may_withdraw=withdrawal.may_withdraw(application),
        has_calendar=bool(dates) or (countdown is not None and not countdown.missed and not after.asked),
        steps=steps,
        groups=group_claims.told(application),
        after=after,
    )


def _before_sending(applicant: Applicant, draft: Draft | None) -> Standing:
    if draft is not None:
        sentence = "Jawaban Anda tersimpan. Lanjutkan dari tempat Anda berhenti."
        return Standing(
            "Belum dikirim", sentence, "edit", "", Todo.CONTINUE, name=applicant.name, unsent=True
        )
    sentence = "Isian yang belum dikirim kami hapus setelah 30 hari. Anda bisa mulai lagi."
    return Standing("Belum mendaftar", sentence, "edit", "", Todo.BEGIN, name=applicant.name)


# words ------------------------------------------------------------------------------------------

WAITING = (
    "Menunggu gelombang berikutnya",
    "Pendaftaran Anda kami simpan. Begitu gelombang dibuka, Anda ikut. Tidak perlu mendaftar lagi.",
)
STOPPED = ("Pendaftaran dihentikan", "Petugas menghentikan pendaftaran ini. Bukan Anda yang menariknya.")
AFTER_CLOSING = "Gelombang sudah ditutup. Daftar peserta sedang disiapkan."
WAVE_OVER = "Gelombang ini sudah berakhir. Anda bisa ikut gelombang berikutnya."


def _words(
    application: Application, state: State, wave: Wave | None, after: After, now: datetime
) -> tuple[str, str]:
    words = states.WORDS[state]
    if state is State.SUBMITTED and wave is None:
        return WAITING
    if wave is not None and state in (State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION, State.RESERVE):
        if waves.phase_of(wave, now) is WavePhase.ARCHIVED:
            return words.label, WAVE_OVER
        if state is State.SUBMITTED and wave.closes_at <= now:
            return words.label, AFTER_CLOSING
    if state is State.RESERVE:
        place = _place(application, now)
        return (
            f"Cadangan nomor {local_time.number(place)}" if place else words.label
        ), after.line or words.sentence
    if state is State.SELECTED and wave is not None:
        return words.label, f"Selamat. Anda dapat tempat di Gelombang {wave.number}."
    return words.label, words.sentence


def _place(application: Application, now: datetime) -> int | None:
    told = (Result.application == application.id) & (Result.published_at <= now)
    row = Result.get_or_none(told)
    return row.position if row is not None and row.outcome == State.RESERVE else None


def _todo(
    state: State,
    why: history.Why | None,
    offered: Offer | None,
    application: Application,
    guide_done: bool,
    now: datetime,
) -> Todo:
    if offered is not None:
        return Todo.JOIN
    if state is State.NEEDS_FIX:
        by_self = why is not None and why.reason is not Reason.DISPUTED_NIK
        return Todo.FIX if by_self and changing.may_change(application, now) else Todo.POSKO
    if state is State.REVOKED or (state is State.WITHDRAWN and why is not None):
        return Todo.POSKO
    if state is State.SELECTED:
        return Todo.BOUGHT
    if state is State.IN_TRAINING:
        return Todo.FINISHED
    if state is State.COMPLETED:
        return Todo.REVIEW if tasks.review_is_open(application) else Todo.NOTHING
    if state in (State.SUBMITTED, State.IN_SELECTION, State.RESERVE):
        return Todo.READY if guide_done else Todo.GUIDE
    return Todo.NOTHING


# times ------------------------------------------------------------------------------------------


def _countdown(
    application: Application, state: State, wave: Wave | None, after: After, now: datetime, zone: str
) -> Countdown | None:
    if after.asked is not None:
        asked, missed = after.asked, "Kalau tidak dijawab, pindah ke urutan berikutnya."
        return _count("Jawab", asked.made_at, asked.expires_at, now, zone, missed)
    if state is State.NEEDS_FIX and wave is not None and wave.closes_at > now:
        return _count("Betulkan", application.changed_at, wave.closes_at, now, zone)
    if state not in (State.SELECTED, State.IN_TRAINING, State.COMPLETED):
        return None
    mine = (Deadline.application == application.id) & Deadline.done_at.is_null()
    row = Deadline.select().where(mine).order_by(Deadline.due_at).first()
    if row is None:
        return None
    words = deadlines.WORDS[deadlines.Deadline(row.kind)]
    return _count(words.task, row.created_at, row.due_at, now, zone, words.missed)


def _count(
    task: str, since: datetime, due: datetime, now: datetime, zone: str, missed: str = ""
) -> Countdown:
    whole = max((due - since).total_seconds(), 1)
    percent = round(100 * min(max((now - since).total_seconds() / whole, 0), 1))
    until = local_time.day_clock(due, zone)
    if now > due:
        return Countdown("Sudah lewat", task, until, 100, missed or "Segera hubungi posko.")
    days = local_time.days_left(now, due, zone)
    return Countdown({0: "Hari ini", 1: "Besok"}.get(days, f"{days} hari lagi"), task, until, percent)


def _dates(state: State, wave: Wave | None, now: datetime, zone: str) -> tuple[tuple[str, str], ...]:
    if wave is None:
        coming = waves.next_wave(now) if state is State.SUBMITTED else None
        if coming is None:
            return ()
        return ((f"Gelombang {coming.number} dibuka", local_time.day_clock(coming.opens_at, zone)),)
    if state not in (State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION) or wave.archived_at is not None:
        return ()
    dates = []
    if wave.closes_at > now and state is State.SUBMITTED:
        dates.append(("Data bisa diubah sampai", local_time.day_clock(wave.closes_at, zone)))
    if wave.announce_at is not None and wave.announce_at > now:
        dates.append(("Hasil diumumkan", local_time.day_clock(wave.announce_at, zone)))
    return tuple(dates)
