"""Real pictures as terminals take them: kitty's graphics, iTerm2's files, sixels. Pure.

None of it makes a terminal answer: what it says would come as keys that somebody pressed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import groupby

from ....core.model import Picture
from ....core.png import png

DEPTHS = (0xF8, 0xF0, 0xF0, 0xE0)
"""Bits of each colour that are kept, by quality: what is left out need not be sent."""
SCALES = (1.0, 0.75, 0.5, 0.35)
"""Size of what is sent, to the room that there is for it, by quality."""
MOST_ROWS = 36
"""Rows that a picture may have: as many as there are signs for in `_ROWS`."""
FIRST_ID, LAST_ID = 32, 255
"""Numbers of pictures; one is a colour among 256 as well."""
_PLACEHOLDER = "\U0010eeee"
"""Where it stands, kitty shows a piece of the picture whose number is the colour of the text
(kitty's graphics protocol, Unicode placeholders)."""
_ROWS = tuple(
    map(
        chr,
        (
            *(0x305, 0x30D, 0x30E, 0x310, 0x312, 0x33D, 0x33E, 0x33F, 0x346, 0x34A, 0x34B, 0x34C),
            *(0x350, 0x351, 0x352, 0x357, 0x35B, *range(0x363, 0x370)),
            *(0x483, 0x484, 0x485, 0x486, 0x487, 0x592),
        ),
    )
)
"""Marks on a placeholder that say which row, and which column, it is of."""
_CHUNK = 4096
"""Bytes of base64 that kitty takes at once."""
_REGISTERS = 256
_COARSE = 0xC0
"""Bits of colours that leave fewer of them than a sixel picture may have."""
_BAND = 6
"""Lines of pixels in a row of sixels."""


def poorer(picture: Picture, depth: int) -> Picture:
    """Return a picture with so many bits of each colour; what is white stays white."""
    table = bytes((value & depth) * 255 // depth for value in range(256))
    return Picture(picture.width, picture.height, picture.rgb.translate(table), picture.age)


# ── kitty ────────────────────────────────────────────────────────────────────────────────


def kitty(picture: Picture, number: int, columns: int, rows: int) -> str:
    """Return what gives a picture a number, and the room that it is stretched to.

    It is shown where its placeholders are, in place of what had the number before.

    Args:
        picture: Any size.
        number: `FIRST_ID` to `LAST_ID`.
        columns: Cells.
        rows: At most `MOST_ROWS`.
    """
    data = base64.b64encode(png(picture)).decode()
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
    keys = f"a=T,U=1,f=100,q=2,i={number},c={columns},r={rows},"
    last = len(chunks) - 1
    return "".join(
        f"\x1b_G{'' if at else keys}m={int(at < last)};{chunk}\x1b\\"
        for at, chunk in enumerate(chunks)
    )


def kitty_forgets(number: int) -> str:
    """Return what makes a terminal forget a picture."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def placeholders(row: int, columns: int) -> str:
    """Return the cells that show a row of a picture; the first says which, others go on."""
    return _PLACEHOLDER + _ROWS[row] + _ROWS[0] + _PLACEHOLDER * (columns - 1)


# ── where the cursor is ──────────────────────────────────────────────────────────────────


def iterm(picture: Picture, columns: int, rows: int) -> str:
    """Return what shows a picture where the cursor is, stretched to some cells."""
    data = png(picture)
    keys = f"inline=1;size={len(data)};width={columns};height={rows};preserveAspectRatio=0"
    return f"\x1b]1337;File={keys}:{base64.b64encode(data).decode()}\x07"


def sixel(picture: Picture) -> str:
    """Return what shows a picture where the cursor is, pixel by pixel.

    It is a whole number of rows of sixels high: the last lines of pixels are left out.
    """
    height = picture.height // _BAND * _BAND
    if picture.width * height == 0:
        return ""
    pixels = _pixels(picture, height)
    colours = {colour: number for number, colour in enumerate(sorted(set(pixels)))}
    width = picture.width
    size = _BAND * width
    bands = (
        _band([colours[it] for it in pixels[at : at + size]], width)
        for at in range(0, len(pixels), size)
    )
    registers = "".join(
        f"#{number};2;{';'.join(str(round(part / 2.55)) for part in colour)}"
        for colour, number in colours.items()
    )
    # P2=1: what no sixel covers stays as it is.
    return f'\x1bP0;1q"1;1;{width};{height}{registers}{"-".join(bands)}\x1b\\'


def at(column: int, row: int, shown: str) -> str:
    """Return what shows something at a cell of the screen, and leaves the cursor where it was."""
    return f"\x1b7\x1b[{row + 1};{column + 1}H{shown}\x1b8"


def _pixels(picture: Picture, height: int) -> list[tuple[int, ...]]:
    """Return the pixels of the first lines, in few enough colours."""
    found = _triplets(picture.rgb, 3 * picture.width * height)
    if len(set(found)) > _REGISTERS:
        coarse = poorer(picture, _COARSE)
        found = _triplets(coarse.rgb, 3 * picture.width * height)
    return found


def _triplets(rgb: bytes, end: int) -> list[tuple[int, ...]]:
    return list(zip(rgb[0:end:3], rgb[1:end:3], rgb[2:end:3], strict=True))


def _band(pixels: list[int], width: int) -> str:
    """Return a row of sixels, one colour over the other."""
    lines: dict[int, list[int]] = {}
    for place, number in enumerate(pixels):
        if number not in lines:
            lines[number] = [0] * width
        lines[number][place % width] |= 1 << place // width
    return "$".join(f"#{number}{''.join(_packed(line))}" for number, line in lines.items())


def _packed(line: list[int]) -> Iterator[str]:
    for value, same in groupby(line):
        count, sign = len(list(same)), chr(63 + value)
        yield sign * count if count < 4 else f"!{count}{sign}"
