"""When a draw is: as promised, or whole weeks later where its list was not final in time. Nobody decides that.

Design section 5, step 3: "If it was not frozen 24 h before draw_at, draw_at moves by whole weeks, in public."
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from app.db import locked_for_update, writing
from app.models import Draw, Wave
from app.rules.promise import LIST_BEFORE_DRAW, stamp
from app.services import audit, witness

WEEK = timedelta(weeks=1)


def move_if_late(draw: Draw, now: datetime) -> bool:
    """Move the draw until its list can be final 24 hours before it; the caller locks and saves. The announcement
    moves along: it never comes before the draw. Whether anything moved.
    """
    moves, first = json.loads(draw.moves), draw.draw_at
    while draw.draw_at - now < LIST_BEFORE_DRAW:
        later = draw.draw_at + WEEK
        moves.append(
            {"from": stamp(draw.draw_at), "to": stamp(later), "at": stamp(now), "reason": "late_list"}
        )
        draw.draw_at = later
    if draw.draw_at == first:
        return False
    draw.moves = json.dumps(moves)
    wave = draw.wave
    told = wave.announce_at + (draw.draw_at - first) if wave.announce_at else None
    Wave.update(draw_at=draw.draw_at, announce_at=told).where(Wave.id == wave.id).execute()
    audit.record("system", "draw.move", f"draw:{draw.id}", now, stamp(draw.draw_at))
    witness.tell_moved(draw, now)
    return True


def move_late_due(now: datetime) -> int:
    """Move the draws whose lists were not frozen in time, in public; returns how many. The worker's minute."""
    late = Draw.frozen_at.is_null() & (Draw.draw_at < now + LIST_BEFORE_DRAW)
    ids = [row.id for row in Draw.select(Draw.id).where(late)]
    return sum(_move(draw_id, now) for draw_id in ids)


def _move(draw_id: int, now: datetime) -> bool:
    with writing():
        draw = locked_for_update(Draw.select().where(Draw.id == draw_id)).get()
        if draw.frozen_at is not None or not move_if_late(draw, now):
            return False
        draw.save(only=(Draw.draw_at, Draw.moves))
        return True
