"""/privasi: what must stand there beside the notice itself (tests/services/test_retention.py holds its numbers)."""

from __future__ import annotations

import re
from pathlib import Path

from app.services.office import OfficeFacts
from tests.pages import Visitor

LICENCE = Path(__file__).parent.parent.parent / "app" / "data" / "LICENCE-regions.md"


def test_whoever_reads_names_of_regions_can_read_whose_data_they_are(
    visitor: Visitor, office: OfficeFacts
) -> None:
    """ODbL 4.3, in the words that our own licence notice asks of everybody; every page leads here by its foot."""
    asked = re.search(r'"(Data wilayah: [^"]+)"', LICENCE.read_text(encoding="utf-8"))
    assert asked
    start = visitor.open("/")
    assert asked[1] in visitor.open("/privasi").main
    assert "/privasi" in start.links.values()
