"""The round that decides a draw, from the network: what a relay says counts only when its signature is the chain's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.channels import drand
from app.models import Draw
from app.rules import beacon
from app.services import drawing
from app.services.drawing import NotYet


def is_made(draw: Draw, now: datetime, chain: beacon.Chain = drawing.CHAIN) -> bool:
    """Whether the chain has reached the round of this draw."""
    return now.timestamp() >= beacon.made_at(chain, drawing.round_of(draw, chain))


def fetched(draw: Draw, relays: Sequence[str], now: datetime, chain: beacon.Chain = drawing.CHAIN) -> str:
    """The true signature of the draw's round in hex, from the first relay that knows it. Raises NotYet."""
    number = drawing.round_of(draw, chain)
    if is_made(draw, now, chain):
        for said in drand.signatures(relays, chain.hash, number):
            if beacon.is_signature(chain, number, bytes.fromhex(said)):
                return said
    raise NotYet(
        f"Belum ada relai drand yang memberi tanda tangan putaran {number}. Coba lagi, atau tempel sendiri.",
        "jalan",
    )
