"""VP9 pictures with spatial layers → superframes of which one frame is shown.

Senders with spatial layers mark the frame of every layer as shown, and leave it to the receiver
to show the largest. A superframe in a file has one shown frame (annex B), and FFmpeg's decoder
and all who use it show every one. So the lower ones are marked as not shown. That is one bit of
their headers, and one more that such a header has; all else stays as it was sent, and is decoded
to the same picture: only motion vectors of the frame before depend on it, which are not used
across sizes (use_prev_frame_mvs, 7.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...errors import MediaError
from .bits import BitReader
from .vp9 import read_profile, read_size, read_sync, skip_color_config, split_superframe, superframe

_HEADER_BYTES = 512
"""More than any uncompressed header has."""
_SLOTS = 8
_ALL = 0xFF

Size = tuple[int, int]


class Header(NamedTuple):
    """What an uncompressed header says."""

    existing: bool
    """It has no picture of its own, but shows one that is there."""
    key: bool
    shown: bool
    show_at: int
    """Bit of show_frame."""
    refresh: int
    """Slots of reference frames that it fills, lowest bit first."""
    size: Size | None
    """``None``: that of a reference frame which is not known."""
    end: int
    """Bits up to the trailing ones; 0 where the size is not known."""


class SinglePictures:
    """Makes superframes with one shown frame; keeps the sizes of reference frames for it."""

    def __init__(self) -> None:
        """Start before a key frame."""
        self._sizes: list[Size | None] = [None] * _SLOTS
        self._layered = False

    def single(self, frame: bytes) -> bytes:
        """Return a frame or superframe of which one frame is shown.

        One with a header that cannot be read is returned as it is.
        """
        try:
            parts = split_superframe(frame)
            if len(parts) == 1 and not self._layered and not _may_be_key(frame):
                return frame  # no layers: references are all of the key frame's size
            headers = [self._read(part) for part in parts]
        except MediaError:
            return frame
        shown = [n for n, header in enumerate(headers) if header.shown]
        if len(shown) < 2:
            return frame
        self._layered = True
        return superframe(_with_last_shown(parts, headers, shown[-1]))

    def _read(self, part: bytes) -> Header:
        header = read_header(part, self._sizes)
        for slot in range(_SLOTS):
            if header.refresh >> slot & 1:
                self._sizes[slot] = header.size
        return header


def _may_be_key(frame: bytes) -> bool:
    """Whether the frame type is that of a key frame, in any profile."""
    return frame[0] & 0x04 == 0 or frame[0] & 0x30 == 0x30


def _with_last_shown(parts: Sequence[bytes], headers: Sequence[Header], last: int) -> list[bytes]:
    out: list[bytes] = []
    for number, (part, header) in enumerate(zip(parts, headers, strict=True)):
        if number == last or not header.shown:
            out.append(part)
        elif not header.existing:
            out.append(hide(part, header))
    return out


def hide(frame: bytes, header: Header) -> bytes:
    """The frame with show_frame 0; other than key frames get intra_only 0 (6.2)."""
    at = header.show_at
    if header.key:
        head = bytearray(frame)
        head[at >> 3] &= ~(0x80 >> (at & 7))
        return bytes(head)
    if not header.end:
        return frame
    size = (header.end + 7) >> 3
    bits = f"{int.from_bytes(frame[:size], 'big'):0{size * 8}b}"[: header.end]
    bits = f"{bits[:at]}0{bits[at + 1]}0{bits[at + 2 :]}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big") + frame[size:]


def read_header(frame: bytes, sizes: Sequence[Size | None]) -> Header:
    """uncompressed_header() (6.2).

    Args:
        frame: One frame.
        sizes: Of the reference frames in their slots, pixels across and down.

    Raises:
        MediaError: It is malformed.
    """
    bits = BitReader(frame[:_HEADER_BYTES])
    profile = read_profile(bits)
    if bits.flag():  # show_existing_frame
        return Header(True, False, True, 0, 0, None, 0)
    inter, show_at = bits.flag(), bits.position
    shown, resilient = bits.flag(), bits.flag()
    refresh, size = _ALL, None
    if not inter:
        read_sync(bits)
        skip_color_config(bits, profile)
        size = _read_sizes(bits)
    else:
        intra_only = not shown and bits.flag()
        bits.skip(0 if resilient else 2)  # reset_frame_context
        if intra_only:
            read_sync(bits)
            if profile > 0:
                skip_color_config(bits, profile)
            refresh, size = bits.bits(8), _read_sizes(bits)
        else:
            refresh, size = bits.bits(8), _read_size_with_references(bits, sizes)
            bits.skip(1)  # allow_high_precision_mv
            bits.skip(0 if bits.flag() else 2)  # interpolation filter
    end = 0 if size is None else _read_rest(bits, size, len(frame), resilient=resilient)
    return Header(False, not inter, shown, show_at, refresh, size, end)


def _read_sizes(bits: BitReader) -> Size:
    size = read_size(bits)
    bits.skip(32 if bits.flag() else 0)  # render_size()
    return size


def _read_size_with_references(bits: BitReader, sizes: Sequence[Size | None]) -> Size | None:
    """Three reference slots, then frame_size_with_refs() (6.2.2)."""
    slots = [bits.bits(4) >> 1 for _ in range(3)]
    for slot in slots:
        if bits.flag():  # found_ref
            bits.skip(32 if bits.flag() else 0)
            return sizes[slot]
    return _read_sizes(bits)


def _read_rest(bits: BitReader, size: Size, length: int, *, resilient: bool) -> int:
    """From refresh_frame_context to header_size_in_bytes; returns where that ends."""
    bits.skip(2 if resilient else 4)
    bits.skip(9)  # loop filter level and sharpness
    if bits.flag() and bits.flag():  # mode_ref_delta_update
        for _ in range(6):
            bits.skip(7 if bits.flag() else 0)
    bits.skip(8)  # base_q_idx
    for _ in range(3):
        bits.skip(5 if bits.flag() else 0)
    if bits.flag():
        _skip_segmentation(bits)
    _skip_tiles(bits, size[0])
    compressed = bits.bits(16)
    end = bits.position
    if not 0 < compressed <= length - ((end + 7) >> 3) or bits.bits(-end % 8):
        raise MediaError("malformed VP9 frame header")
    return end


def _skip_segmentation(bits: BitReader) -> None:
    """segmentation_params() behind its first bit (6.2.9)."""
    if bits.flag():  # update_map
        for _ in range(7):
            bits.skip(8 if bits.flag() else 0)
        if bits.flag():  # temporal_update
            for _ in range(3):
                bits.skip(8 if bits.flag() else 0)
    if bits.flag():  # update_data
        bits.skip(1)  # abs_delta_update
        for _ in range(8):
            for width in (9, 7, 2, 0):  # with their signs
                bits.skip(width if bits.flag() else 0)


def _skip_tiles(bits: BitReader, width: int) -> None:
    """tile_info() (6.2.11)."""
    blocks = (width + 63) >> 6
    least, most = 0, 1
    while (64 << least) < blocks:
        least += 1
    while (blocks >> most) >= 4:
        most += 1
    for _ in range(least, most - 1):
        if not bits.flag():  # increment_tile_cols_log2
            break
    bits.skip(1 if bits.flag() else 0)  # tile_rows_log2
