"""Who heard: the live part of a wave's page, and the list of those who have not opened a notice."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from app import auth
from app.rules import call_words, local_time
from app.services import call_list, office, reach
from app.services.reach import KindReach, Reach
from app.views.staff.area import EVERYBODY, pages
from app.views.staff.search import own_district
from app.views.staff.waves import found

Answer = str | Response

#: State, CSS class of its colour, and its word, from best to worst.
STATES = (
    (Reach.OPENED, "d1", "Dibuka"),
    (Reach.SHOWN, "d2", "Tampil di HP"),
    (Reach.SENT, "d3", "Terkirim"),
    (Reach.QUEUED, "d4", "Menunggu"),
    (Reach.UNREACHABLE, "d5", "Tidak sampai"),
)
WORDS = {state: word for state, _, word in STATES}
#: What the list of who is left is filtered by, in its address.
ONLY = {"tampil": Reach.SHOWN, "terkirim": Reach.SENT, "menunggu": Reach.QUEUED, "tidak": Reach.UNREACHABLE}
SLUGS = {state: slug for slug, state in ONLY.items()}
#: White between two parts of the bar, in percent of its width.
GAP = 0.3


@pages.get("/gelombang/<int:number>/kabar")
@auth.roles(*EVERYBODY)
def reached(number: int) -> Answer:
    """The bars alone, fetched anew by staff.js every ten seconds."""
    return render_template("staff/reach.html", live=cards(number))


@pages.get("/gelombang/<int:number>/kabar/<kind>")
@auth.roles(*EVERYBODY)
def not_reached(number: int, kind: str) -> Answer:
    """Who has not opened one kind of notice, the worst reached first."""
    row = found(number)
    if kind not in reach.TITLES:
        abort(404)
    page = min(max(request.args.get("halaman", 1, type=int), 1), 10_000)
    asked = request.args.get("sampai", "")
    people, total = reach.left(row.id, kind, own_district(), page, ONLY.get(asked))
    counts = reach.left_counts(row.id, kind, own_district())
    return render_template(
        "staff/not_reached.html",
        at="gelombang",
        number=number,
        kind=kind,
        title=reach.TITLES[kind],
        rows=people,
        words=WORDS,
        only=[(slug, WORDS[state], local_time.number(counts.get(state, 0))) for slug, state in ONLY.items()],
        everybody=local_time.number(sum(counts.values())),
        asked=asked if asked in ONLY else None,
        total=local_time.number(total),
        page=page,
        last=max(1, -(-total // reach.PAGE)),
        district_only=own_district() is not None,
    )


@pages.app_template_global("reach_cards")  # the page of a wave shows them too
def cards(number: int) -> dict[str, Any]:
    """The bars of a wave as its templates print them."""
    row, now = found(number), auth.now()
    called = call_list.of_wave(row.id)
    return {
        "wave": number,
        "at": local_time.hour(now, office.current().zone),
        "kinds": [card(one, called.get(one.kind, 0)) for one in reach.of_wave(row.id, now)],
    }


def card(one: KindReach, called: int = 0) -> dict[str, Any]:
    """One bar as its template prints it; `called` of its people stand on the call list because of it."""
    parts: list[dict[str, Any]] = []
    x = 0.0
    percents = _whole([one.percent(state) for state, *_ in STATES])
    last = [state for state, *_ in STATES if one.counts[state]][-1:]
    for (state, css, word), percent in zip(STATES, percents, strict=True):
        share, gap = one.percent(state), 0.0 if state in last else GAP
        parts.append(
            {
                "word": word,
                "css": css,
                "count": local_time.number(one.counts[state]),
                "percent": percent,
                "x": round(x, 2),
                "width": round(max(share - gap, min(share, GAP)), 2),
                "only": SLUGS.get(state, ""),  # also where nobody is: a link that is held must not vanish
            }
        )
        x += share
    left = one.total - one.counts[Reach.OPENED]
    said = ", ".join(f"{_small(part['word'])} {part['percent']} persen" for part in parts)
    return {
        "kind": one.kind,
        "title": one.title,
        "total": local_time.number(one.total),
        "left": local_time.number(left) if left else "",
        "all": not left,
        "called": local_time.number(called) if called else "",
        "reason": call_words.reason("notice", one.kind),
        "running": bool(one.counts[Reach.QUEUED]),
        "parts": parts,
        "said": said[:1].upper() + said[1:],
    }


def _whole(shares: list[float]) -> list[int]:
    """Whole percents whose sum is that of the shares: the largest remainders are rounded up."""
    whole = [int(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda one: whole[one] - shares[one])
    for one in by_rest[: round(sum(shares)) - sum(whole)]:
        whole[one] += 1
    return whole


def _small(word: str) -> str:
    """In the middle of a sentence: `Tampil di HP` as `tampil di HP`."""
    return word[:1].lower() + word[1:]
