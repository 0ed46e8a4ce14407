"""The draw: the product's code against the public's verifier, on the bytes of the files alone."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data import periksa
from app.rules import beacon, draw, merkle
from app.rules.draw import BadList, Entrant
from app.rules.promise import BadPromise, Promise, Reserve, Rules, canonical

#: The true round that design section 5 names.
SIGNATURE = bytes.fromhex(
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
)
DRAW_AT = datetime(2023, 9, 15, 11, tzinfo=UTC)
DESIGN = (
    b'{"beacon":{"chain":"%s","type":"drand"},"closes_at":"2026-12-01T10:00:00Z",'
    b'"draw_at":"2026-12-04T03:00:00Z","final_list_by":"2026-12-03T03:00:00Z",'
    b'"rules":{"max_per_household":2,"quota":164,"refill":"rank","reserve_order":"first",'
    b'"reserves":[{"group":"phk","seats":40}],"scope":["35.08"]},"version":2,"wave":"4"}'
) % beacon.QUICKNET.hash.encode()


def promise(**rules) -> Promise:
    return Promise(
        wave="3",
        closes_at=DRAW_AT - timedelta(days=3),
        final_list_by=DRAW_AT - timedelta(days=1),
        draw_at=DRAW_AT,
        chain=beacon.QUICKNET.hash,
        rules=Rules(**({"quota": 3, "scope": ("35.08",)} | rules)),
    )


def entrant(n: int, groups=(), household="") -> Entrant:
    return Entrant(f"N{n:04}", tuple(sorted(groups)), household, hashlib.sha256(b"%d" % n).hexdigest())


def written(folder: Path, made: Promise, entrants: list[Entrant]) -> Path:
    """Every public file of a draw, as the office would publish it."""
    peserta = draw.list_csv(entrants)
    hasil = draw.results_csv(draw.draw(made, peserta, beacon.randomness(SIGNATURE)))
    undian = {
        "version": 2,
        "wave": made.wave,
        "janji_sha256": made.sha256.hex(),
        "tickets_sha256": hashlib.sha256(peserta).hexdigest(),
        "tickets_count": len(entrants),
        "tickets_root": draw.tickets_root(draw.read_list(peserta)).hex(),
        "beacon": {
            "chain": made.chain,
            "round": 657413,
            "signature": SIGNATURE.hex(),
            "randomness": beacon.randomness(SIGNATURE).hex(),
        },
        "results_sha256": hashlib.sha256(hasil).hexdigest(),
        "frozen_at": "2023-09-14T11:00:00Z",
        "drawn_at": "2023-09-15T11:01:00Z",
        "published_at": "2023-09-16T02:00:00Z",
        "draw_at": "2023-09-15T11:00:00Z",
        "moves": [],
    }
    for name, data in (
        ("janji.json", made.to_json()),
        ("peserta.csv", peserta),
        ("hasil.csv", hasil),
        ("undian.json", canonical(undian)),
    ):
        (folder / name).write_bytes(data)
    return folder


# the promise ---------------------------------------------------------------------------------------


def test_the_bytes_of_the_design():
    made = Promise.from_json(DESIGN)
    assert made.to_json() == DESIGN
    assert made.sha256 == hashlib.sha256(DESIGN).digest()
    assert made.rules.reserves == (Reserve("phk", 40),)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":2', b'"version":3'),
        (b'"wave":"4"', b'"wave":"4","x":1'),
        (b'"quota":164', b'"quota": 164'),
        (b'"quota":164', b'"quota":39'),
        (b'"quota":164', b'"quota":true'),
        (b'"phk"', b'"PHK"'),
        (b'"phk"', b'"open"'),
        (b'"seats":40', b'"seats":0'),
        (b'"rank"', b'"luck"'),
        (b'"first"', b'"middle"'),
        (b'"2026-12-03T03:00:00Z"', b'"2026-12-03T03:00:01Z"'),
        (b'"2026-12-03T03:00:00Z"', b'"2026-12-01T10:00:00Z"'),
        (b'"max_per_household":2', b'"max_per_household":0'),
        (b'["35.08"]', b"[]"),
        (b'"drand"', b'"dice"'),
        (b"{", b"["),
    ],
)
def test_anything_else_is_no_promise(old, new):
    with pytest.raises(BadPromise):
        Promise.from_json(DESIGN.replace(old, new, 1))


# the beacon ----------------------------------------------------------------------------------------


def test_the_round_of_the_design():
    assert beacon.round_for(beacon.QUICKNET, DRAW_AT) == 657413
    assert beacon.made_at(beacon.QUICKNET, 657413) > DRAW_AT.timestamp()


def test_a_round_is_known_by_its_signature_alone():
    assert beacon.is_signature(beacon.QUICKNET, 657413, SIGNATURE)
    assert not beacon.is_signature(beacon.QUICKNET, 657414, SIGNATURE)
    assert not beacon.is_signature(beacon.QUICKNET, 657413, SIGNATURE[:-1] + b"\x7c")
    assert not beacon.is_signature(beacon.QUICKNET, 657413, b"\xc0" + bytes(47))
    assert not beacon.is_signature(beacon.QUICKNET, 657413, b"")
    assert (
        beacon.randomness(SIGNATURE).hex()
        == "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"
    )


@given(st.integers(0, 10**9))
def test_the_round_is_the_first_after_the_hour(seconds):
    at = datetime.fromtimestamp(beacon.QUICKNET.genesis + seconds, UTC)
    number = beacon.round_for(beacon.QUICKNET, at)
    assert (
        beacon.made_at(beacon.QUICKNET, number)
        > at.timestamp()
        >= beacon.made_at(beacon.QUICKNET, number - 1)
    )


# the tree ------------------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_every_row_has_a_proof_and_nothing_else_has(rows, data):
    head = merkle.root(rows)
    assert head == periksa.akar(rows)
    index = data.draw(st.integers(0, len(rows) - 1))
    proof = merkle.path(rows, index)
    assert merkle.holds(rows[index], index, len(rows), proof, head)
    assert not merkle.holds(rows[index] + b"x", index, len(rows), proof, head)
    assert not merkle.holds(rows[index], index, len(rows), [*proof, bytes(32)], head)
    assert not merkle.holds(rows[index], len(rows), len(rows), proof, head)
    public = {"row": "", "index": index, "count": len(rows), "path": [p.hex() for p in proof]}
    assert periksa.ada_di_daftar(public | {"row": rows[index].decode("latin1")}, head.hex()) == (
        all(byte < 128 for byte in rows[index])
    )


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.sampled_from([1, 2, 4, 8, 64]), st.data())
def test_a_path_from_the_own_part_is_the_path_of_the_whole_list(rows, size, data):
    index = data.draw(st.integers(0, len(rows) - 1))
    first = index // size * size
    part = rows[first : first + size]
    assert merkle.path_of_part(part, merkle.heads(rows, size), size, index) == merkle.path(rows, index)


def test_empty_and_single():
    assert merkle.root([]) == hashlib.sha256(b"").digest()
    assert merkle.root([b"a"]) == hashlib.sha256(b"\0a").digest()


# the list ------------------------------------------------------------------------------------------


def test_households_are_labelled_only_where_the_limit_binds():
    assert draw.labelled(["a", "b", "a", "a", "b", "c"], 2) == ["k1", "", "k1", "k1", "", ""]
    assert draw.labelled(["a", "b", "a", "a", "b", "c"], 1) == ["k1", "k2", "k1", "k1", "k2", ""]
    assert draw.labelled(["a", "a"], None) == ["", ""]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"entry,groups", b"entry,group"),
        (b"N0001,,", b"N0003,,"),
        (b"N0002,phk", b"N0002,phk phk"),
        (b"N0002,phk", b"N0002,PHK"),
        (b",k1,", b",k2,"),
        (b"\n", b"\r\n"),
        (b"N0001,", b"N 001,"),
        (b"N0001,,", b"N0001,,,"),
    ],
)
def test_a_list_that_is_not_exactly_one_is_refused(old, new):
    good = draw.list_csv([entrant(1), entrant(2, ["phk"], "k1"), entrant(3, (), "k1")])
    assert len(draw.read_list(good)) == 3
    with pytest.raises(BadList):
        draw.read_list(good.replace(old, new))


# the seats -----------------------------------------------------------------------------------------


def outcome(rules: Rules, *people: Entrant) -> list[str]:
    return [drawn.via for drawn in draw.assigned(people, rules)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("first", ["phk", "open", "phk", "open", "", ""]), ("last", ["open", "open", "phk", "", "phk", ""])],
)
def test_reserves_before_or_after_the_open_seats(order, expected):
    rules = Rules(quota=4, reserves=(Reserve("phk", 2),), reserve_order=order, scope=("35",))
    people = [
        entrant(1, ["phk"]),
        entrant(2),
        entrant(3, ["phk"]),
        entrant(4),
        entrant(5, ["phk"]),
        entrant(6),
    ]
    assert outcome(rules, *people) == expected


def test_what_a_reserve_leaves_over_goes_by_rank():
    rules = Rules(quota=3, reserves=(Reserve("pmi", 2),), scope=("35",))
    assert outcome(rules, entrant(1), entrant(2), entrant(3)) == ["open", "open", "open"]


def test_one_too_many_of_a_household_is_passed_over():
    rules = Rules(quota=3, max_per_household=1, scope=("35",))
    family = [entrant(n, (), "k1") for n in (1, 2)]
    assert outcome(rules, *family, entrant(3)) == ["open", "", "open"]


people_strategy = st.lists(
    st.tuples(st.sets(st.sampled_from(["phk", "pmi", "umi"])), st.sampled_from(["", "a", "b"])), max_size=30
)
rules_strategy = st.builds(
    lambda quota, seats, order, limit: Rules(
        quota=quota + sum(seats),
        reserves=tuple(Reserve(g, n) for g, n in zip(("phk", "pmi", "umi"), seats, strict=False) if n),
        reserve_order=order,
        max_per_household=limit,
        scope=("35.08",),
    ),
    st.integers(1, 10),
    st.lists(st.integers(0, 5), max_size=3),
    st.sampled_from(["first", "last"]),
    st.sampled_from([None, 1, 2]),
)


@settings(max_examples=150)
@given(people_strategy, rules_strategy)
def test_the_verifier_reaches_every_rank_and_outcome(people, rules):
    labels = draw.labelled([family or n for n, (_, family) in enumerate(people)], rules.max_per_household)
    entrants = [entrant(n, groups, labels[n]) for n, (groups, _) in enumerate(people)]
    made = promise(**{name: getattr(rules, name) for name in Rules.__dataclass_fields__})
    peserta = draw.list_csv(entrants)
    drawn = draw.draw(made, peserta, beacon.randomness(SIGNATURE))
    score_key = draw.key(beacon.randomness(SIGNATURE), made.sha256, hashlib.sha256(peserta).digest())
    table, _ = periksa.baca_peserta(peserta)
    assert [tuple(row) for row in drawn] == periksa.undi(json.loads(made.to_json()), table, score_key)
    seated = [d for d in drawn if d.outcome == "selected"]
    assert len(seated) <= rules.quota
    homes = [e.household for e in entrants if e.household and e.entry in {d.entry for d in seated}]
    assert rules.max_per_household is None or all(homes.count(h) <= rules.max_per_household for h in homes)


def test_the_verifier_on_published_files(tmp_path):
    folder = written(
        tmp_path, promise(reserves=(Reserve("phk", 1),)), [entrant(n, ["phk"][: n % 2]) for n in range(9)]
    )
    command = [sys.executable, periksa.__file__, str(folder), "--nomor", "N0003"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
    assert "COCOK. Gelombang 3: 9 peserta, 3 terpilih" in answer.stdout
    assert "Tanda tangan drand sah." in answer.stdout
    assert "Nomor N0003: urutan" in answer.stdout
    assert "Sidik yang Anda catat" not in answer.stdout


def test_without_py_ecc_the_verifier_says_so(tmp_path, monkeypatch):
    folder = written(tmp_path, promise(), [entrant(n) for n in range(5)])
    monkeypatch.setitem(sys.modules, "py_ecc.bls.hash_to_curve", None)
    note, _, _ = periksa.periksa(str(folder))
    assert "TIDAK diperiksa" in "\n".join(note)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    made = promise(reserves=(Reserve("phk", 1),), max_per_household=1)
    people = [entrant(n, ["phk"][: n % 2], "k1" if n in (2, 5) else "") for n in range(8)]
    return written(tmp_path_factory.mktemp("undian"), made, people)


FILES = ("janji.json", "peserta.csv", "hasil.csv", "undian.json")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_no_altered_byte_passes(published, name, data):
    """Added, dropped, swapped or changed: the verifier finds it (the signature check is left out for speed)."""
    good = (published / name).read_bytes()
    at = data.draw(st.integers(0, len(good) - 1))
    how = data.draw(st.sampled_from(["drop", "add", "change", "swap"]))
    byte = data.draw(st.integers(0, 255))
    bad = {
        "drop": good[:at] + good[at + 1 :],
        "add": good[:at] + bytes([byte]) + good[at:],
        "change": good[:at] + bytes([byte]) + good[at + 1 :],
        "swap": good[:at] + good[at + 1 : at + 2] + good[at : at + 1] + good[at + 2 :],
    }[how]
    _is_found(published, name, good, bad)


@pytest.mark.parametrize("name", FILES)
def test_none_of_the_bytes_is_left_unread(published, name):
    """Every single one, and a space before it: what a parser would forgive."""
    good = (published / name).read_bytes()
    for at in range(len(good)):
        for byte in (bytes([good[at] ^ 1]), b" " + good[at : at + 1]):
            _is_found(published, name, good, good[:at] + byte + good[at + 1 :])


def test_the_rows_of_a_list_are_not_reordered(published):
    for name in ("peserta.csv", "hasil.csv"):
        good = (published / name).read_bytes()
        head, *rows = good.splitlines(keepends=True)
        for at in range(len(rows) - 1):
            mixed = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
            _is_found(published, name, good, head + b"".join(mixed))


def _is_found(folder: Path, name: str, good: bytes, bad: bytes) -> None:
    """Without any note nothing passes but another time of the office's own; with a note of the hash nothing at all."""
    noted = hashlib.sha256(good).hexdigest()
    try:
        (folder / name).write_bytes(bad)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(periksa, "tanda_tangan", lambda *_: None)
            passed, noticed = _passes(folder), _passes(folder, noted)
    finally:
        (folder / name).write_bytes(good)
    assert noticed == (bad == good), bad
    assert passed == (bad == good) or (name == "undian.json" and _tells_another_time(good, bad)), bad


