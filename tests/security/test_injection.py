"""What people type is text wherever it is shown: ASVS 1.2.1, 1.2.4, 1.2.10, 1.3.11, 5.2.2.

No SQL put together, no Markup around typed text, no |safe: tests/house/test_source.py and test_templates.py read every
file for that. Formula cells, zip bombs and files that are not what they say: tests/channels/test_sheets.py. Mail headers:
tests/channels/test_mail.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.models import Applicant, Application, LedgerEntry
from tests.inspection import Parsed, complaints, text_of
from tests.pages import Visitor
from tests.security.world import World, application_of, post
from tests.walking import changed, register

#: Each stands in a name, a street, an employer, a wish for help, an officer's remark and the name of a file.
HOSTILE = (
    """<img src=x onerror=alert(1)>"' ${alert(1)}{{7*7}}<%=7*7%> =cmd|'/c calc'!A1""",
    """</script><script>alert(1)</script> " autofocus onfocus=alert(1) x=' &lt;b&gt;&#x3c;i '; DROP TABLE applicant;--""",
)
pytestmark = pytest.mark.only_on("sqlite")  # what a page shows does not depend on the database
MARK = "alert(1)"
#: Complaints of the inspection that something typed became markup; the others are not this file's business.
MARKUP = ("not valid HTML", "inline", "without src", "has href", "has action", "has src", "<style>")


def said(text: str) -> dict[str, dict[str, Any]]:
    return changed(
        identitas={"nama": f"Siti {text}"},
        alamat={"jalan": f"Gang {text}"},
        phk={"perusahaan": f"PT {text}"},
        pendidikan={"hambatan": "gerak", "perlu": f"Kursi {text}"},
    )


class Eyes(Visitor):
    """Walks without the usual inspection, which knows `{{` only as a template that was not rendered."""

    def look(self, path: str) -> Parsed:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, (path, answer.status)
        return as_page(answer, path)


def as_page(answer: TestResponse, where: str) -> Parsed:
    """A page whose markup is only ours: none of what was typed became an element or an attribute."""
    html = answer.get_data(as_text=True)
    wrong = [one for one in complaints(html, answer.status_code) if any(sign in one for sign in MARKUP)]
    assert not wrong, (where, wrong)
    page = Parsed(html, answer.status_code)
    for element in page.elements:
        assert element.get("src") != "x", where
        assert not [name for name in element.attrib if name.startswith("on")], where
        assert "alert" not in (element.get("src") or element.get("href") or ""), where
    assert "<img src=x" not in html
    assert "<script>alert" not in html
    assert ">49" not in html, "nothing was computed"
    return page


def text(page: Parsed) -> str:
    return text_of(page.all("body")[0])


def pages_of(visitor: Visitor, world: World) -> Iterator[tuple[str, Parsed]]:
    """Every page that this person can open and that shows something of what was typed."""
    for _, path in world.paths("GET"):
        answer = visitor.ask("GET", path)
        if (
            answer.status_code == 200
            and answer.mimetype == "text/html"
            and MARK in answer.get_data(as_text=True)
        ):
            yield path, as_page(answer, path)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_an_applicant_types_is_text_on_every_page(world: World, hostile: str) -> None:
    siti = Eyes(world.app, world.base_url)
    _register_unlooked(siti, said(hostile))
    world.__dict__["full"] = siti
    post(siti, "/saya/ubah")
    names = [path for path, page in pages_of(siti, world) if f"Siti {hostile}" in text(page)]
    assert {"/daftar/periksa", "/saya/data", "/daftar/bukti"} <= set(names)
    check = text(siti.look("/daftar/periksa"))
    for typed in ("Gang", "PT", "Kursi"):
        assert f"{typed} {hostile}" in check
    kept = json.loads(siti.ask("GET", "/saya/data.json").get_data())
    assert kept["diri"][0]["nama"] == f"Siti {hostile}"
    officer = world.staff("verifier")
    assert post(officer, "/petugas/cari", data={"q": "siti"}).status_code == 303
    seen = [path for path, page in pages_of(officer, world) if f"Siti {hostile}" in text(page)]
    assert f"/petugas/pendaftar/{application_of(world)}" in seen
    assert "/petugas/cari" in seen
    assert Applicant.select().where(Applicant.name == f"Siti {hostile}").count() == 1, "no table was dropped"


def _register_unlooked(visitor: Visitor, answers: dict[str, dict[str, Any]]) -> None:
    """The walk of tests/walking.py, posted as a browser without scripts would, but pages are not inspected."""
    for slug in (*answers, "periksa"):
        fields = {"benar": "y"} if slug == "periksa" else answers[slug]
        data = {key: "y" if value is True else value for key, value in fields.items()}
        answer = post(visitor, f"/daftar/{slug}", data=data)
        assert answer.status_code == 303, (slug, answer.status)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_an_officer_types_is_text_for_the_applicant(world: World, hostile: str) -> None:
    place = f"/petugas/pendaftar/{application_of(world)}/betulkan"
    page = world.staff("officer").open(place)
    form = page.form(None, "alasan", "catatan")
    form.fill({"alasan": page.form(None, "alasan").options("alasan")[0], "catatan": hostile})
    assert post(world.staff("officer"), place, data=form.data(None)).status_code == 303
    assert LedgerEntry.select().where(LedgerEntry.note.is_null(False)).get().note == hostile
    siti = Eyes(world.app, world.base_url)
    siti.http = world.full.http
    assert hostile in text(siti.look("/saya"))
    assert [path for path, page in pages_of(world.staff("auditor"), world) if hostile in text(page)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_stands_in_a_file_and_in_its_name_is_text(world: World, hostile: str) -> None:
    """A list of results from elsewhere: cells and name come back on the page that shows its faults."""
    assert world.full
    world.clock.set(world.wave.closes_at)
    manager = world.staff("manager")
    world.renew(manager)
    place = f"/petugas/gelombang/{world.wave.number}/hasil"
    quoted = hostile.replace('"', '""')
    rows = f'nik,hasil\n"{quoted}",terpilih\n3599015704880003,"{quoted}"\n'
    page = manager.open(place)
    form = page.form(None, "berkas")
    form.fill({"berkas": (rows.encode(), f"{hostile.replace('/', '')}.csv")})
    answer = manager.ask("POST", place, data=form.data(None), content_type="multipart/form-data")
    if answer.status_code == 303:
        answer = manager.ask("GET", answer.location)
    assert answer.status_code in (200, 422)
    assert MARK in text(as_page(answer, place))


def test_line_ends_in_what_is_typed_stay_out_of_headers_and_rows(world: World) -> None:
    siti = world.stranger()
    register(siti, changed(identitas={"nama": "Siti\r\nSet-Cookie: x=y\u2028Marlina"}))
    assert Applicant.get().name == "Siti Set-Cookie: x=y Marlina"
    for _, path in world.paths("GET"):
        answer = siti.ask("GET", path)
        assert "x=y" not in str(answer.headers), path
    assert Application.select().count() == 1


def test_what_a_browser_says_of_itself_is_never_shown(world: World) -> None:
    said = " ".join(HOSTILE)
    headers = {
        "User-Agent": f"Android {said}",
        "Accept-Language": said,
        "Referer": f"{world.base_url}/{said}",
    }
    for _, path in world.paths("GET"):
        shown = world.full.ask("GET", path, headers=headers).get_data(as_text=True)
        assert MARK not in shown, path
