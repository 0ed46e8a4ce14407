"""Make regions.csv.gz, the official regions, from the published package; run by hand when the regions change.

    npm pack idn-area-data@4.0.1
    python -m app.data.build idn-area-data-4.0.1.tgz

The same package gives the same table. A repair whose name in the source has changed stops the build, so that no
repair outlives its reason. To take a new version, change PACKAGE_SHA256 and LICENCE-regions.md with it.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.data.repairs import REPAIRS

PACKAGE_SHA256 = "8d47ffb2be39c08aacb0a2dd43193a1edb5754edb1022d57158341c702acc32d"
LEVELS = ("provinces", "regencies", "districts", "villages")
TABLE = Path(__file__).with_name("regions.csv.gz")


def main(package: Path) -> None:
    """Read the package file and write TABLE; SystemExit says what does not fit."""
    content = package.read_bytes()
    if hashlib.sha256(content).hexdigest() != PACKAGE_SHA256:
        raise SystemExit(f"{package} is not the package that this table was made from")
    try:
        TABLE.write_bytes(packed(repaired(source_names(content), REPAIRS)))
    except ValueError as problem:
        raise SystemExit(str(problem)) from None


def source_names(package: bytes) -> dict[str, str]:
    """Code to name as published, from the CSV files of a package (.tgz). KeyError when a file is missing."""
    names: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for level in LEVELS:
            member = archive.extractfile(archive.getmember(f"package/data/{level}.csv"))
            assert member is not None, f"{level}.csv is no plain file"
            with io.TextIOWrapper(member, encoding="utf-8", newline="") as text:
                names.update((row["code"], row["name"]) for row in csv.DictReader(text))
    return names


def repaired(names: Mapping[str, str], repairs: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """(code, name to show) in the order of the codes. ValueError when a repair no longer meets what it mends."""
    shown = dict(names)
    for code, (found, better) in repairs.items():
        if names.get(code) != found:
            raise ValueError(f"repair of {code} expects {found!r}, the source has {names.get(code)!r}")
        shown[code] = better
    return sorted(shown.items())


def packed(rows: Iterable[tuple[str, str]]) -> bytes:
    """The rows as a gzipped CSV with a header; no time and no file name in it, so that equal rows are equal bytes."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("code", "name"))
    table.writerows(rows)
    raw = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as file:
        file.write(text.getvalue().encode())
    return raw.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
