"""What of a column is painted again."""

from __future__ import annotations

import pytest

from roomdeck.tui.dashboard.model.columns import CLIPPED
from roomdeck.tui.dashboard.widgets.stream_table import differing


@pytest.mark.parametrize(
    ("old", "new", "span"),
    [
        ("▇▇▁▁▁▁", "▇▇▇▃▁▁", (2, 4)),
        ("0:00:09", "0:00:10", (5, 7)),
        ("漢字a", "漢字b", (0, 9)),
        ("abc", "ab", (0, 9)),
        (f"▇▇{CLIPPED}", f"▇▁{CLIPPED}", (0, 9)),
    ],
)
def test_from_the_first_cell_that_differs_to_the_last(
    old: str, new: str, span: tuple[int, int]
) -> None:
    width = span[1] if span[0] == 0 else len(new)
    assert differing(old, new, width) == span
