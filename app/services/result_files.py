"""Result files: checked whole first, kept sealed, then applied as a whole by the same person. Nothing half done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from app.channels.sheets import csv_bytes, read_table
from app.db import writing
from app.models import Application, Result, ResultFile, ResultPreview, Staff, Wave
from app.rules.reasons import Reason
from app.rules.states import State
from app.services import audit, result_entry, result_rows, wave_control
from app.services.ledger import Actor
from app.services.result_entry import Outcome
from app.services.result_rows import Checked, Fault
from app.services.wave_control import Changed

KEEP = timedelta(days=1)
"""How long a checked file waits."""

MOST_FAULTS = 500
"""Faults that a page shows; all of them are in the file to download."""


class NotReady(Exception):
    """The file has faults, or its skipped rows were not confirmed."""


@dataclass(frozen=True)
class Preview:
    """A checked file, by the name that it was uploaded with. `fresh` and `changed` are what applying would write; `absent` have no row and no result."""

    id: int
    name: str
    sha256: str
    fresh: int
    changed: int
    same: int
    rows: int
    absent: int
    by_state: dict[str, int]
    faults: list[Fault]
    fault_count: int
    skipped: list[Fault]
    skipped_count: int
    unread: list[str]


def check(wave: Wave, data: bytes, name: str, actor: Actor, now: datetime) -> int:
    """Read and judge an uploaded file and keep what was found; returns the preview's id. Changes nothing else.

    Raises SheetError, result_words.HeadingProblem, NotNow. May take 30 s for a hostile file.
    """
    result_entry.refuse_now(wave, now)
    table = read_table(data, name)
    wave_control.close_due(now)
    digest = hashlib.sha256(data).hexdigest()
    checked = result_rows.check(wave, table)
    with writing():
        mine = (ResultPreview.staff == actor.staff) & (ResultPreview.wave == wave.id)
        ResultPreview.delete().where(mine | (ResultPreview.at <= now - KEEP)).execute()
        preview = ResultPreview(
            wave=wave, staff=actor.staff, name=_safe_name(name, digest), sha256=digest, at=now
        )
        preview.checked = _to_text(checked, name[:200], len(table.rows), list(table.unread))
        preview.save(force_insert=True)
    return int(preview.id)


def find(preview_id: int, wave: Wave, staff: Staff, now: datetime) -> ResultPreview | None:
    """The uploader's own preview; None when it was applied, dropped or is a day old."""
    return ResultPreview.get_or_none(
        (ResultPreview.id == preview_id)
        & (ResultPreview.wave == wave.id)
        & (ResultPreview.staff == staff.id)
        & (ResultPreview.at > now - KEEP)
    )


def opened(row: ResultPreview) -> Preview:
    """What the page about a checked file shows."""
    kept = json.loads(row.checked)
    outcomes = _outcomes(kept)
    states = [outcome.state.value for outcome in outcomes.values()]
    covered = {
        result.application_id for result in Result.select(Result.application).where(Result.wave == row.wave)
    }
    absent = [one.id for one in result_entry.missing(row.wave) if one.id not in outcomes]
    return Preview(
        id=row.id,
        name=kept.get("name", row.name),
        sha256=row.sha256,
        fresh=len(outcomes.keys() - covered),
        changed=len(outcomes.keys() & covered),
        same=kept["same"],
        rows=kept["rows"],
        absent=len(absent),
        by_state={state: states.count(state) for state in set(states)},
        faults=[Fault(*fault) for fault in kept["faults"][:MOST_FAULTS]],
        fault_count=kept["fault_count"],
        skipped=[Fault(*fault) for fault in kept["skipped"][:MOST_FAULTS]],
        skipped_count=kept["skipped_count"],
        unread=kept["unread"],
    )


def wrong_rows(row: ResultPreview) -> bytes:
    """Every row that was not used, as CSV for a spreadsheet: line, ticket (never a NIK), what is wrong, what to do."""
    kept = json.loads(row.checked)
    kinds = (("bermasalah", kept["faults"]), ("dilewati", kept["skipped"]))
    rows = [(kind, *Fault(*fault).cells) for kind, faults in kinds for fault in faults]
    return csv_bytes(
        ("Jenis", "Baris", "Isi", "Masalah", "Saran"), sorted(rows, key=lambda r: int(r[1])), bom=True
    )


