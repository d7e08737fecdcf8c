"""A bar code that survives lossy coding: which stream, and which of its frames.

48 bits in 3 rows of 16 blocks over the whole width, at the bottom of the picture: stream
number (8 bits), frame counter (24), CRC-16/CCITT of those (16); a bright block is a one. At
160x90 a block is still 10 by 8 pixels.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from itertools import pairwise

import av

COLUMNS = 16
ROWS = 3
COUNTER_MODULUS = 1 << 24
BLACK = 16
WHITE = 235

_LINES = 4  # pixel rows of a block that are looked at, or a few more
_LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "nv12", "gray"})
_CRC_START = 0xFFFF  # not 0, so that an all black picture is no code


def band_top(height: int) -> int:
    """The first pixel row of the bar code, even, in a picture so high."""
    return (height - height * 4 // 15) & ~1


def encode_blocks(stream: int, counter: int) -> list[list[bool]]:
    """The blocks, three rows of sixteen; the counter is taken modulo 2^24."""
    data = bytes([stream]) + (counter % COUNTER_MODULUS).to_bytes(3, "big")
    code = int.from_bytes(data + binascii.crc_hqx(data, _CRC_START).to_bytes(2, "big"), "big")
    bits = [bool(code >> shift & 1) for shift in range(COLUMNS * ROWS - 1, -1, -1)]
    return [bits[row * COLUMNS : (row + 1) * COLUMNS] for row in range(ROWS)]


def decode_blocks(bits: Sequence[bool]) -> tuple[int, int] | None:
    """Stream and counter from the 48 blocks in reading order, `None` if the CRC is wrong."""
    code = sum(bit << shift for shift, bit in enumerate(reversed(bits)))
    data, crc = divmod(code, 1 << 16)
    if binascii.crc_hqx(data.to_bytes(4, "big"), _CRC_START) != crc:
        return None
    return divmod(data, COUNTER_MODULUS)


def column_edges(width: int) -> list[int]:
    """The pixel columns where blocks begin, and the width."""
    return [column * width // COLUMNS for column in range(COLUMNS + 1)]


def row_edges(height: int) -> list[int]:
    """The pixel rows where blocks begin, and the height."""
    top = band_top(height)
    return [top + row * (height - top) // ROWS for row in range(ROWS + 1)]


def luma(frame: av.VideoFrame) -> tuple[memoryview, int]:
    """The brightness plane of a picture, and the bytes in one of its rows."""
    if frame.format.name not in _LUMA_FIRST:
        frame = frame.reformat(format="gray")
    plane = frame.planes[0]
    return memoryview(plane).cast("B"), plane.line_size


def read_barcode(frame: av.VideoFrame) -> tuple[int, int] | None:
    """Stream number and frame counter of a test picture.

    Returns:
        `None` where the picture is damaged, or is no test picture.
    """
    pixels, stride = luma(frame)
    middle = (BLACK + WHITE) // 2
    bits: list[bool] = []
    for top, bottom in pairwise(row_edges(frame.height)):
        inner = _inner(top, bottom)
        lines = inner[:: max(len(inner) // _LINES, 1)]
        for left, right in pairwise(column_edges(frame.width)):
            columns = _inner(left, right)
            total = sum(
                sum(pixels[line * stride + columns.start : line * stride + columns.stop])
                for line in lines
            )
            bits.append(total > middle * len(lines) * len(columns))
    return decode_blocks(bits)


def _inner(start: int, stop: int) -> range:
    """The middle half of a block: its edges are smeared by the codec."""
    quarter = (stop - start) // 4
    return range(start + quarter, max(stop - quarter, start + quarter + 1))
