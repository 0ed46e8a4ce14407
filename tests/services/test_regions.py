"""The regions in the database: loading them once and again, and the lists that every form reads."""

from __future__ import annotations

import pytest
from peewee import DatabaseProxy

from app.models import Region
from app.rules import regions as book
from app.rules.terms import Place
from app.services import regions

#: Sukodono with its surroundings, and two districts that hold two villages of one name.
WANTED = ("35.08.15", "53.01.06", "71.02.11")


def part(codes: tuple[str, ...]) -> list[book.Region]:
    return [r for r in book.read_all() if any(r.code.startswith(c) or c.startswith(r.code) for c in codes)]


@pytest.fixture(scope="module")
def excerpt() -> list[book.Region]:
    return part(WANTED)


@pytest.fixture
def filled(database: DatabaseProxy, excerpt, monkeypatch) -> DatabaseProxy:
    """A database loaded from a table of a few regions, so that tests need not write 91,599 rows."""
    monkeypatch.setattr(book, "read_all", lambda: iter(excerpt))
    regions.load(database)
    return database


@pytest.fixture
def queries(filled, monkeypatch) -> list[str]:
    """The SQL that was run since."""
    run: list[str] = []
    execute = filled.obj.execute_sql

    def noted(sql, *args, **kwargs):
        run.append(sql)
        return execute(sql, *args, **kwargs)

    monkeypatch.setattr(filled.obj, "execute_sql", noted)
    return run


# load --------------------------------------------------------------------------------------------


def test_everything_loads_once(database):
    assert regions.load(database) == (38, 514, 7_285, 83_762, 91_599, 0)
    assert Region.select().count() == 91_599
    assert regions.load(database) == (38, 514, 7_285, 83_762, 0, 0)
    malang = " ".join(place.name for place in regions.districts("35.73"))
    assert malang == "Blimbing Kedungkandang Klojen Lowokwaru Sukun"


def test_a_second_load_writes_nothing(filled, queries):
    regions.load(filled)
    assert [sql for sql in queries if not sql.startswith(("SELECT", "BEGIN", "COMMIT"))] == []


def test_loading_again_mends_what_differs_and_adds_what_is_missing(filled, excerpt):
    Region.update(name="Sukodonoo", kind="city", parent="35").where(Region.code == "35.08.15").execute()
    Region.delete().where(Region.code == "35.08.15.2005").execute()
    counts = regions.load(filled)
    assert (counts.added, counts.changed) == (1, 1)
    rows = Region.select(Region.code, Region.name, Region.kind, Region.parent).order_by(Region.code).tuples()
    assert list(rows) == sorted(tuple(region) for region in excerpt)


def test_codes_that_the_table_no_longer_has_stay(filled, excerpt, monkeypatch):
    monkeypatch.setattr(book, "read_all", lambda: (r for r in excerpt if r.code != "35.08.15.2005"))
    regions.load(filled)
    assert regions.full_name("35.08.15.2005") == "Desa Kutorenon, Kec. Sukodono, Kabupaten Lumajang"


def test_a_load_that_breaks_off_leaves_nothing_behind(database, excerpt, monkeypatch):
    monkeypatch.setattr(regions, "CHUNK", 5)
    broken = [*excerpt, excerpt[0]._replace(code="99", name=None)]
    monkeypatch.setattr(book, "read_all", lambda: iter(broken))
    with pytest.raises(Exception, match=r"(?i)not.null"):
        regions.load(database)
    assert Region.select().count() == 0


def test_load_shows_new_names_in_this_process(filled, excerpt, monkeypatch):
    code = "35.08.15.2005"
    assert regions.full_name(code).startswith("Desa Kutorenon,")
    assert regions.name(code) == "Kutorenon"
    renamed = [r._replace(name="Kutorenon Baru") if r.code == code else r for r in excerpt]
    monkeypatch.setattr(book, "read_all", lambda: iter(renamed))
    regions.load(filled)
    assert regions.full_name(code).startswith("Desa Kutorenon Baru,")
    assert regions.name(code) == "Kutorenon Baru"
    assert "Kutorenon Baru" in [place.name for place in regions.villages("35.08.15")]


# lists -------------------------------------------------------------------------------------------


def test_districts_of_a_regency(filled):
    assert regions.districts("35.08") == (Place("35.08.15", "Sukodono", "district"),)


def test_villages_come_by_name(filled):
    assert regions.villages("35.08.15") == (
        Place("35.08.15.2010", "Bondoyudo", "desa"),
        Place("35.08.15.2004", "Dawuhan Lor", "desa"),
        Place("35.08.15.2003", "Karangsari", "desa"),
        Place("35.08.15.2002", "Kebonagung", "desa"),
        Place("35.08.15.2001", "Klanting", "desa"),
        Place("35.08.15.2005", "Kutorenon", "desa"),
        Place("35.08.15.2006", "Selokbesuki", "desa"),
        Place("35.08.15.2009", "Selokgondang", "desa"),
        Place("35.08.15.2007", "Sumberejo", "desa"),
        Place("35.08.15.2008", "Uranggantung", "desa"),
    )


