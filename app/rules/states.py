"""The states of an application, which change is allowed, and the words for states.

The ledger is append-only: every change is a new line with its reason (`app.rules.reasons`), and a way back is a line
of its own, never an erasure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.rules.reasons import (
    FIX_REASONS,
    RESULT_REASONS,
    REVOKE_REASONS,
    WITHDRAW_REASONS,
    Reason,
    ReasonWords,
)
from app.rules.reasons import WORDS as REASON_WORDS

__all__ = [
    "FIX_REASONS",
    "REASON_WORDS",
    "RESULT_REASONS",
    "REVOKE_REASONS",
    "WITHDRAW_REASONS",
    "WORDS",
    "Reason",
    "ReasonWords",
    "State",
    "StateWords",
    "editable",
    "may",
    "next_states",
    "takes_away",
    "withdrawable",
]


class State(StrEnum):
    """Where an application to one wave stands."""

    SUBMITTED = "submitted"
    NEEDS_FIX = "needs_fix"
    IN_SELECTION = "in_selection"
    SELECTED = "selected"
    RESERVE = "reserve"
    NOT_SELECTED = "not_selected"
    IN_TRAINING = "in_training"
    COMPLETED = "completed"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class StateWords:
    """For the applicant: a `label` (heading, tag), a `sentence`, the `tag` kind of the style sheet and its `icon`."""

    label: str
    sentence: str
    tag: str
    icon: str


WORDS: dict[State, StateWords] = {
    State.SUBMITTED: StateWords(
        "Pendaftaran diterima", "Kami sudah terima. Tunggu sampai gelombang ditutup.", "", "check"
    ),
    State.NEEDS_FIX: StateWords(
        "Perlu dibetulkan",
        "Ada data yang perlu dibetulkan dulu, supaya Anda bisa ikut seleksi.",
        "warn",
        "alert",
    ),
    State.IN_SELECTION: StateWords(
        "Masuk seleksi", "Gelombang sudah ditutup. Anda ada di daftar peserta.", "sea-bg", "list"
    ),
    State.SELECTED: StateWords("Terpilih", "Selamat. Anda dapat tempat.", "ok", "check"),
    State.RESERVE: StateWords(
        "Cadangan",
        "Belum terpilih kali ini. Kalau ada tempat kosong, kami tawarkan menurut urutan.",
        "sea-bg",
        "list",
    ),
    State.NOT_SELECTED: StateWords(
        "Belum terpilih", "Belum terpilih kali ini. Anda bisa ikut gelombang berikutnya.", "", "info"
    ),
    State.IN_TRAINING: StateWords(
        "Sedang pelatihan", "Anda sudah beli pelatihan. Selesaikan sampai akhir.", "ok", "clock"
    ),
    State.COMPLETED: StateWords("Selesai", "Pelatihan Anda sudah selesai. Selamat.", "ok", "check"),
    State.REVOKED: StateWords(
        "Tempat dicabut", "Tempat Anda sudah dicabut. Lihat alasannya di bawah.", "bad", "x"
    ),
    State.WITHDRAWN: StateWords("Mengundurkan diri", "Pendaftaran ini sudah ditarik.", "", "x"),
}

_EDITABLE = frozenset({State.SUBMITTED, State.NEEDS_FIX})

_ALLOWED: dict[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.NEEDS_FIX, State.IN_SELECTION, State.WITHDRAWN}),
    # NOT_SELECTED: the wave went by while the papers were incomplete.
    State.NEEDS_FIX: frozenset({State.SUBMITTED, State.NOT_SELECTED, State.WITHDRAWN}),
    # NEEDS_FIX: an objection before the list is frozen found a fault.
    State.IN_SELECTION: frozenset(
        {State.SELECTED, State.RESERVE, State.NOT_SELECTED, State.NEEDS_FIX, State.WITHDRAWN}
    ),
    State.SELECTED: frozenset(
        {State.IN_TRAINING, State.REVOKED, State.WITHDRAWN, State.RESERVE, State.NOT_SELECTED}
    ),
    State.RESERVE: frozenset({State.SELECTED, State.NOT_SELECTED, State.WITHDRAWN}),
    # SELECTED: a wrongly missing entry gets an added seat, or the centre corrects its result.
    State.NOT_SELECTED: frozenset({State.SELECTED, State.RESERVE}),
    # SELECTED: "sudah beli" was pressed by mistake.
    State.IN_TRAINING: frozenset({State.COMPLETED, State.REVOKED, State.WITHDRAWN, State.SELECTED}),
    State.COMPLETED: frozenset({State.IN_TRAINING}),
    # An objection was upheld.
    State.REVOKED: frozenset({State.SELECTED, State.IN_TRAINING}),
    # Registered again while the wave is open: one application per person and wave.
    State.WITHDRAWN: frozenset({State.SUBMITTED}),
}

_GOOD = {State.SELECTED, State.IN_TRAINING, State.COMPLETED}
_TAKES_AWAY = {State.RESERVE, State.NOT_SELECTED, State.REVOKED}


def may(before: State | None, after: State) -> bool:
    """Is this change allowed? `before` is None for the first line, which is always "submitted".

    Staying in a state is no change: a button pressed twice must not write two lines.
    """
    if before is None:
        return after is State.SUBMITTED
    return after in _ALLOWED[before]


def next_states(before: State) -> tuple[State, ...]:
    """What may follow, in the order of `State`."""
    return tuple(state for state in State if state in _ALLOWED[before])


def takes_away(before: State, after: State) -> bool:
    """Does the change take a place from somebody? Then it needs two officers, a reason and a notice at once."""
    return before in _GOOD and after in _TAKES_AWAY


def editable(state: State) -> bool:
    """May the applicant change answers? (The wave must be open too, or a fix asked for.)"""
    return state in _EDITABLE


def withdrawable(state: State) -> bool:
    """May the applicant withdraw?"""
    return State.WITHDRAWN in _ALLOWED[state]
