"""requirements.lock pins everything by hash and tells nobody where it was fetched from."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[0-9][0-9a-z.+!]*)( ;.*)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
COMMENT = re.compile(r"    #( via)?( +[a-z0-9._-]+(\[[a-z,]+\])?( \(pyproject\.toml(:[a-z]+)?\))?)?")
#: In halves, so that this file does not name them either.
REGISTRIES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "registry." + "npmjs",
    "deb." + "debian.org",
    "crates" + ".io",
]


def complaints(lock: str) -> list[str]:
    """Lines that are neither a pin, nor a hash, nor the name of who asked for the package."""
    lines = lock.splitlines()
    odd = [line for line in lines if not any(form.fullmatch(line) for form in (PIN, HASH, COMMENT))]
    unhashed = [
        a for a, b in zip(lines, [*lines[1:], ""], strict=True) if PIN.fullmatch(a) and not HASH.fullmatch(b)
    ]
    return odd + unhashed


def canonical(name: str) -> str:
    """A package name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    found = (PIN.fullmatch(line) for line in (ROOT / "requirements.lock").read_text().splitlines())
    return {canonical(pin["name"]): pin["version"] for pin in found if pin}


def test_the_lock_holds_pins_and_hashes_only() -> None:
    assert complaints((ROOT / "requirements.lock").read_text()) == []
    assert len(pins()) > 30


def test_the_lock_fits_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *(r for extra in project["project"]["optional-dependencies"].values() for r in extra),
        *project["dependency-groups"]["dev"],
    ]
    for requirement in wanted:
        name, version = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", requirement).groups()
        assert pins().get(canonical(name)) == version, f"{requirement}: run make lock"


#: Packages that the program needs and does not import itself.
NOT_IMPORTED = {
    "cysqlite": "peewee opens SQLite by it (app/db.py)",
    "gunicorn": "serves the pages",
    "tzdata": "what zoneinfo reads where the system has none",
}


def unused(dependencies: list[str], imported: set[str]) -> set[str]:
    """Packages of which no module is imported anywhere."""
    modules: dict[str, set[str]] = {}
    for module, packages in packages_distributions().items():
        for package in packages:
            modules.setdefault(canonical(package), set()).add(module)
    names = {canonical(re.split(r"[\[=]", requirement)[0]) for requirement in dependencies}
    return {name for name in names if not modules.get(name, set()) & imported}


def test_every_package_that_is_asked_for_is_used() -> None:
    """What is pinned and imported nowhere is installed, watched and updated for nothing."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    imported = {
        found
        for path in (ROOT / "app").rglob("*.py")
        for found in re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    asked = project["project"]["dependencies"]
    assert unused(asked, imported) == NOT_IMPORTED.keys()
    assert "pyotp" in unused(asked, imported - {"pyotp"})


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0", "3.14.0"])
def test_the_lock_is_whole_for_each_python(python: str) -> None:
    """pip refuses a lock that leaves out what one release needs: redis wants async-timeout below 3.11.3."""
    environment = {"python_version": python.rpartition(".")[0], "python_full_version": python, "extra": ""}
    for name in pins():
        try:
            wanted = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue  # locked for another release than the one that runs here
        needed = {canonical(r.name) for r in wanted if r.marker is None or r.marker.evaluate(environment)}
        assert needed <= pins().keys(), (
            f"{name} needs {needed - pins().keys()} on Python {python}: run make lock"
        )


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://index.example/simple",
        "--extra-index-url file:///somewhere",
        "--find-links /somewhere",
        "flask @ https://files.example/flask.whl",
        "flask>=3.1",
        "-e .",
        "flask==3.1.3",
        "flask==3.1.3 \\",
        "    # from https://files.example/",
    ],
)
def test_a_bad_line_is_found(line: str) -> None:
    good = "click==8.3.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via flask\n"
    assert complaints(good) == []
    assert complaints(good + line + "\n") == [line]


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: the files of the project cannot be told from others")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and not name.endswith((".gz", ".png"))]
    bodies = {path: path.read_bytes() for path in files if path.is_file()}
    assert [
        (path.name, host) for path, body in bodies.items() for host in REGISTRIES if host.encode() in body
    ] == []
