"""The draw, step by step: promise, list, freeze, draw, attest. Each refuses with what stands in its way.

Design section 5. There is one run and no secret: whoever holds these verbs can delay a draw, in public, but not
choose its outcome.
"""
# Long because: the five steps of one draw stand together, each with what it refuses.

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from app.db import locked_for_update, writing
from app.models import Draw, Wave
from app.rules import beacon
from app.rules import draw as drawing
from app.rules.local_time import local
from app.rules.promise import BEFORE_CLOSING, LIST_BEFORE_DRAW, BadPromise, Promise
from app.rules.waves import FROZEN_BEFORE_DRAW, LIST_WITHIN
from app.services import audit, draw_files, draw_list, draw_ranks, draw_rules, draw_schedule, witness
from app.services.ledger import Actor
from app.services.wave_control import close_due

CHAIN = beacon.QUICKNET
#: Between the last objection and the latest freeze that does not move the draw: the office freezes by hand.
ROOM_TO_FREEZE = timedelta(hours=12)
See = Literal["", "janji", "daftar", "kunci", "jalan", "sah", "umumkan", "jadwal", "aturan", "undi"]
"""A step, the wave's own page, its rules, or the draw time that was just typed."""


class NotYet(Exception):
    """A step cannot be taken: `words` says why, `see` is what stands in the way."""

    def __init__(self, words: str, see: See = "") -> None:
        super().__init__(words)
        self.words, self.see = words, see


class SamePerson(Exception):
    """This step needs somebody other than whoever took the step before (ASVS 2.3.5)."""


def promise(wave: Wave, draw_at: datetime, actor: Actor, now: datetime, chain: beacon.Chain = CHAIN) -> Draw:
    """Step 1: fix closing, draw time, rules and the beacon, at least 7 days before closing. Never changed afterwards.

    `draw_at` aware, whole seconds. Raises NotYet.
    """
    actor.officer()
    if now > wave.closes_at - BEFORE_CLOSING:
        raise NotYet("Janji harus dibuat paling lambat 7 hari sebelum gelombang ditutup.", "jadwal")
    if draw_rules.promised(wave) is not None:
        raise NotYet("Janji gelombang ini sudah dibuat.", "janji")
    if draw_at < wave.closes_at + LIST_WITHIN + FROZEN_BEFORE_DRAW:
        raise NotYet("Undian paling cepat 48 jam sesudah gelombang ditutup.", "undi")
    if wave.announce_at is not None and wave.announce_at <= draw_at:
        raise NotYet("Undian harus sebelum waktu hasil diumumkan.", "undi")
    try:
        made = Promise(
            wave=str(wave.number),
            closes_at=wave.closes_at.replace(microsecond=0),
            final_list_by=draw_at - LIST_BEFORE_DRAW - ROOM_TO_FREEZE,
            draw_at=draw_at,
            chain=chain.hash,
            rules=draw_rules.of(wave),
        )
    except BadPromise as error:
        raise NotYet("Janji ini belum bisa dibuat: aturan gelombang ini belum lengkap.", "aturan") from error
    with writing():
        Wave.update(draw_at=draw_at, selection="draw").where(Wave.id == wave.id).execute()
        draw = Draw.create(
            wave=wave,
            promise=made.to_json(),
            promise_sha256=made.sha256.hex(),
            promised_at=now,
            promised_by=actor.staff,
            draw_at=draw_at,
        )
        audit.record(actor.audit_name, "draw.promise", f"wave:{wave.number}", now, made.sha256.hex())
        witness.tell_promise(draw, now)
    return draw


def promise_of(draw: Draw) -> Promise:
    """The promise as it was made."""
    return Promise.from_json(bytes(draw.promise))


# the list ------------------------------------------------------------------------------------------


