"""A notice to many: to whom it goes (a segment), which words may stand in it, and what state it is in.

The title stands on lock screens and the whole text is public by its code, so neither holds anything about a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from app.rules import nik, own_address
from app.rules.own_address import Host, Site
from app.rules.states import State

TITLE_LEAST, TITLE_MOST = 8, 60
"""Letters of a title: what a lock screen shows without cutting it off."""
BODY_LEAST, BODY_MOST = 20, 600

ANY, WAITING = "", "0"
"""Instead of the number of a wave: whoever registered, whoever waits for the next wave."""


class Sent(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


OVER = (Sent.DONE, Sent.STOPPED)
#: Its text is official from the moment in which the first person is told.
TOLD = (Sent.RUNNING, Sent.DONE, Sent.STOPPED)


class Unopened(StrEnum):
    """Only whoever has not seen a notice."""

    NO_MATTER = ""
    RESULT = "result"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Segment:
    """Whom a broadcast is for; every part narrows it, an empty one does not.

    wave: its number as digits, ANY or WAITING. states, districts: any of these (codes; without states everybody but
    whoever withdrew). posko: the id of the help post that registered the person, as digits.
    """

    wave: str = ANY
    states: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    posko: str = ""
    unopened: str = ""

    def as_json(self) -> str:
        """The form in which it is stored; equal segments have equal texts."""
        parts = asdict(self) | {"states": sorted(self.states), "districts": sorted(self.districts)}
        return json.dumps(parts, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Segment:
        """What `as_json` wrote."""
        parts = json.loads(text)
        lists = {"states": tuple(parts["states"]), "districts": tuple(parts["districts"])}
        return cls(**parts | lists)


STATES = tuple(state for state in State if state is not State.WITHDRAWN)
"""The states that can be chosen."""

_AFTER_RESULT = frozenset(State) - {State.SUBMITTED, State.NEEDS_FIX, State.IN_SELECTION, State.WITHDRAWN}


def tells_by_whom(segment: Segment) -> bool:
    """Whether getting this broadcast already tells something: it goes only to people in a state of a result."""
    return bool(segment.states) and {State(one) for one in segment.states} <= _AFTER_RESULT


#: Words by which a title would tell, or seem to tell, how somebody's registration ended.
_RESULT = re.compile(
    r"\b(?:terpilih|dipilih|lolos|lulus|gagal|gugur|cadangan|diterima|ditolak|dicabut|selamat|menang|pemenang|kalah)\b",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[\s.\-]?\d){9,}")


def title_problem(title: str, site: Site) -> str | None:
    """Why a title must not be sent, in words, or None."""
    if len(title) < TITLE_LEAST:
        return f"Judul paling sedikit {TITLE_LEAST} huruf. Tulis kabar ini tentang apa."
    if len(title) > TITLE_MOST:
        return f"Judul paling banyak {TITLE_MOST} huruf, supaya utuh di layar kunci. Sekarang {len(title)}."
    found = _RESULT.search(title)
    if found is not None:
        return f'Judul tampil di layar kunci. Hapus kata "{found[0]}": orang lain bisa menebak hasilnya.'
    if own_address.links(title, site):
        return "Hapus tautan dari judul. Judul tampil di layar kunci."
    if _LONG_NUMBER.search(title):
        return "Hapus nomor panjang dari judul. Judul tampil di layar kunci."
    return None


def body_problem(body: str, site: Site) -> str | None:
    """Why a text must not be sent, in words, or None. Links are ours alone, and the same for everybody."""
    if len(body) < BODY_LEAST:
        return f"Isi paling sedikit {BODY_LEAST} huruf. Tulis apa yang perlu dilakukan."
    if len(body) > BODY_MOST:
        return f"Isi paling banyak {BODY_MOST} huruf. Sekarang {len(body)}. Singkatkan."
    if nik.stands_in(body):
        return "Ada nomor 16 angka, seperti NIK atau nomor KK. Hapus: isi ini sama untuk semua orang."
    for link in own_address.links(body, site):
        if link.kind is not Host.OWN:
            return f'Tautan "{link.text}" bukan alamat kami. Pakai alamat {site.host} saja.'
        if "?" in link.text or "#" in link.text or "/email/berhenti" in link.text:
            return f'Tautan "{link.text}" bisa memuat kode seseorang. Tulis alamatnya tanpa tanda tanya.'
    return None


def needs_second(people: int, most_alone: int) -> bool:
    """Whether a second person must confirm a broadcast to so many."""
    return people > most_alone


def listed(words: Iterable[str]) -> str:
    """`a`, `a dan b`, `a, b, dan c`."""
    parts = list(words)
    if len(parts) < 3:
        return " dan ".join(parts)
    return f"{', '.join(parts[:-1])}, dan {parts[-1]}"
