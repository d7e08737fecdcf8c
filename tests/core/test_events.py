"""What is documented of events is what there is."""

from __future__ import annotations

import re
from pathlib import Path

from roomdeck.core.model import EventType

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_page_lists_all_types_in_order_and_no_others() -> None:
    listed = re.findall(r"^\| `([a-z.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [kind.value for kind in EventType]
