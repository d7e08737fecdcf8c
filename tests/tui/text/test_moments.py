"""Moments of a session as people write them."""

from __future__ import annotations

import pytest

from roomdeck.core.errors import UsageError
from roomdeck.core.recording.sidecar import Marker
from roomdeck.tui.text.moments import moment

MARKERS = [
    Marker(time=0.0, offset=61.5, text="Interview begins"),
    Marker(time=0.0, offset=900.0, text="Interview ends"),
    Marker(time=0.0, offset=1000.0, text="12:30"),
]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", None),
        ("12:30", 750.0),
        ("1:12:30", 4350.0),
        ("0:00:00.5", 0.5),
        ("12m30s", 750.0),
        ("750", 750.0),
        ("1h", 3600.0),
        ("interview BEGINS", 61.5),
        ("ends", 900.0),
    ],
)
def test_times_and_markers(text: str, seconds: float | None) -> None:
    assert moment("--from", text, MARKERS) == seconds


def test_neither_is_said_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"--from: neither a time.*'Interview begins'"):
        moment("--from", "lunch", MARKERS)
    with pytest.raises(UsageError, match=r"--to: several markers.*begins.*ends"):
        moment("--to", "interview", MARKERS)
    with pytest.raises(UsageError, match=r"'again' at 0:00:05, 'again' at 0:00:07$"):
        moment("--to", "again", [Marker(time=0.0, offset=at, text="again") for at in (5.0, 7.5)])
    with pytest.raises(UsageError, match="there are none"):
        moment("--to", "lunch", [])
