"""How long what is kept: one number per kind of record, in days, each with its source. The privacy notice prints them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Periods:
    """Days (whole, at least 1) until a record is forgotten, counted from what its line says.

    UU 27/2022 Pasal 16(2)g: personal data is erased or destroyed when its time is over. Pasal 43 and 44: at the end of
    that time or on request, unless an archive schedule (JRA; UU 43/2009 tentang Kearsipan) says otherwise. An office
    whose JRA is longer sets `selected` and `audit` by it. Unfinished answers (30 days, services/drafts.py) are no
    setting, because people were told that number on the page on which they began.
    """

    not_selected: int = 365
    """From the end of the time to object: nobody can ask for a review of a decision any more (Pasal 10, 43(1)a)."""
    waiting: int = 730
    """From the last change of whoever waits for a wave that does not come: the purpose has fallen away (Pasal 43(1)a)."""
    withdrawn: int = 90
    """From withdrawing, or from the end of the time to object if that is later: on request of the person (Pasal 43(1)c)."""
    selected: int = 1826
    """From the end of the time to object, or the last change: five years, as for papers of public money, or the JRA."""
    sign_in: int = 90
    """From the end of a session, from putting a phone out, from making a code: security of processing (Pasal 35)."""
    device: int = 400
    """From the last use of a known phone: as long as its cookie lives."""
    notice: int = 730
    """From writing a notice: to prove that a person was told of a decision and a deadline (Pasal 21)."""
    audit: int = 1826
    """From the act: the record of processing (Pasal 31), ids and codes only."""

    @classmethod
    def read(cls, days: Callable[[str, int], int]) -> Periods:
        """The periods of an installation: `days` is asked for each with its name and default."""
        return cls(**{one.name: days(one.name, getattr(cls, one.name)) for one in fields(cls)})
