"""Draws the icons of the app from mark.svg's shapes. Run by hand after the mark changes, with Chromium on the PATH:

    python app/data/icons.py

The pictures are committed, so that nobody needs a browser to install Gelombang.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static" / "icons"

SEA = '<rect width="36" height="36" fill="#0b4a57"/>'
ROUND_SEA = '<rect width="36" height="36" rx="8" fill="#0b4a57"/>'
SUN = '<circle cx="18" cy="10.5" r="4" fill="#f4ae45"/>'
WAVES = (
    '<path d="M5 21q6.5-6 13 0t13 0M5 28.5q6.5-6 13 0t13 0" fill="none" stroke="#fff" '
    'stroke-width="2.5" stroke-linecap="round"/>'
)
#: Launchers cut up to a fifth off each side of a maskable icon.
IN_SAFE_ZONE = '<g transform="translate(4.5 4.5) scale(.75)">'

#: file -> (pixels, drawing). The badge is one colour: Android paints over it.
ICONS = {
    "180.png": (180, SEA + SUN + WAVES),
    "192.png": (192, ROUND_SEA + SUN + WAVES),
    "512.png": (512, ROUND_SEA + SUN + WAVES),
    "512-maskable.png": (512, SEA + IN_SAFE_ZONE + SUN + WAVES + "</g>"),
    "badge.png": (96, SUN.replace("#f4ae45", "#fff") + WAVES),
}


def draw(target: Path, pixels: int, shapes: str, browser: str) -> None:
    """Write one PNG with a transparent ground; raises CalledProcessError when the browser fails."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "icon.html"
        page.write_text(
            f"<!doctype html><style>body{{margin:0}}svg{{display:block}}</style>"
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{pixels}" height="{pixels}" viewBox="0 0 36 36">{shapes}</svg>',
            encoding="utf-8",
        )
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--no-first-run",
                "--disable-background-networking",
                "--hide-scrollbars",
                "--default-background-color=00000000",
                f"--user-data-dir={folder}/profile",
                f"--window-size={pixels},{pixels}",
                f"--screenshot={target}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


def main() -> None:
    """Draw all icons anew."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is missing.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (pixels, shapes) in ICONS.items():
        draw(FOLDER / name, pixels, shapes, browser)


if __name__ == "__main__":
    main()
