"""/saya/kabar/langganan: a phone that wants to hear asks here, says so again at each visit, and takes it back.

Scripts talk JSON with these doors (a browser cannot subscribe without a script); taking it back and the test also
work as plain forms.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Flask, current_app, redirect, request
from werkzeug.wrappers import Response

from app import auth, errors
from app.channels import web_push
from app.config import Settings
from app.models import Session
from app.services import devices, push_receipts, subscriptions
from app.views.pwa import PUSH_PATH, RECEIPT_PATH

pages = Blueprint("push", __name__)

Json = tuple[dict[str, str], int]
INBOX = "/saya/kabar"
KEY = "push_key"

_OTHER_BROWSER = "Coba Chrome atau Firefox. Kabar tetap ada di halaman Kabar."
#: What is said for each code of web_push.Refused, and for a body that is no subscription at all.
REFUSED = {
    "malformed": f"Browser ini mengirim data yang tidak kami kenal. {_OTHER_BROWSER}",
    "endpoint_malformed": f"Alamat kabar dari browser ini tidak terbaca. {_OTHER_BROWSER}",
    "endpoint_too_long": f"Alamat kabar dari browser ini terlalu panjang. {_OTHER_BROWSER}",
    "endpoint_not_https": f"Alamat kabar dari browser ini tidak memakai https. {_OTHER_BROWSER}",
    "endpoint_userinfo": f"Alamat kabar dari browser ini memuat nama pengguna. {_OTHER_BROWSER}",
    "endpoint_port": f"Alamat kabar dari browser ini memakai port lain. {_OTHER_BROWSER}",
    "endpoint_ip": f"Alamat kabar dari browser ini hanya berupa angka. {_OTHER_BROWSER}",
    "endpoint_host": f"Layanan kabar dari browser ini belum kami kenal. {_OTHER_BROWSER}",
    "key_malformed": f"Kunci kabar dari browser ini rusak. {_OTHER_BROWSER}",
    "auth_malformed": f"Kunci kabar dari browser ini rusak. {_OTHER_BROWSER}",
}
#: What the inbox says after a redirect with `?selesai=...`.
SAID = {
    "tes": "Kabar percobaan sudah dikirim. Biasanya sampai dalam satu menit.",
    "tes-tanpa-hp": "Belum ada HP yang minta dikabari. Nyalakan dulu kabar di HP ini.",
    "mati": "Kabar di HP ini sudah dimatikan. Semua kabar tetap ada di sini.",
}


def init(app: Flask) -> None:
    """Compute once what browsers need to subscribe: the public half of our VAPID key (empty: no push here)."""
    settings: Settings = app.extensions["settings"]
    private = settings.keys.vapid
    app.extensions[KEY] = web_push.vapid_public_key(private) if private else ""
    app.extensions["csrf"].exempt(receive)  # the token is the proof: docs/decisions/0014-receipts.md


def public_key() -> str:
    """The `applicationServerKey` as base64url of 65 bytes, for templates."""
    return str(current_app.extensions[KEY])


def _own_phone(view: Callable[[Session], Any]) -> Callable[[], Any]:
    """A full session on a phone of one's own. A script cannot follow a redirect to a sign-in page, so it is told."""

    @functools.wraps(view)
    def guarded() -> Any:
        who = auth.principal()
        if who is None or who.kind not in ("full", "summary"):
            return _no("masuk", "Masuk dulu dengan NIK dan PIN.", 401)
        if who.kind != "full":
            return _no("bukti", "HP ini belum dikenal. Masuk dengan kunci dulu.", 403)
        if who.session.shared:
            return _no("bersama", "HP ini dipakai bersama, jadi tidak akan berbunyi untuk Anda.", 403)
        return view(who.session)

    return guarded


def _no(code: str, words: str, status: int) -> Json:
    return {"kode": code, "pesan": words}, status


