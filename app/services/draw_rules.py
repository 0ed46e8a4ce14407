"""The rules of a wave that draws: kept as JSON beside the wave, shown to people before they join, then promised."""

from __future__ import annotations

import json
from datetime import datetime

from app.db import writing
from app.models import Draw, Wave
from app.rules import draw_words
from app.rules.promise import BadPromise, Rules
from app.services import audit, waves
from app.services.ledger import Actor
from app.services.wave_control import NotNow, seen_wave

GROUPS = draw_words.GROUPS


def of(wave: Wave) -> Rules:
    """The rules of a wave; what nobody has set is: no reserves, no household limit, the office's own area."""
    return waves.draw_rules(wave)


def in_words(rules: Rules) -> list[tuple[str, str]]:
    """(icon, sentence) for each rule, for people who decide whether to join."""
    return draw_words.in_words(rules)


def change(number: int, rules: Rules, seen: str, actor: Actor, now: datetime) -> None:
    """Set the rules before they are promised. Raises Changed, NotNow, BadPromise."""
    with writing():
        wave = seen_wave(number, seen)
        if promised(wave) is not None:
            raise NotNow("Aturan gelombang ini sudah dijanjikan. Tidak bisa diubah lagi.")
        if rules.quota != wave.quota:
            raise BadPromise("the quota is the wave's")
        kept = {
            "reserves": [{"group": r.group, "seats": r.seats} for r in rules.reserves],
            "reserve_order": rules.reserve_order,
            "max_per_household": rules.max_per_household,
            "refill": rules.refill,
            "scope": list(rules.scope),
        }
        Wave.update(rules=json.dumps(kept), selection="draw").where(Wave.id == wave.id).execute()
        audit.record(actor.audit_name, "draw.rules", f"wave:{number}", now)


def promised(wave: Wave) -> Draw | None:
    """The draw of a wave once its promise is made, else None."""
    draw: Draw | None = Draw.get_or_none(Draw.wave == wave.id)
    return draw
