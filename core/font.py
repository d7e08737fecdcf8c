"""Capital letters, figures and marks in 5 by 7 dots, to write on pictures."""

from __future__ import annotations

from functools import lru_cache

WIDTH = 5
HEIGHT = 7
ADVANCE = WIDTH + 1
"""Dots from one character to the next."""

# Seven rows of five dots, the leftmost dot is worth 16.
_GLYPHS: dict[str, str] = {
    "A": "0E 11 11 1F 11 11 11",
    "B": "1E 11 11 1E 11 11 1E",
    "C": "0E 11 10 10 10 11 0E",
    "D": "1C 12 11 11 11 12 1C",
    "E": "1F 10 10 1E 10 10 1F",
    "F": "1F 10 10 1E 10 10 10",
    "G": "0E 11 10 17 11 11 0F",
    "H": "11 11 11 1F 11 11 11",
    "I": "0E 04 04 04 04 04 0E",
    "J": "07 02 02 02 02 12 0C",
    "K": "11 12 14 18 14 12 11",
    "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11",
    "N": "11 19 19 15 13 13 11",
    "O": "0E 11 11 11 11 11 0E",
    "P": "1E 11 11 1E 10 10 10",
    "Q": "0E 11 11 11 15 12 0D",
    "R": "1E 11 11 1E 14 12 11",
    "S": "0F 10 10 0E 01 01 1E",
    "T": "1F 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 11 0A 0A 04",
    "W": "11 11 11 15 15 1B 11",
    "X": "11 11 0A 04 0A 11 11",
    "Y": "11 11 0A 04 04 04 04",
    "Z": "1F 01 02 04 08 10 1F",
    "0": "0E 11 13 15 19 11 0E",
    "1": "04 0C 04 04 04 04 0E",
    "2": "0E 11 01 06 08 10 1F",
    "3": "0E 11 01 06 01 11 0E",
    "4": "02 06 0A 12 1F 02 02",
    "5": "1F 10 1E 01 01 11 0E",
    "6": "06 08 10 1E 11 11 0E",
    "7": "1F 01 02 04 04 04 04",
    "8": "0E 11 11 0E 11 11 0E",
    "9": "0E 11 11 0F 01 02 0C",
    " ": "00 00 00 00 00 00 00",
    "-": "00 00 00 0E 00 00 00",
    "_": "00 00 00 00 00 00 1F",
    ".": "00 00 00 00 00 0C 0C",
    ":": "00 0C 0C 00 0C 0C 00",
    "#": "0A 0A 1F 0A 1F 0A 0A",
    "?": "0E 11 01 06 04 00 04",
    "!": "04 04 04 04 04 00 04",
    ",": "00 00 00 00 0C 04 08",
    "'": "04 04 08 00 00 00 00",
    "(": "02 04 08 08 08 04 02",
    ")": "08 04 02 02 02 04 08",
    "/": "00 01 02 04 08 10 00",
    "+": "00 04 04 1F 04 04 00",
    "&": "0C 12 14 08 15 12 0D",
    "@": "0E 11 01 0D 15 15 0E",
}
CHARACTERS = frozenset(_GLYPHS)
"""Those that are there."""
_UNKNOWN = "1F 11 11 11 11 11 1F"


@lru_cache(maxsize=1024)
def _glyph_rows(character: str, scale: int, ink: int, paper: int) -> tuple[bytes, ...]:
    dots = {True: bytes([ink]) * scale, False: bytes([paper]) * scale}
    rows = bytes.fromhex(_GLYPHS.get(character, _UNKNOWN))
    return tuple(
        b"".join(dots[bool(row >> dot & 1)] for dot in range(WIDTH - 1, -1, -1)) + dots[False]
        for row in rows
    )


def text_width(length: int, scale: int) -> int:
    """Pixels that so many characters take, each dot being ``scale`` pixels wide."""
    return (length * ADVANCE + 1) * scale


def text_rows(text: str, scale: int, ink: int, paper: int) -> list[bytes]:
    """The nine dot rows of a line of text with an empty dot around it, one byte per pixel.

    Lower case is written in capitals, what the font does not have as an empty box. Each row is
    `text_width` pixels long and is to be repeated ``scale`` times.
    """
    glyphs = [_glyph_rows(character, scale, ink, paper) for character in text.upper()]
    edge = bytes([paper]) * scale
    blank = bytes([paper]) * text_width(len(text), scale)
    rows = [edge + b"".join(glyph[row] for glyph in glyphs) for row in range(HEIGHT)]
    return [blank, *rows, blank]