@pages.post(PUSH_PATH)
@_own_phone
def subscribe(session: Session) -> Json:
    """Take what PushSubscription.toJSON() gives; told again, it only counts as refreshed. 422 says why not.

    With `?lagi` it is the service worker that renews what its browser changed: a browser does not know that its owner
    has switched push off here, so that is asked of us.
    """
    if "lagi" in request.args and not subscriptions.is_on(_owner(session), session.device_id):
        return {}, 200
    settings: Settings = current_app.extensions["settings"]
    endpoint, p256dh, secret = _offered()
    try:
        if endpoint is None:
            raise web_push.Refused("malformed")
        offered = web_push.check_subscription(
            endpoint, p256dh, secret, settings.push_hosts, allow_loopback=settings.push_loopback
        )
    except web_push.Refused as refused:
        return _no(refused.code, REFUSED[refused.code], 422)
    subscriptions.opt_in(
        _owner(session),
        offered,
        device_id=session.device_id,
        label=devices.label_of(request.headers.get("User-Agent", "")),
        now=auth.now(),
    )
    return {}, 201


@pages.delete(PUSH_PATH)
@_own_phone
def unsubscribe(session: Session) -> Json | tuple[str, int]:
    """Switch off the browser that is named by its endpoint; somebody else's is left alone, without a word of it."""
    endpoint, _, _ = _offered()
    if endpoint is None:
        return _no("malformed", REFUSED["malformed"], 422)
    subscriptions.remove_endpoint(_owner(session), endpoint, auth.now())
    return "", 204


def _offered() -> tuple[str | None, Any, Any]:
    """Endpoint, p256dh and auth as sent; the channel judges their types. No endpoint: not a subscription."""
    said = request.get_json(silent=True)
    if not isinstance(said, dict) or not isinstance(said.get("endpoint"), str):
        return None, None, None
    given = said.get("keys")
    given = given if isinstance(given, dict) else {}
    return said["endpoint"], given.get("p256dh"), given.get("auth")


@pages.post(RECEIPT_PATH)
def receive() -> tuple[str, int]:
    """What the service worker saw on its screen: `{"shown": [token], "opened": [token]}`.

    204 whether a token is good or not, so that nobody learns which is; 400 for what is not such a list. It asks for
    no session: the worker sends no cookies, and a token is known only to the browser that could decrypt it.
    """
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        return "", 400
    shown, seen = said.get("shown", []), said.get("opened", [])
    if not all(_is_token_list(some) for some in (shown, seen)):
        return "", 400
    push_receipts.note(shown, seen, auth.now())
    return "", 204


def _is_token_list(said: Any) -> bool:
    few = isinstance(said, list) and len(said) <= push_receipts.MOST
    return few and all(isinstance(one, str) for one in said)


# without a script ---------------------------------------------------------------------------------


@pages.post(f"{PUSH_PATH}/hapus")
@auth.full_session
def switch_off() -> Response:
    """ "Matikan kabar di HP ini", or in the browser of the list whose row is named."""
    session = _session()
    row = request.form.get("baris", "")
    if not row:
        subscriptions.remove_device(_owner(session), session.device_id, auth.now())
    elif row.isascii() and row.isdigit() and len(row) < 20 and int(row) < 2**63:
        subscriptions.remove_one(_owner(session), int(row), auth.now())
    return redirect(auth.safe_next(f"{INBOX}?selesai=mati"), 303)


@pages.post(f"{INBOX}/tes")
@auth.full_session
def test() -> Response:
    """ "Kirim tes": one notice the whole way, three times an hour."""
    try:
        subscriptions.send_test(_owner(_session()), auth.now())
    except subscriptions.NoPhone:
        return redirect(f"{INBOX}?selesai=tes-tanpa-hp", 303)
    except subscriptions.TooManyTests:
        return errors.page(429, retry_after=3600)
    return redirect(auth.safe_next(f"{INBOX}?selesai=tes"), 303)


def _owner(session: Session) -> int:
    return cast(int, session.applicant_id)


def _session() -> Session:
    who = auth.principal()
    assert who is not None  # the guard saw to it
    return who.session
