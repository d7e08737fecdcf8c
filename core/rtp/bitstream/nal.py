"""NAL units, as H.264 and H.265 share them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

START_CODE = b"\0\0\0\1"
_SHORT_START_CODE = b"\0\0\1"
MAX_UNITS = 8192
"""In an access unit: as many slices as a key frame of 10 MB has that puts each into a packet."""
_MAX_PARAMETER_SET = 4096
"""Bytes of a parameter set that are looked at."""


def split_annex_b(data: bytes) -> Iterator[bytes]:
    """NAL units between start codes of three or more bytes, trailing zeros cut (H.264 annex B).

    Whatever stands before the first start code is passed over; empty units are left out.
    """
    start = data.find(_SHORT_START_CODE)
    while start >= 0:
        start += 3
        stop = data.find(_SHORT_START_CODE, start)
        nal = (data[start:stop] if stop >= 0 else data[start:]).rstrip(b"\0")
        if nal:
            yield nal
        start = stop


def all_units(data: bytes) -> list[bytes]:
    """The same at once, in two thirds of the time, where all are wanted of what was recorded."""
    units = (unit.rstrip(b"\0") for unit in data.split(_SHORT_START_CODE)[1:])
    return [nal for nal in units if nal]


def has_too_many(frame: bytes) -> bool:
    """Whether Annex B has more than `MAX_UNITS`, also such as nobody but their sender sees."""
    if len(frame) <= MAX_UNITS * len(START_CODE):
        return False  # as nearly always, without a look
    return frame.count(_SHORT_START_CODE) > MAX_UNITS


def join_annex_b(nals: Iterable[bytes]) -> bytes:
    """The units with a four-byte start code before each."""
    return b"".join([part for nal in nals for part in (START_CODE, nal)])


def join_in_order(
    nals: Iterable[bytes], delimiter: Callable[[bytes], bool], order: Callable[[bytes], int | None]
) -> bytes:
    """Annex B of an access unit with delimiters first, then parameter sets by their type.

    Args:
        nals: In any order of these, otherwise in theirs.
        delimiter: Whether a unit has to come first.
        order: Type of a parameter set, ``None`` for other units.
    """

    def place(nal: bytes) -> tuple[int, int]:
        if delimiter(nal):
            return 0, 0
        kind = order(nal)
        return (2, 0) if kind is None else (1, kind)

    return join_annex_b(sorted(nals, key=place))


def unescape(payload: bytes) -> bytes:
    """The start of a unit's payload without emulation prevention bytes (H.264 7.3.1)."""
    return payload[:_MAX_PARAMETER_SET].replace(b"\0\0\3", b"\0\0")
