"""Nothing is changed for a page that is not ours: ASVS 3.5.1, security threat 16."""

from __future__ import annotations

import re
from functools import partial

import pytest
from itsdangerous import TimestampSigner

from tests.security.rows import changed_by, differences, everything
from tests.security.world import MUTATING, World, csrf_token
from tests.walking import until

#: Doors that need no token, because they look at no cookie: what is sent proves itself.
EXEMPT = {
    "app.views.push.receive": "the service worker, which sends no cookies: the token of a notice",
    "app.views.stop_mail.stop": "one click in a mail program (RFC 8058): the token of the mail",
}
FORGERIES = {
    "no token": {},
    "the token of another session": {"X-CSRFToken": "other"},
    "sent by another site": {"X-CSRFToken": "own", "Sec-Fetch-Site": "cross-site"},
    "sent by a neighbour site": {"X-CSRFToken": "own", "Sec-Fetch-Site": "same-site"},
    "another site's origin": {"X-CSRFToken": "own", "Origin": "https://evil.example"},
    "another port's origin": {"X-CSRFToken": "own", "Origin": "http://127.0.0.1:9"},
}


def test_no_route_takes_a_forged_request(world: World) -> None:
    world.staff("auditor"), world.other, world.summary
    exempt = {name.removeprefix("app.views.") for name in EXEMPT}
    routes = [
        (rule, path, method)
        for method in sorted(MUTATING)
        for rule, path in world.paths(method)
        if rule.endpoint not in exempt
    ]
    askers = {
        path: world.staff("manager") if path.startswith("/petugas") else world.full for _, path, _ in routes
    }
    tokens = {
        path: {
            "own": csrf_token(asker, path),
            "other": csrf_token(world.staff("officer") if path.startswith("/petugas") else world.other, path),
        }
        for path, asker in askers.items()
    }
    wrong = []

    def forge(method: str, path: str) -> None:
        for name, forged in FORGERIES.items():
            headers = {key: tokens[path].get(value, value) for key, value in forged.items()}
            answer = askers[path].ask(method, path, headers=headers, data={})
            if answer.status_code not in (400, 403):
                wrong.append(f"{method} {path}, {name}: {answer.status}")

    assert changed_by((f"{method} {path}", partial(forge, method, path)) for _, path, method in routes) == []
    assert wrong == []
    assert len(routes) > 15


@pytest.mark.only_on("sqlite")
def test_every_variable_of_an_address_has_a_value_that_exists(world: World) -> None:
    """The walks over all routes are only worth what they meet: teach tests/security/world.py VALUES the new one."""
    for rule in world.app.url_map.iter_rules():
        list(world.paths_of(rule))
    assert world.unknown == set()


@pytest.mark.only_on("sqlite")
def test_what_is_exempt_looks_at_no_cookie(world: World) -> None:
    """The same answer and nothing written, whoever sends it without the token that it wants."""
    protection = world.app.extensions["csrf"]
    assert protection._exempt_views | protection._exempt_blueprints <= set(EXEMPT)
    assert world.full
    before = everything()
    for rule in world.app.url_map.iter_rules():
        if f"app.views.{rule.endpoint}" in EXEMPT and "POST" in (rule.methods or ()):
            path = re.sub(r"<\w+>", "bukan-token", rule.rule)
            answers = {who.ask("POST", path, json={}).status_code for who in (world.full, world.stranger())}
            assert len(answers) == 1
            assert answers < {200, 204, 400, 404, 410}
    assert differences(before, everything()) == []


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("origin", [None, "http://127.0.0.1:8000"])
def test_a_token_of_the_own_session_is_enough(world: World, origin: str | None) -> None:
    """The same request as above, not forged: so that the test above cannot pass by refusing everything."""
    headers = {"X-CSRFToken": csrf_token(world.full, "/keluar")} | ({"Origin": origin} if origin else {})
    assert world.full.ask("POST", "/keluar", headers=headers).status_code == 303


@pytest.mark.only_on("sqlite")
def test_a_token_in_the_address_is_no_token(world: World) -> None:
    token = csrf_token(world.full, "/keluar")
    assert world.full.ask("POST", f"/keluar?csrf_token={token}").status_code == 400


@pytest.mark.only_on("sqlite")
def test_over_https_a_form_passes_without_a_referer(https: str, world: World) -> None:
    visitor = world.stranger()
    form = until(visitor, "syarat").form("Lanjut")
    form.fill({"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": "tahu"})
    answer = visitor.ask("POST", "/daftar/syarat", data=form.data("Lanjut"))
    assert "Referer" not in answer.request.headers
    assert (answer.status_code, answer.location) == (303, "/daftar/persetujuan")


@pytest.mark.only_on("sqlite")
def test_a_token_does_not_wear_out_while_somebody_types(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, signed_now = world.stranger(), TimestampSigner.get_timestamp
    with monkeypatch.context() as two_days_ago:
        two_days_ago.setattr(TimestampSigner, "get_timestamp", lambda self: signed_now(self) - 48 * 3600)
        page = until(visitor, "syarat")
    answers = {"umur": "ya", "sekolah": "tidak", "jabatan": "tidak", "kk2": "tahu"}
    assert page.submit("Lanjut", answers).path == "/daftar/persetujuan"