def _tells_another_time(good: bytes, bad: bytes) -> bool:
    """The same bytes but for these times: the office tells them, and the files alone hold them only to their order."""
    told = rb'"(?:frozen|drawn|published)_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"'
    return re.sub(told, b"", good) == re.sub(told, b"", bad)


def _passes(folder: Path, *noted: str) -> bool:
    try:
        periksa.periksa(str(folder), noted)
    except (periksa.Salah, ValueError, KeyError, TypeError, AttributeError):
        return False
    return True


# what a file may not say, however well its hashes fit -------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"quota":3', '"quota":true', "hal yang tidak dikenal"),
        ('"rank"', '"luck"', "hal yang tidak dikenal"),
        ('"seats":1}', '"seats":1,"x":1}', "hal yang tidak dikenal"),
        ('"phk"', '"open"', "hal yang tidak dikenal"),
        ('"seats":1', '"seats":4', "kursi khusus lebih banyak"),
        (beacon.QUICKNET.hash, "0" * 64, "quicknet"),
        ("2023-09-14T11:00:00Z", "2023-09-12T11:00:00Z", "sebelum pendaftaran ditutup"),
    ],
)
def test_a_promise_that_is_none(old, new, words):
    good = promise(reserves=(Reserve("phk", 1),)).to_json()
    periksa.periksa_janji(good)
    with pytest.raises(periksa.Salah, match=words):
        periksa.periksa_janji(good.replace(old.encode(), new.encode()))


