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
    return {beat.name: beat.at for beat in Beat.select().order_by(Beat.name)}
