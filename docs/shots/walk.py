"""`make shots`: walk through the product in Chromium, as an applicant and as staff, and keep a picture of what is seen.

The example office on a database of its own, served on a free port of this machine; pictures lie beside this file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from camera import chromium, pack_all, served
from phone import applicant, public, states, turnings
from tablet import staff


def main(parts: list[str]) -> None:
    """All pictures, or those of the parts that are named, in this order."""
    walks: dict[str, Callable[..., None]] = {
        "applicant": applicant,
        "turnings": turnings,
        "states": states,
        "public": public,
        "staff": staff,
    }
    with served() as (url, people), chromium() as browser:
        for name in parts or list(walks):
            walks[name](browser, url, *([people] if name == "staff" else []))
    pack_all()


if __name__ == "__main__":
    main(sys.argv[1:])
