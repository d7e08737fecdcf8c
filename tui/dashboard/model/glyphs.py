"""The signs on the screens: one set for Unicode terminals, one for ASCII. Pure.

Only code points one cell wide in text presentation (terminals.md §3); each state has a word
beside its sign, so nothing is said by a sign or a colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....core.model import StreamState


class Glyphs(msgspec.Struct, frozen=True):
    """A set of signs."""

    states: Mapping[StreamState, str]
    cursor: str
    mark: str
    link: str
    up: str
    down: str
    line: str
    ellipsis: str
    blocks: str
    """Nothing, then levels from low to high."""
    peak: str
    """Where a level was lately."""
    muted: str
    """Camera or microphone that is switched off."""
    empty: str
    """For a second without a sample."""
    times: str
    bullet: str


UNICODE = Glyphs(
    states={
        StreamState.REC: "●",
        StreamState.WAIT: "◐",
        StreamState.STALL: "▲",
        StreamState.FAIL: "✕",
        StreamState.SAVE: "…",
        StreamState.LIVE: "◇",
        StreamState.IDLE: "◌",
        StreamState.OFF: "■",
        StreamState.SKIP: "⊘",
        StreamState.DONE: "✓",
    },
    cursor="▸",
    mark="*",
    link="↻",
    up="▴",
    down="▾",
    line="─",
    ellipsis="…",
    blocks="▁▂▃▄▅▆▇█",
    peak="│",
    muted="⊘",
    empty=" ",
    times="\N{MULTIPLICATION SIGN}",
    bullet="·",
)
ASCII = Glyphs(
    states={
        StreamState.REC: "*",
        StreamState.WAIT: "~",
        StreamState.STALL: "!",
        StreamState.FAIL: "X",
        StreamState.SAVE: ">",
        StreamState.LIVE: "=",
        StreamState.IDLE: "o",
        StreamState.OFF: "-",
        StreamState.SKIP: "/",
        StreamState.DONE: "+",
    },
    cursor=">",
    mark="#",
    link="@",
    up="^",
    down="v",
    line="-",
    ellipsis="~",
    blocks="_.-=+*#@",
    peak="|",
    muted="/",
    empty=" ",
    times="x",
    bullet="-",
)
