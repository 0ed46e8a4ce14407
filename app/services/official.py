"""What is official: a notice found by its code, and a pasted message held against what we really said.

Whoever has a code learns the kind, the day and the title of the notice, as on a lock screen; its body is shown to its
owner alone. For the same reason the words of others are compared with the public text only: else a code and some
guesses would tell what a body says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.models import Broadcast, Notice
from app.rules import call_words, codes, local_time, message_check, notice_words, own_address
from app.rules.broadcast import TOLD
from app.rules.message_check import Verdict
from app.rules.own_address import Link, Site
from app.services.office import OfficeFacts


@dataclass(frozen=True, slots=True)
class Official:
    """A notice of ours as anybody may see it; `own` says that the body is the personal one of who looks.

    `to_many`: the same words went to many, so the body is public. `stopped`: when the office stopped sending it, or "".
    """

    code: str
    kind: str
    title: str
    body: str
    when: str
    own: bool
    to_many: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about a pasted message. `unknown` are false codes, `foreign` words that are not ours."""

    verdict: Verdict
    notices: tuple[Official, ...]
    links: tuple[Link, ...]
    unknown: tuple[str, ...]
    foreign: tuple[str, ...]
    asked: tuple[str, ...]


def site(host: str, https: bool, facts: OfficeFacts) -> Site:
    """Where we are, and what we name ourselves: the programme's own site, the office's WhatsApp number."""
    known = {facts.programme_site.removeprefix("https://").strip("/")}
    if facts.whatsapp:
        known.add(f"wa.me/{facts.whatsapp}")
    return Site(host, https, frozenset(known - {""}))


def by_code(text: str, viewer: int | None, zone: str) -> Official | None:
    """The notice with this code, typed in any way; None when there is none. `viewer` is the applicant who looks."""
    try:
        code = codes.parse(text)
    except codes.CodeError:
        return None
    row = Notice.get_or_none(Notice.code == code)
    if row is not None:
        return _shown(row, viewer, zone)
    sent = _sent({code}).get(code)
    return None if sent is None else _to_many(sent, sent.code, zone)


def _sent(found: Collection[str]) -> dict[str, Broadcast]:
    """Broadcasts by their codes: those of which somebody was told, for a draft is not official yet."""
    told = Broadcast.code.in_(list(found)) & Broadcast.state.in_([state.value for state in TOLD])
    told &= Broadcast.started_at.is_null(False)
    return {row.code: row for row in Broadcast.select().where(told)} if found else {}


def _to_many(row: Broadcast, code: str, zone: str) -> Official:
    """What went to many is public word for word."""
    return Official(
        code=codes.shown(code),
        kind=notice_words.of("broadcast").label,
        title=row.title,
        body=row.body,
        when=local_time.day_clock(row.started_at or row.written_at, zone),
        own=False,
        to_many=True,
        stopped=local_time.day_clock(row.stopped_at, zone) if row.stopped_at is not None else "",
    )


def _shown(row: Notice, viewer: int | None, zone: str) -> Official:
    if row.broadcast is not None:
        return _to_many(row.broadcast, row.code, zone)
    words, own = notice_words.of(row.kind), viewer is not None and row.applicant_id == viewer
    return Official(
        code=codes.shown(row.code),
        kind=words.label,
        title=row.title,
        body=row.body if own else words.body,
        when=local_time.day_clock(row.created_at, zone),
        own=own,
    )


def _without_links(body: str, where: Site) -> str:
    """As the pasted message is compared: links are judged by themselves."""
    for link in own_address.links(body, where):
        body = body.replace(link.text, " ", 1)
    return body


def check(text: str, where: Site, facts: OfficeFacts, viewer: int | None) -> Answer:
    """Are the words and the links of a pasted message ours? Nothing is fetched and nothing is kept."""
    links = own_address.links(text, where)
    coded = message_check.codes_in(text)
    rows = (
        {row.code: row for row in Notice.select().where(Notice.code.in_(coded.found))} if coded.found else {}
    )
    sent = _sent(set(coded.found) - set(rows))
    mine = [
        _shown(rows[code], viewer, facts.zone) if code in rows else _to_many(sent[code], code, facts.zone)
        for code in coded.found
        if code in rows or code in sent
    ]
    known = {*rows, *sent}
    unknown = (*coded.false, *(codes.shown(code) for code in coded.claimed if code not in known))
    texts = [part for one in mine for part in (one.title, _without_links(one.body, where))]
    texts += [notice_words.of(row.kind).body for row in rows.values()]
    texts += [notice_words.SMS_TITLE] if mine else []
    beside = (notice_words.LOCK_SCREEN, *notice_words.MAIL_WORDS, *notice_words.SMS_WORDS)
    around = (*beside, *call_words.all_words(), facts.name, facts.short_name)
    foreign = message_check.foreign_words(text, texts, links, around)
    unexplained = foreign if foreign is not None else tuple(message_check.words(text))
    asked = message_check.asks_for(unexplained)
    return Answer(
        verdict=message_check.verdict(links, len(mine), len(unknown), foreign, asked),
        notices=tuple(mine),
        links=tuple(links),
        unknown=unknown,
        foreign=foreign or (),
        asked=asked,
    )
