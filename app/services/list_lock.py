"""From the freeze of a list on its people stay who they are (security.md 5, D4): nobody corrects a ghost into a friend."""

from __future__ import annotations

from app.db import locked_for_update
from app.models import Application, Draw, Entry

LOCKED = "Daftar peserta gelombang ini sudah dikunci. Identitas peserta tidak bisa diubah lagi sampai hasil diumumkan."


def is_locked(application: Application) -> bool:
    """Whether this entry is in a frozen list, inside or outside a transaction."""
    frozen = Draw.select(Draw.id).where((Draw.wave == application.wave_id) & Draw.frozen_at.is_null(False))
    mine = (Entry.application == application.id) & Entry.draw.in_(frozen)
    return bool(Entry.select(Entry.id).where(mine).exists())


def hold(application: Application) -> None:
    """Keep the list of this entry's draw from being frozen until the caller's transaction ends."""
    locked_for_update(Draw.select(Draw.id).where(Draw.wave == application.wave_id)).execute()
