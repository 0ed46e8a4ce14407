"""Codes of regions, their kinds, and villages of one name told apart."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules import regions
from app.rules.regions import kind_label, kind_of, level, parent_of, told_apart
from app.rules.terms import Place

# codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "depth", "parent"),
    [("35", 1, None), ("35.08", 2, "35"), ("35.08.15", 3, "35.08"), ("35.08.15.2005", 4, "35.08.15")],
)
def test_codes_tell_level_and_parent(code, depth, parent):
    assert (level(code), parent_of(code)) == (depth, parent)


@pytest.mark.parametrize(
    "text",
    [
        *("", "3", "350", "3508", "35.", "35.8", "35.008", "35.08.1", "35.08.15.", "35.08.15.200", "ab"),
        *("35.08.15.20055", "35.08.15.2005.1", "35.08.15.2005\n", " 35", "35.08 ", "35,08", "35-08"),
        *("٣٥", "³5", "35.0８"),
    ],
)
@pytest.mark.parametrize("question", [level, parent_of, kind_of])
def test_what_is_no_code_is_refused(text, question):
    with pytest.raises(ValueError):
        question(text)


@given(st.text(alphabet="0123456789.", max_size=15))
def test_a_code_is_refused_or_consists_of_codes(text):
    try:
        depth = level(text)
    except ValueError:
        return
    parent = parent_of(text)
    if depth == 1:
        assert parent is None
    else:
        assert level(parent) == depth - 1
        assert text.startswith(parent + ".")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *(("35.69", "regency"), ("35.70", "regency"), ("35.71", "city"), ("35.99", "city")),
        *(("35.08.10.1005", "kelurahan"), ("35.08.10.2001", "desa"), ("91.03.01.3007", "desa_adat")),
    ],
)
def test_codes_tell_the_kind(code, kind):
    assert kind_of(code) == kind


def test_an_unknown_kind_of_village_is_refused():
    with pytest.raises(ValueError, match="kind of village"):
        kind_of("35.08.10.4001")


def test_an_unknown_kind_has_no_label():
    with pytest.raises(KeyError):
        kind_label("kampung")


# told apart --------------------------------------------------------------------------------------


def test_villages_of_one_name_are_told_apart():
    by_district: dict[str, list[Place]] = defaultdict(list)
    for region in regions.read_all():
        if level(region.code) == regions.VILLAGE:
            by_district[region.parent].append(Place(region.code, region.name, region.kind))
    relabelled = {}
    for district, places in by_district.items():
        shown = told_apart(places)
        assert len({place.name.casefold() for place in shown}) == len(shown)
        renamed = {new.code: new.name for old, new in zip(places, shown, strict=True) if old != new}
        if renamed:
            relabelled[district] = renamed
    assert len(relabelled) == 15  # 16 pairs, two of them in Nusaniwe
    assert sum(map(len, relabelled.values())) == 32
    assert relabelled["53.01.06"] == {"53.01.06.1004": "Oesao (Kelurahan)", "53.01.06.2015": "Oesao (Desa)"}
    assert relabelled["71.02.11"] == {
        "71.02.11.2003": "Tounelet Satu (kode 2003)",
        "71.02.11.2018": "Tounelet Satu (kode 2018)",
    }


names = st.sampled_from(["Sukorejo", "sukorejo", "Sumberejo", "Tunjung"])
kinds = st.sampled_from(["desa", "kelurahan", "desa_adat"])


@given(st.lists(st.tuples(names, kinds), max_size=12))
def test_told_apart_always_tells_apart_and_changes_nothing_else(drawn):
    places = [Place(f"35.08.01.{2001 + n}", name, kind) for n, (name, kind) in enumerate(drawn)]
    shown = told_apart(places)
    assert [(new.code, new.kind) for new in shown] == [(old.code, old.kind) for old in places]
    assert len({place.name.casefold() for place in shown}) == len(shown)
    assert all(new.name.startswith(old.name) for old, new in zip(places, shown, strict=True))
