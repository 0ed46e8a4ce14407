"""The table of the official regions: what it holds, how names are spelled, and how it is made."""

from __future__ import annotations

import io
import re
import tarfile
from collections import Counter

import pytest

from app.data import build
from app.data.repairs import REPAIRS
from app.rules import regions
from app.rules.nik import PROVINCES
from app.rules.regions import Region, titled


@pytest.fixture(scope="module")
def table() -> dict[str, Region]:
    return {region.code: region for region in regions.read_all()}


# the table ---------------------------------------------------------------------------------------


def test_the_table_holds_what_the_decree_counts(table):
    # Kepmendagri 300.2.2-2430 of 2025
    assert Counter(region.kind for region in table.values()) == {
        "province": 38,
        "regency": 416,
        "city": 98,
        "district": 7_285,
        "kelurahan": 8_496,
        "desa": 75_252,
        "desa_adat": 14,
    }


def test_codes_stand_once_and_after_their_parents():
    seen: set[str] = set()
    for region in regions.read_all():
        assert region.code not in seen
        assert region.parent is None or region.parent in seen
        seen.add(region.code)


def test_the_provinces_are_spelled_out_right(table):
    assert {code for code, region in table.items() if region.kind == "province"} == set(PROVINCES)


@pytest.mark.parametrize(
    ("code", "kind", "name", "shown"),
    [
        ("35", "province", "Jawa Timur", "Provinsi Jawa Timur"),
        ("35.08", "regency", "Lumajang", "Kabupaten Lumajang"),
        ("35.07", "regency", "Malang", "Kabupaten Malang"),
        ("35.73", "city", "Malang", "Kota Malang"),
        ("31.01", "regency", "Administrasi Kepulauan Seribu", "Kabupaten Administrasi Kepulauan Seribu"),
        ("31.71", "city", "Administrasi Jakarta Pusat", "Kota Administrasi Jakarta Pusat"),
        ("35.08.15", "district", "Sukodono", "Kecamatan Sukodono"),
        ("35.29.01", "district", "Kota Sumenep", "Kecamatan Kota Sumenep"),
        ("35.08.15.2005", "desa", "Kutorenon", "Desa Kutorenon"),
        ("35.08.10.1005", "kelurahan", "Jogotrunan", "Kelurahan Jogotrunan"),
        ("91.03.01.3007", "desa_adat", "Yoboi", "Desa Adat Yoboi"),
        ("13.12.07.2002", "desa", "Desa Baru", "Desa Desa Baru"),  # a village that is called so
    ],
)
def test_kind_is_kept_apart_from_name(table, code, kind, name, shown):
    region = table[code]
    assert (region.kind, region.name) == (kind, name)
    assert titled(region.kind, region.name) == shown


def test_lumajang_is_whole(table):
    """The office that this was first made for: 21 districts, 198 desa and 7 kelurahan."""
    of_lumajang = Counter(region.kind for code, region in table.items() if code.startswith("35.08."))
    assert of_lumajang == {"district": 21, "desa": 198, "kelurahan": 7}


# names -------------------------------------------------------------------------------------------

#: Written so by the people there, with a capital for the é that Indonesian spelling lacks.
CAPITAL_E = {"52.72.04.1003": "PenanaE", "53.02.01.1001": "SoE", "73.14.10.1002": "PongrangaE"}


@pytest.mark.parametrize(
    ("slip", "pattern", "example"),
    [
        ("a mark that is no part of a name", r"[^A-Za-z0-9 '().,/-]", 'Ra"as'),
        ("a control character or a letter that looks like another", r"[^ -~]", "Rа'as"),
        ("a space at an end, or two in a row", r"^ | $|  ", "Sulingan "),
        ("a space beside a hyphen or a slash", r" [-/]|[-/] ", "Abar- abir"),
        ("a space before a full stop, comma or bracket", r" [.,)]|\( ", "Mahia (Wosia Tengah )"),
        ("an apostrophe standing alone", r"(^| )'( |$)", "Bua ' Tarrung"),
        (
            "no space after a comma, or after a full stop and before a word",
            r",(?! )|\.[A-Za-z]{2}",
            "Pakam I,II",
        ),
        ("a mark at the end", r"[.,/-]$", "Ujumbou."),
        ("a word in lower case", r"(^|[ (/.])(?!dan |x )[a-z]", "Cibal barat"),
        ("two words run together", r"[a-z][A-Z]", "PulauTujuh"),
        ("a capital too many", r"\b[A-Z]{2,}[a-z]", "LIang Sola"),
        ("a letter three times", r"([a-z])\1\1", "Malllawa"),
        ("letters spaced out", r"(?<!\S)[a-zA-Z] [a-z]( |$)", "N i a n"),
    ],
)
def test_names_have_no_slips(table, slip, pattern, example):
    assert re.search(pattern, example)
    bad = {code: region.name for code, region in table.items() if re.search(pattern, region.name)}
    assert {code: name for code, name in bad.items() if CAPITAL_E.get(code) != name} == {}, slip


