"""The rules of a wave that draws: kept as JSON beside the wave, shown to people before they join, then promised."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from app.db import writing
from app.models import Draw, Wave
from app.rules.promise import BadPromise, Reserve, Rules
from app.services import audit, office
from app.services.ledger import Actor
from app.services.wave_control import NotNow, seen_wave

#: Groups that may own seats, and what people call them. Never anything of health (design section 5, step 2).
GROUPS = {
    "phk": "yang kena PHK",
    "rumah": "yang dirumahkan",
    "pmi": "yang pulang dari kerja di luar negeri",
    "umi": "pemilik usaha kecil",
}


def of(wave: Wave) -> Rules:
    """The rules of a wave; what nobody has set is: no reserves, no household limit, the office's own area."""
    kept: dict[str, Any] = json.loads(wave.rules)
    return Rules(
        quota=wave.quota,
        reserves=tuple(Reserve(r["group"], r["seats"]) for r in kept.get("reserves", ())),
        reserve_order=kept.get("reserve_order", "first"),
        max_per_household=kept.get("max_per_household"),
        refill=kept.get("refill", "rank"),
        scope=tuple(kept.get("scope") or (office.current().area,)),
    )


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


def in_words(rules: Rules) -> list[tuple[str, str]]:
    """(icon, sentence) for each rule, for people who decide whether to join."""
    words = []
    for reserve in rules.reserves:
        who = GROUPS.get(reserve.group, reserve.group)
        if rules.reserve_order == "first":
            words.append(("person", f"{reserve.seats} tempat lebih dulu untuk {who}, paling sedikit."))
        else:
            words.append(("person", f"{reserve.seats} tempat tambahan untuk {who}, di luar undian umum."))
    if rules.max_per_household is not None:
        words.append(("family", f"Paling banyak {rules.max_per_household} orang dari satu KK."))
    words.append(("list", "Yang tidak dapat tempat masuk cadangan, menurut urutan undian."))
    return words
