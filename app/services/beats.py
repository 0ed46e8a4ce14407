"""When each periodic job last did its work: the sign of life that the office's pages can show."""

from __future__ import annotations

from datetime import datetime

from app.models import Beat


def note(name: str, now: datetime) -> None:
    """Write that the job ran through; a job that failed keeps its older time."""
    beat = Beat.insert(name=name, at=now)
    beat.on_conflict(conflict_target=[Beat.name], update={Beat.at: now}).execute()


def last() -> dict[str, datetime]:
    """Every job that ever ran and when it last ran through."""
    beats = Beat.select().where(~Beat.name.endswith(MARK)).order_by(Beat.name)
    return {beat.name: beat.at for beat in beats}


# marks --------------------------------------------------------------------------------------------

#: A row whose name ends so holds no time but how far a job has read, as a number.
MARK = ":mark"


def mark(name: str) -> int:
    """How far this job has read; 0 at first."""
    row = Beat.get_or_none(Beat.name == name + MARK)
    return int(Beat.at.db_value(row.at) or 0) if row else 0


def move_mark(name: str, before: int, after: int) -> bool:
    """Move the mark on, inside the caller's transaction; False when another worker did it since it was read."""
    if before == 0:
        Beat.insert(name=name + MARK, at=0).on_conflict_ignore().execute()
    moved = Beat.update(at=after).where((Beat.name == name + MARK) & (Beat.at == before)).execute()
    return bool(moved == 1)