def list_entrants(draw: Draw, actor: Actor, now: datetime) -> Draw:
    """Step 2: publish who is in the hat, by entry numbers. May be repeated while people object, until it is frozen.

    Undecided people (a disputed NIK, data to mend) are left out and counted. Raises NotYet.
    """
    close_due(now)
    draw = Draw.get_by_id(draw.id)
    _refuse_listing(draw, now)
    left_out = draw_list.left_out(draw)
    made = draw_list.make(draw, promise_of(draw))
    try:
        _switch_list(draw, made, left_out, actor, now)
    except Exception:
        draw_list.drop(draw, made.listing)
        raise
    draw_list.sweep(draw)
    return Draw.get_by_id(draw.id)


def _switch_list(draw: Draw, made: draw_list.Made, left_out: int, actor: Actor, now: datetime) -> None:
    """From here on the list that was made counts, its rows and its file at once."""
    with writing():
        locked = _locked(draw)
        _refuse_listing(locked, now)
        if locked.listing != draw.listing or not draw_list.is_whole(locked, made):
            raise NotYet("Daftar ini baru saja dibuat orang lain. Lihat dulu hasilnya.", "daftar")
        locked.listing, locked.listed_at, locked.left_out = made.listing, now, left_out
        locked.save(only=(Draw.listing, Draw.listed_at, Draw.left_out))
        wave = promise_of(locked).wave
        audit.record(actor.audit_name, "draw.list", f"wave:{wave}", now, f"{made.people} entrants")


def _refuse_listing(draw: Draw, now: datetime) -> None:
    if now < promise_of(draw).closes_at:
        raise NotYet("Gelombang ini masih dibuka. Daftar dibuat sesudah ditutup.", "jadwal")
    if draw.frozen_at is not None:
        raise NotYet("Daftar ini sudah dikunci.", "kunci")


def freeze(draw: Draw, actor: Actor, now: datetime) -> Draw:
    """Step 3: make the published list final. Late means a later draw, by whole weeks, in public. Raises NotYet."""
    draw = Draw.get_by_id(draw.id)
    _refuse_freezing(draw, now)
    data, listing = draw_files.stored(draw, draw_files.LIST), draw.listing
    entrants = drawing.read_list(data)  # this and the tree are slow, so before the transaction
    root = drawing.tickets_root(entrants).hex()
    with writing():
        draw = _locked(draw)
        _refuse_freezing(draw, now)
        if draw.listing != listing:
            raise NotYet("Daftar ini baru saja dibuat orang lain. Lihat dulu hasilnya.", "daftar")
        draw.tickets_sha256 = hashlib.sha256(data).hexdigest()
        draw.tickets_root, draw.tickets_count = root, len(entrants)
        draw.frozen_at = now
        draw_schedule.move_if_late(draw, now)
        draw.save()
        audit.record(actor.audit_name, "draw.freeze", f"draw:{draw.id}", now, draw.tickets_sha256)
        witness.tell_frozen(draw, now)
    draw_list.sweep(draw)
    return Draw.get_by_id(draw.id)


def _refuse_freezing(draw: Draw, now: datetime) -> None:
    if draw.frozen_at is not None:
        raise NotYet("Daftar ini sudah dikunci.", "kunci")
    if draw.listed_at is None:
        raise NotYet("Terbitkan daftar peserta dulu.", "daftar")
    if now < promise_of(draw).final_list_by:
        words = "Peserta masih boleh mengajukan keberatan. Daftar dikunci pada waktu yang dijanjikan."
        raise NotYet(words, "kunci")


# the draw ------------------------------------------------------------------------------------------


def round_of(draw: Draw, chain: beacon.Chain = CHAIN) -> int:
    """The number of the drand round that decides this draw."""
    return beacon.round_for(chain, draw.draw_at)