def test_brackets_come_in_pairs(table):
    assert [region for region in table.values() if region.name.count("(") != region.name.count(")")] == []


def test_names_are_not_empty(table):
    assert min(len(region.name) for region in table.values()) >= 2


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("35.13.15.2017", "Soka'an"),
        ("35.29.22", "Ra'as"),
        ("91.20.07.2005", "Teuw"),
        ("35.08.04.2005", "Selok Awar-Awar"),
        ("53.02.10", "Ki'e"),
        ("53.02.20", "Kot'olin"),
        ("73.18.20.2010", "Bua' Tarrung"),
        ("35.27.13.2005", "Pacangga'an"),
    ],
)
def test_known_slips_are_mended(table, code, name):
    assert table[code].name == name


def test_every_repair_is_in_the_table(table):
    assert {code: table[code].name for code in REPAIRS} == {
        code: better for code, (_, better) in REPAIRS.items()
    }


def test_repairs_leave_the_letters_alone():
    """What a place is called is for its people and the ministry to say; we only mend the typing."""

    def letters(name: str) -> str:
        return "".join(filter(str.isalnum, name)).casefold()

    changed = {code for code, (found, better) in REPAIRS.items() if letters(found) != letters(better)}
    assert changed == {"53.18.07.2011", "73.09.06"}  # "lha" for "Iha", "Malllawa"


# how the table is made ---------------------------------------------------------------------------


def package(**tables: str) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name in build.LEVELS:
            content = tables[name].encode()
            entry = tarfile.TarInfo(f"package/data/{name}.csv")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return raw.getvalue()


def test_a_package_becomes_a_table_that_reads_back(tmp_path, monkeypatch):
    content = package(
        provinces="code,name\n35,Jawa Timur\n",
        regencies="code,province_code,name\n35.29,35,Kabupaten Sumenep\n",
        districts='code,regency_code,name\n35.29.22,35.29,"Ra""as"\n',
        villages="code,district_code,name\n35.29.22.2001,35.29.22,Brakas\n",
    )
    rows = build.repaired(build.source_names(content), {"35.29.22": ('Ra"as', "Ra'as")})
    written = tmp_path / "regions.csv.gz"
    written.write_bytes(build.packed(rows))
    monkeypatch.setattr(regions, "_TABLE", written)
    assert list(regions.read_all()) == [
        Region("35", "Jawa Timur", "province", None),
        Region("35.29", "Sumenep", "regency", "35"),
        Region("35.29.22", "Ra'as", "district", "35.29"),
        Region("35.29.22.2001", "Brakas", "desa", "35.29.22"),
    ]


def test_a_repair_that_meets_another_name_stops_the_build():
    with pytest.raises(ValueError, match=r"35\.29\.22"):
        build.repaired({"35.29.22": "Raas"}, {"35.29.22": ('Ra"as', "Ra'as")})


def test_another_package_is_refused(tmp_path):
    other = tmp_path / "other.tgz"
    other.write_bytes(b"something else")
    before = build.TABLE.read_bytes()
    with pytest.raises(SystemExit, match="not the package"):
        build.main(other)
    assert build.TABLE.read_bytes() == before


def test_the_table_tells_neither_time_nor_file_name():
    """Otherwise every build would be a change."""
    header = build.packed([("35", "Jawa Timur")])[:10]
    assert header[3:8] == bytes(5)  # RFC 1952: no optional parts, no time


def test_a_city_written_without_its_kind_is_noticed(tmp_path, monkeypatch):
    written = tmp_path / "regions.csv.gz"
    written.write_bytes(build.packed([("35", "Jawa Timur"), ("35.73", "Kabupaten Malang")]))
    monkeypatch.setattr(regions, "_TABLE", written)
    with pytest.raises(ValueError, match="Kota"):
        list(regions.read_all())


def test_the_table_stays_small():
    assert build.TABLE.stat().st_size < 1_000_000