@pytest.mark.parametrize(
    ("groups", "homes", "limit"),
    [
        (["pmi"], ["", "", ""], 1),  # owns no seats
        ([], ["k1", "", ""], 1),  # alone, so the limit does not bind
        ([], ["k1", "k1", ""], 2),
        ([], ["k1", "k1", ""], None),
        ([], ["k2", "k2", ""], 1),
        ([], ["k2", "k2", "k1"], 1),
    ],
)
def test_columns_are_not_filled_at_will(groups, homes, limit):
    """The list is in the key: what could be written one way or another would be a choice of the outcome (D2)."""
    people = [entrant(n, groups if n == 1 else ["phk"], home) for n, home in enumerate(homes)]
    table, _ = periksa.baca_peserta(draw.list_csv(people))
    rules = {"reserves": [{"group": "phk", "seats": 1}], "max_per_household": limit}
    with pytest.raises(periksa.Salah, match=r"kelompok|keluarga"):
        periksa.periksa_kolom(table, rules)
    fits = [entrant(n, ["phk"], "k1" if n else "") for n in range(3)]
    table, _ = periksa.baca_peserta(draw.list_csv(fits))
    periksa.periksa_kolom(table, rules | {"max_per_household": 1})


def test_a_list_locked_before_objections_ended(published):
    good = (published / "undian.json").read_bytes()
    undian, janji = json.loads(good), json.loads((published / "janji.json").read_bytes())
    periksa.periksa_jadwal(undian, janji)
    with pytest.raises(periksa.Salah, match="waktu keberatan"):
        periksa.periksa_jadwal(undian | {"frozen_at": "2023-09-14T10:59:59Z"}, janji)


