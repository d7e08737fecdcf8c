"""Numbers and names as people read them. Pure.

Decimal units everywhere, as on the labels of disks.
"""

from __future__ import annotations

import json
import re
from functools import cache

import msgspec
from rich.cells import cell_len, set_cell_size

_OBEYED = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters beyond ASCII, and those that turn or break lines."""

_BLOCKS_OF_SIGNS = (range(0x20, 0x250), range(0x370, 0x530), range(0x2500, 0x2600))
"""Latin, Greek and Cyrillic; boxes, blocks and shapes."""


def short_size(count: float) -> str:
    """Return bytes in at most seven cells, with three digits."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{_three(count) if unit != 'B' else f'{count:.0f}'} {unit}"
        count /= 1000
    return f"{_three(count)} TB"


def rate(bits: float) -> str:
    """Return bits per second as Mb/s in at most five cells."""
    mega = bits / 1e6
    return f"{mega:.2f}" if mega < 99.995 else f"{mega:.1f}" if mega < 999.95 else f"{mega:.0f}"


def duration(seconds: float) -> str:
    """Return a length of time in hours and minutes, at most ``>7d``."""
    if seconds > 7 * 86400:
        return ">7d"
    minutes = int(seconds // 60)
    return f"{minutes // 60}h{minutes % 60:02}m"


def clock(seconds: float) -> str:
    """Return ``h:mm:ss``."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def long_clock(seconds: float) -> str:
    """Return ``hh:mm:ss``."""
    return clock(seconds).rjust(8, "0")


def cells(text: str) -> int:
    """Return the width of a text on a terminal."""
    return len(text) if is_narrow(text) else cell_len(text)


def is_narrow(text: str) -> bool:
    """Tell of most texts whose characters are all one cell wide that they are; it costs little."""
    return _narrow().issuperset(text)


@cache
def _narrow() -> frozenset[str]:
    """Signs of one cell; measuring them takes 4 ms, which a command that draws none is spared."""
    signs = (*(chr(code) for block in _BLOCKS_OF_SIGNS for code in block), *"…↻⊘✓✕")
    return frozenset(sign for sign in signs if sign.isprintable() and cell_len(sign) == 1)


def elide(text: str, width: int, ellipsis: str = "…") -> str:
    """Return a text that fits a width in cells, its middle left out if need be."""
    if cells(text) <= width:
        return text
    if width <= 1:
        return ellipsis[:width]
    tail = (width - 1) // 3
    return _head(text, width - 1 - tail) + ellipsis + _tail(text, tail)


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Return a text that fills a width in cells, its end left out if need be."""
    text = clean(text)
    if cells(text) > width:
        text = _head(text, width - 1) + ellipsis if width > 0 else ""
    return text + " " * (width - cells(text))


def fit(text: str, width: int, right: bool = False, ellipsis: str = "…") -> str:
    """Return a text that fills a width in cells exactly."""
    shown = elide(clean(text), width, ellipsis)
    padding = " " * (width - cells(shown))
    return padding + shown if right else shown + padding


def clean(text: str) -> str:
    """Return a text from strangers without what a terminal obeys or what has no width."""
    if text.isprintable():
        return text
    return "".join(
        " " if character in "\t\n\r" else character for character in text if _shown(character)
    )


def printable(text: str) -> str:
    """Return lines for a terminal or a log, each of them `clean`."""
    return "\n".join(map(clean, text.split("\n")))


def json_line(value: object) -> str:
    """Return one line of JSON that a terminal shows and does not obey.

    JSON escapes only what is below a space; terminals obey others too, and half a surrogate pair,
    as in a file name that is no UTF-8, cannot be encoded.
    """
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(value, str_keys=True))
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _shown(character: str) -> bool:
    return character.isprintable() or character in "\t\n\r"


def _three(count: float) -> str:
    return f"{count:.2f}" if count < 9.995 else f"{count:.1f}" if count < 99.95 else f"{count:.0f}"


def _head(text: str, width: int) -> str:
    return set_cell_size(text, width).rstrip() if width > 0 else ""


def _tail(text: str, width: int) -> str:
    tail = ""
    for character in reversed(text):
        if cells(character + tail) > width:
            break
        tail = character + tail
    return tail
