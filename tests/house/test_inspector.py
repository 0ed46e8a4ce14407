"""The inspector and the visitor find what is wrong with a page, and let pass what is right."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from tests.inspection import complaints
from tests.pages import Visitor

GOOD = """<!doctype html>
<html lang="id"><head><title>Data diri - Gelombang</title></head>
<body><main id="isi"><h1>Data diri</h1>
<form method="post"><input type="hidden" name="csrf_token" value="t">
<label for="nama">Nama</label><input id="nama" name="nama" aria-describedby="nama-p"><p id="nama-p">Seperti di KTP</p>
<fieldset><legend>Jenis kelamin</legend>
<input type="radio" id="l" name="jk" value="l"><label for="l">Laki-laki</label>
<input type="radio" id="p" name="jk" value="p"><label for="p">Perempuan</label></fieldset>
<button>Lanjut</button></form>
<a href="#isi">Ke isi</a></main></body></html>"""
SUMMARY = '<div class="oops"><ul><li><a href="#nama">Isi nama Anda</a></li></ul></div><h1>'


def test_a_good_page_passes() -> None:
    assert complaints(GOOD) == []


def test_a_good_page_with_an_error_passes() -> None:
    assert complaints(GOOD.replace("<h1>", SUMMARY).replace("<title>", "<title>Error: "), 422) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("</form>", "</form></div>", "not valid HTML"),
        ('lang="id"', "", "no lang"),
        ("<main", "<section", "no <main>"),
        ("<h1>Data diri</h1>", "", "0 h1"),
        ("<h1>", "<h1>Satu</h1><h1>", "2 h1"),
        ("<title>Data diri", "<title>Gelombang", "does not start with the h1"),
        ("<h1>", SUMMARY, "error summary, but the title"),
        ("<title>", "<title>Error: ", "the title says Error"),
        ('id="p"', 'id="l"', "id 'l' is used 2 times"),
        ('href="#isi"', 'href="#lain"', "points to #lain"),
        ('aria-describedby="nama-p"', 'aria-describedby="nama-q"', "points to #nama-q"),
        ('<input type="hidden" name="csrf_token" value="t">', "", "0 CSRF tokens"),
        ('value="t"', 'value=""', "CSRF token"),
        ('<form method="post">', "<form>", "into the address"),
        ("<button>Lanjut</button>", "", "no button"),
        ('<label for="nama">Nama</label>', "", "no label"),
        ("<legend>Jenis kelamin</legend>", "", "no legend"),
        ("<button>Lanjut</button>", "<button></button>", "says nothing"),
        ('href="#isi"', 'href="#"', "leads nowhere"),
        ("</form>", '</form><img src="x.png">', "no alt"),
        ("<body>", "<body onload='x()'>", "inline onload"),
        ("<h1>", "<h1 style='color:red'>", "inline style"),
        ("</main>", "<script>x()</script></main>", "<script> without src"),
        ("</head>", "<style>p{}</style></head>", "<style> element"),
        ('href="#isi"', 'href="javascript:x()"', "javascript:"),
        ("Seperti di KTP", "{{ hint }}", "left in the page"),
    ],
)
def test_a_bad_page_is_found(old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    found = complaints(GOOD.replace(old, new))
    assert any(complaint in line for line in found), found


def test_a_422_without_a_summary_is_found() -> None:
    found = complaints(GOOD, 422)
    assert any("does not start with 'Error: '" in line for line in found)
    assert any("no error summary" in line for line in found)


# the visitor ------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Flask:
    """A site of three pages; the second keeps what is typed unless it is told to lose it."""
    app = Flask(__name__)
    app.config["seen"] = []

    @app.route("/", methods=["GET", "POST"])
    def start() -> Any:
        if request.method == "GET":
            return GOOD
        app.config["seen"].append(request.form.to_dict(flat=False))
        if request.form["nama"] == "":
            return redirect("/selesai", 303)
        kept = "" if request.form["nama"] == "hilang" else request.form["nama"]
        page = GOOD.replace("<h1>", SUMMARY).replace("<title>", "<title>Error: ")
        return Response(page.replace('name="nama"', f'name="nama" value="{kept}"'), 422, mimetype="text/html")

    @app.get("/selesai")
    def done() -> str:
        words = "<h1>Selesai</h1><p>Satu</p><p>Dua <b>tiga</b>.</p><a href='/'>Lagi</a>"
        return f"<!doctype html><html lang=id><title>Selesai</title><main>{words}</main>"

    @app.get("/putar")
    def circle() -> Any:
        return redirect("/putar")

    @app.get("/pergi")
    def away() -> Any:
        return redirect("https://example.org/")

    return app


def test_the_visitor_fills_in_and_follows(site: Flask) -> None:
    page = Visitor(site).open("/").submit("Lanjut", nama="", jk="p")
    assert (page.path, page.h1, page.main) == ("/selesai", "Selesai", "Selesai Satu Dua tiga. Lagi")
    assert site.config["seen"] == [{"csrf_token": ["t"], "nama": [""], "jk": ["p"]}]
    assert page.click("Lagi").h1 == "Data diri"


def test_the_visitor_reads_the_errors(site: Flask) -> None:
    page = Visitor(site).open("/").submit(nama="Siti", status=422)
    assert page.errors == ["Isi nama Anda"]
    assert page.form().values["nama"] == "Siti"


@pytest.mark.parametrize(
    ("answers", "status", "complaint"),
    [
        ({"nama": "hilang"}, 422, "but the page shows"),
        ({"nama": "Siti"}, None, "not a redirect: 'Error: Data diri - Gelombang' ['Isi nama Anda']"),
        ({"nama": ""}, 422, "not 422"),
        ({"nama": "", "jk": "x"}, None, "does not offer"),
        ({"lain": "x"}, None, "has 0 forms"),
    ],
)
def test_the_visitor_is_not_fooled(
    site: Flask, answers: dict[str, str], status: int | None, complaint: str
) -> None:
    page = Visitor(site).open("/")
    with pytest.raises(AssertionError) as failure:
        page.submit(None, answers, status=status)
    assert complaint in str(failure.value)


@pytest.mark.parametrize(
    ("path", "complaint"), [("/putar", "circle"), ("/pergi", "away"), ("/tidak-ada", "404")]
)
def test_the_visitor_notices_where_it_lands(site: Flask, path: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        Visitor(site).open(path)