# as a stranger runs it -------------------------------------------------------------------------------


def test_it_is_python_3_8_and_its_library_alone():
    tree = ast.parse(Path(periksa.__file__).read_text(), feature_version=(3, 8))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert found <= set(sys.stdlib_module_names)
    others = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert others == {"py_ecc"}


def said(folder: Path, *more: str, typed: str = "") -> tuple[int, str]:
    """Without what is installed here (-S): as on a computer that has Python and nothing else."""
    command = [sys.executable, "-S", periksa.__file__, *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, input=typed)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def test_in_the_folder_itself_it_needs_no_word(published):
    status, words = said(published)
    assert status == 0
    assert words.startswith("COCOK. Gelombang 3: 8 peserta, 3 terpilih.")
    assert "Janji: 3 tempat, diundi 15-09-2023 11.00 UTC." in words
    digest = hashlib.sha256((published / "janji.json").read_bytes()).hexdigest()
    assert " ".join(digest[at : at + 8] for at in range(0, 64, 8)) in words


@pytest.mark.parametrize("name", FILES)
def test_a_hash_that_somebody_noted(published, name):
    digest = hashlib.sha256((published / name).read_bytes()).hexdigest().upper()
    spaced = f"{digest[:8]} {digest[8:]}"
    assert f"Sidik yang Anda catat cocok: {name}." in said(published, "--sidik", spaced)[1]
    status, words = said(published, "--sidik", digest, "--sidik", "ab" * 32)
    assert (status, words.startswith("TIDAK COCOK: sidik abababab...")) == (1, True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--nomor", "X9999"), "nomor X9999 tidak ada"),
        (("--bukti", "tidak-ada.json"), "berkas bukti tidak bisa dibaca"),
        (("--bukti", "hasil.csv"), "berkas bukti tidak bisa dibaca"),
        (("kosong",), "janji.json tidak ada. Unduh semua berkas"),
    ],
)
def test_what_it_cannot_answer_it_says_aloud(published, more, words):
    status, out = said(published, *more)
    assert (status, words in out, out.startswith("TIDAK COCOK: ")) == (1, True, True)


def test_a_number_is_tied_to_its_owner(tmp_path):
    salt, nik = bytes(range(16)), "3508074212800072"
    people = [Entrant(f"N{n:04}", (), "", draw.bind(salt, nik)) for n in range(3)]
    folder = written(tmp_path, promise(), people)
    asked = ("--nomor", "n0001", "--rahasia", salt.hex())
    assert "memang terikat ke NIK itu" in said(folder, *asked, typed=f"{nik}\n")[1]
    assert said(folder, *asked, typed="3508074212800073\n")[0] == 1
    assert said(folder, *asked[:3], "zz", typed=f"{nik}\n")[0] == 1