def apply(row: ResultPreview, skip: bool, rest: bool, actor: Actor, now: datetime) -> int:
    """Write every result of a checked file, or none; returns how many were written.

    skip: rows about other people are left out; rest: whoever is in the selection and not in the file is not selected.
    Raises NotReady, NotNow, and Changed when the wave is no longer as it was when the file was checked.
    """
    kept = json.loads(row.checked)
    if kept["fault_count"] or (kept["skipped_count"] and not skip):
        raise NotReady
    outcomes = _outcomes(kept)
    with writing():
        if ResultPreview.delete().where(ResultPreview.id == row.id).execute() != 1:
            raise Changed
        if rest:
            leave = Outcome(State.NOT_SELECTED, Reason.CENTRAL_RESULT)
            outcomes |= {one.id: leave for one in result_entry.missing(row.wave) if one.id not in outcomes}
        if outcomes:
            _write(row, outcomes, actor, now)
        return len(outcomes)


def drop(row: ResultPreview) -> None:
    """Forget a checked file."""
    row.delete_instance()


@dataclass(frozen=True)
class PublishedFile:
    """A file that told results of a wave: how to recognise it (SHA-256 in hex), how many rows it set, when."""

    sha256: str
    rows: int
    at: datetime


def published(wave: Wave) -> list[PublishedFile]:
    """For everybody, once the results of the wave are told: the files they came from, oldest first (D14).

    Without their names, which may hold anything, and without who brought them in.
    """
    if wave.published_at is None:
        return []
    return [PublishedFile(file.sha256, file.rows, file.at) for file in of_wave(wave)]


def of_wave(wave: Wave) -> list[ResultFile]:
    """For the office: every file that was applied to a wave, oldest first, told or not."""
    files = ResultFile.select(ResultFile, Staff).join(Staff).where(ResultFile.wave == wave.id)
    return list(files.order_by(ResultFile.at, ResultFile.id))


def _write(row: ResultPreview, outcomes: dict[int, Outcome], actor: Actor, now: datetime) -> None:
    wave = result_entry.lock_for_results(row.wave_id, actor, now)
    in_selection = (Application.wave == wave.id) & (Application.state == State.IN_SELECTION.value)
    ready = {one.id for one in Application.select(Application.id).where(in_selection)}
    if not outcomes.keys() <= ready:
        raise Changed
    same_file = (ResultFile.wave == wave.id) & (ResultFile.sha256 == row.sha256)
    file = ResultFile.get_or_none(same_file) or ResultFile.create(
        wave=wave, name=row.name, sha256=row.sha256, rows=len(outcomes), staff=actor.staff, at=now
    )
    result_entry.store(wave.id, outcomes, file, actor, now)
    audit.record(
        actor.audit_name,
        "result.file",
        f"wave:{wave.number}",
        now,
        f"{len(outcomes)} rows sha256:{row.sha256}",
    )


def _safe_name(uploaded: str, digest: str) -> str:
    """How a file is called here: by its hash, because people name files after people."""
    return f"hasil-{digest[:8]}.{'xlsx' if uploaded.lower().endswith('.xlsx') else 'csv'}"


def _to_text(checked: Checked, name: str, rows: int, unread: list[str]) -> str:
    return json.dumps(
        {
            "name": name,
            "rows": rows,
            "same": checked.same,
            "outcomes": [
                [number, one.state.value, one.reason.value, one.position, one.dated]
                for number, one in checked.outcomes.items()
            ],
            "faults": [list(asdict(fault).values()) for fault in checked.faults],
            "fault_count": len(checked.faults),
            "skipped": [list(asdict(fault).values()) for fault in checked.skipped],
            "skipped_count": len(checked.skipped),
            "unread": unread,
        },
        ensure_ascii=False,
    )


def _outcomes(kept: dict[str, Any]) -> dict[int, Outcome]:
    return {
        number: Outcome(State(state), Reason(reason), position, dated)
        for number, state, reason, position, dated in kept["outcomes"]
    }