def run(draw: Draw, signature: str, actor: Actor, now: datetime, chain: beacon.Chain = CHAIN) -> Draw:
    """Step 4: the one run. `signature` is the round's, in hex, from any relay or typed; a false one is refused.

    Raises NotYet.
    """
    if draw.frozen_at is None:
        raise NotYet("Kunci daftar peserta dulu.", "kunci")
    number = round_of(draw, chain)
    if now.timestamp() < beacon.made_at(chain, number):
        there = local(draw.draw_at, "WIB")
        raise NotYet(f"Angka acaknya baru ada sesudah {there:%d-%m-%Y %H.%M} WIB.", "jalan")
    if not beacon.is_signature(chain, number, _hex(signature)):  # slow, so before the transaction
        raise NotYet(
            f"Ini bukan tanda tangan drand untuk putaran {number}. Periksa lagi, lalu tempel ulang.", "jalan"
        )
    draw = Draw.get_by_id(draw.id)
    _refuse_second_run(draw)
    drawn = drawing.draw(promise_of(draw), _list_of(draw), beacon.randomness(_hex(signature)))
    results = drawing.results_csv(drawn)
    # Outside of the one transaction, because they take long for many people: whoever runs it writes the same ranks.
    draw_ranks.keep(draw, drawn)
    with writing():
        draw = _locked(draw)
        _refuse_second_run(draw)
        draw.round, draw.signature = number, signature.strip().lower()
        draw_files.keep(draw, draw.listing, draw_files.RESULTS, results)
        draw.results_sha256 = hashlib.sha256(results).hexdigest()
        draw.drawn_at, draw.drawn_by = now, actor.officer()
        draw.save()
        audit.record(actor.audit_name, "draw.run", f"draw:{draw.id}", now, draw.results_sha256)
        witness.tell_drawn(draw, now)
    return draw


def _refuse_second_run(draw: Draw) -> None:
    if draw.drawn_at is not None:
        raise NotYet("Undian ini sudah dijalankan. Hanya ada satu kali undian.", "jalan")


def attest(draw: Draw, actor: Actor, now: datetime) -> Draw:
    """Step 5, first half: another person has recomputed the draw and says that it fits. Raises NotYet, SamePerson."""
    draw = Draw.get_by_id(draw.id)
    _refuse_attesting(draw, actor)
    again = drawing.draw(promise_of(draw), _list_of(draw), beacon.randomness(bytes.fromhex(draw.signature)))
    fits = drawing.results_csv(again) == draw_files.stored(draw, draw_files.RESULTS)
    with writing():
        draw = _locked(draw)
        _refuse_attesting(draw, actor)
        if not fits:
            raise NotYet(
                "Hitungan ulang berbeda dari hasil yang tersimpan. Jangan diumumkan; laporkan.", "jalan"
            )
        draw.attested_at, draw.attested_by = now, actor.staff
        draw.save(only=(Draw.attested_at, Draw.attested_by))
        audit.record(actor.audit_name, "draw.attest", f"draw:{draw.id}", now, draw.results_sha256)
    return draw


def _refuse_attesting(draw: Draw, actor: Actor) -> None:
    if draw.drawn_at is None:
        raise NotYet("Undian ini belum dijalankan.", "jalan")
    if draw.attested_at is not None:
        raise NotYet("Undian ini sudah disahkan.", "sah")
    if draw.drawn_by_id == actor.officer().id:
        raise SamePerson


def _list_of(draw: Draw) -> bytes:
    """The frozen list, if list and promise are still the bytes whose hashes were told. Raises NotYet."""
    data = draw_files.stored(draw, draw_files.LIST)
    if hashlib.sha256(data).hexdigest() != draw.tickets_sha256:
        raise NotYet("Berkas peserta sudah berubah sejak dikunci. Jangan diundi; laporkan.", "kunci")
    if hashlib.sha256(bytes(draw.promise)).hexdigest() != draw.promise_sha256:
        raise NotYet("Berkas janji sudah berubah. Jangan diundi; laporkan.", "janji")
    return data


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip())
    except ValueError:
        return b""


def _locked(draw: Draw) -> Draw:
    fresh: Draw = locked_for_update(Draw.select().where(Draw.id == draw.id)).get()
    return fresh
