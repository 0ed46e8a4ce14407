"""The rules of a draw in words, for people who decide whether to join: what a number means for them. Pure."""

from __future__ import annotations

from app.rules.local_time import number
from app.rules.promise import Rules

#: Groups that may own seats, and what people call them. Never anything of health (design section 5, step 2).
GROUPS = {
    "phk": "yang kena PHK",
    "rumah": "yang dirumahkan",
    "pmi": "yang pulang dari kerja di luar negeri",
    "umi": "pemilik usaha kecil",
}


def in_words(rules: Rules) -> list[tuple[str, str]]:
    """(icon, sentence) for each rule."""
    words = []
    for reserve in rules.reserves:
        who, seats = GROUPS.get(reserve.group, reserve.group), number(reserve.seats)
        if rules.reserve_order == "first":
            words.append(("person", f"{seats} tempat lebih dulu untuk {who}, paling sedikit."))
        else:
            words.append(("person", f"{seats} tempat tambahan untuk {who}, di luar undian umum."))
    if rules.max_per_household is not None:
        words.append(("family", f"Paling banyak {rules.max_per_household} orang dari satu KK."))
    words.append(("list", "Yang tidak dapat tempat masuk cadangan, menurut urutan undian."))
    return words


def meaning(rules: Rules) -> str:
    """The same in a breath, for a card: `Paling sedikit 40 untuk yang kena PHK. Paling banyak 2 orang dari satu KK.`"""
    least = "Paling sedikit {} untuk {}." if rules.reserve_order == "first" else "{} tambahan untuk {}."
    words = [least.format(number(r.seats), GROUPS.get(r.group, r.group)) for r in rules.reserves]
    if rules.max_per_household is not None:
        words.append(f"Paling banyak {rules.max_per_household} orang dari satu KK.")
    return " ".join(words)


def chance(quota: int, people: int, *, still_open: bool = True) -> str:
    """What the numbers mean: `Kira-kira 1 dari 9 orang.`"""
    if people <= quota:
        return (
            "Sampai sekarang tempatnya cukup untuk semua." if still_open else "Tempatnya cukup untuk semua."
        )
    return f"Kira-kira 1 dari {number((people + quota // 2) // quota)} orang."