def test_order_by_name_is_the_same_on_both_databases(database, monkeypatch):
    """C and Unicode collations order these three ways; people look for them as in a phone book."""
    rows = [
        book.Region("35", "Jawa Timur", "province", None),
        book.Region("35.08", "Lumajang", "regency", "35"),
    ]
    names = ["Teluk Dalam", "alun", "Telukdalam", "Telu'e", "Alas", "Zaman"]
    rows += [book.Region(f"35.08.{n:02}", name, "district", "35.08") for n, name in enumerate(names, 1)]
    monkeypatch.setattr(book, "read_all", lambda: iter(rows))
    regions.load(database)
    assert [place.name for place in regions.districts("35.08")] == [
        "Alas",
        "alun",
        "Telu'e",
        "Teluk Dalam",
        "Telukdalam",
        "Zaman",
    ]


@pytest.mark.parametrize(
    ("district", "shown"),
    [
        ("53.01.06", {"53.01.06.1004": "Oesao (Kelurahan)", "53.01.06.2015": "Oesao (Desa)"}),
        (
            "71.02.11",
            {"71.02.11.2003": "Tounelet Satu (kode 2003)", "71.02.11.2018": "Tounelet Satu (kode 2018)"},
        ),
    ],
)
def test_villages_of_one_name_are_told_apart(filled, district, shown):
    assert {p.code: p.name for p in regions.villages(district) if p.code in shown} == shown


@pytest.mark.parametrize(
    "code", ["", "35", "35.08.15", "35.99", "35.08.15.2005", "x", "35.08\n", "35\x0008", "٣٥.08"]
)
def test_no_districts_where_there_is_no_regency(filled, code):
    assert regions.districts(code) == ()


@pytest.mark.parametrize("code", ["", "35", "35.08", "35.08.99", "35.08.15.2005", "' OR 1=1", "35.08.1\x00"])
def test_no_villages_where_there_is_no_district(filled, code):
    assert regions.villages(code) == ()


# names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("35", "Jawa Timur"),
        ("35.08", "Kabupaten Lumajang"),
        ("35.08.15", "Sukodono"),
        ("35.08.15.2005", "Kutorenon"),
    ],
)
def test_name(filled, code, name):
    assert regions.name(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("35.08.15.2005", "Desa Kutorenon, Kec. Sukodono, Kabupaten Lumajang"),
        ("53.01.06.1004", "Kelurahan Oesao, Kec. Kupang Timur, Kabupaten Kupang"),
        ("53.01.06.2015", "Desa Oesao, Kec. Kupang Timur, Kabupaten Kupang"),
        ("71.02.11.2003", "Desa Tounelet Satu (kode 2003), Kec. Sonder, Kabupaten Minahasa"),
    ],
)
def test_full_name(filled, code, name):
    assert regions.full_name(code) == name


@pytest.mark.parametrize("code", ["", "99", "35.08.15.9999", "x"])
def test_unknown_regions_have_no_name(filled, code):
    for named in (regions.name, regions.full_name):
        with pytest.raises(regions.UnknownRegion):
            named(code)


@pytest.mark.parametrize("code", ["35", "35.08", "35.08.15"])
def test_only_villages_have_a_full_name(filled, code):
    with pytest.raises(regions.UnknownRegion):
        regions.full_name(code)


# memory ------------------------------------------------------------------------------------------


def test_what_was_read_once_is_not_asked_again(filled, queries):
    def read() -> tuple[object, ...]:
        return (
            regions.districts("35.08"),
            regions.villages("35.08.15"),
            regions.name("35.08"),
            regions.full_name("35.08.15.2005"),
        )

    first = read()
    assert queries
    queries.clear()
    assert read() == first
    assert queries == []


def test_an_empty_list_is_not_remembered(database, excerpt):
    """A server that started before `flask regions load` ran must see the regions without a restart."""
    assert regions.districts("35.08") == ()
    with pytest.raises(regions.UnknownRegion):
        regions.name("35.08")
    Region.insert_many(excerpt, fields=regions._COLUMNS).execute()  # as another process would
    assert [place.name for place in regions.districts("35.08")] == ["Sukodono"]
    assert regions.name("35.08") == "Kabupaten Lumajang"


def test_junk_codes_are_answered_without_the_database(filled, queries):
    for junk in ("", "x", "35.08", "35.08.15.2005", "35.08.15 "):
        regions.villages(junk)
    assert queries == []


def test_memory_has_a_bound():
    for kept in (regions._below, regions.name, regions.full_name):
        assert kept.cache_info().maxsize
