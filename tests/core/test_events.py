"""What is documented of events is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from roomdeck.core.model import Event, EventLevel, EventType

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_page_lists_all_types_in_order_and_no_others() -> None:
    listed = re.findall(r"^\| `([a-z.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [kind.value for kind in EventType]


def test_types_and_levels_are_plain_words_on_the_wire() -> None:
    event = Event(seq=1, time=2.0, type=EventType.DISK_SMALL, level=EventLevel.WARNING, text="hm")
    sent = msgspec.json.encode(event)
    assert sent == (
        b'{"seq":1,"time":2.0,"elapsed":0.0,"type":"disk.small","stream":"","level":"warning",'
        b'"text":"hm","data":{}}'
    )
    assert msgspec.json.decode(sent, type=Event).level is EventLevel.WARNING
