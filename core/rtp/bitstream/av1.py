"""What the recorder has to know of an AV1 temporal unit (AV1 specification, version 1.0.0)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...errors import MediaError
from .av1_sequence import SequenceHeader, parse_sequence_header
from .bits import BitReader, checked_size, read_leb128, write_leb128

SEQUENCE_HEADER = 1
TEMPORAL_DELIMITER = 2
FRAME_HEADER = 3
FRAME = 6
MAX_OBUS = 4096
"""In a temporal unit; real ones have a few, or one for each tile."""
_DISPOSABLE = frozenset({TEMPORAL_DELIMITER, 7, 8, 15})
"""Delimiter, redundant frame header, tile list and padding: containers leave them out."""
_HEADER_BYTES = 64
"""Enough of a frame header for everything up to the picture size."""


class Obu(NamedTuple):
    """One open bitstream unit, without its size field."""

    header: bytes
    """One or two bytes; the bit that announces a size field is cleared."""
    payload: bytes

    @property
    def kind(self) -> int:
        """obu_type (6.2.2)."""
        return self.header[0] >> 3 & 15

    def with_size(self) -> bytes:
        """The unit with a size field of minimal length."""
        header = bytes((self.header[0] | 2,)) + self.header[1:]
        return header + write_leb128(len(self.payload)) + self.payload

    def without_size(self) -> bytes:
        """The unit as it travels in RTP."""
        return self.header + self.payload


def read_obu(data: bytes, offset: int = 0) -> tuple[Obu, int]:
    """The unit at ``offset`` and where it ends; without a size field it ends with the data (5.3).

    Raises:
        MediaError: It is cut short or its header is invalid.
    """
    start = offset + (2 if data[offset] & 4 else 1)
    if start > len(data) or data[offset] & 0x80:
        raise MediaError("malformed AV1 unit header")
    header = bytes((data[offset] & 0xFD,)) + data[offset + 1 : start]
    if not data[offset] & 2:
        return Obu(header, data[start:]), len(data)
    size, start = read_leb128(data, start)
    if start + size > len(data):
        raise MediaError("AV1 unit is cut short")
    return Obu(header, data[start : start + size]), start + size


def read_obus(data: bytes) -> Iterator[Obu]:
    """The units of a temporal unit, in order.

    Raises:
        MediaError: One of them is malformed, or there are more than `MAX_OBUS`.
    """
    offset = count = 0
    while offset < len(data):
        obu, offset = read_obu(data, offset)
        count += 1
        if count > MAX_OBUS:
            raise MediaError("too many AV1 units in a frame")
        yield obu


def essential_obus(frame: bytes) -> list[Obu]:
    """The units that containers keep.

    Raises:
        MediaError: One of the units is malformed.
    """
    return [obu for obu in read_obus(frame) if obu.kind not in _DISPOSABLE]


def canonical(frame: bytes) -> bytes:
    """The units that containers keep, every one with a size field of minimal length.

    Raises:
        MediaError: One of the units is malformed.
    """
    return b"".join([obu.with_size() for obu in essential_obus(frame)])


def is_key(frame: bytes) -> bool:
    """Whether a shown key frame comes first; false if malformed."""
    try:
        return _opening(frame)[1] is not None
    except MediaError:
        return False


def has_picture(frame: bytes) -> bool:
    """Whether there is a frame in it.

    Raises:
        MediaError: It is malformed.
    """
    return any(obu.kind in (FRAME_HEADER, FRAME) for obu in read_obus(frame))


def unit_key(unit: bytes) -> tuple[int, int] | None:
    """Type of a sequence header, of which there is one (7.5); ``None`` for other units."""
    kind = unit[0] >> 3 & 15
    return (kind, 0) if kind == SEQUENCE_HEADER else None


def insert_units(frame: bytes, units: Sequence[bytes]) -> bytes:
    """The temporal unit with more units at its start (7.5); these without sizes."""
    return b"".join([*(read_obu(unit)[0].with_size() for unit in units), frame])


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of the picture; ``None`` without a sequence header.

    With spatial layers that is the largest layer; otherwise a key frame may be smaller than
    the sequence allows, and then says so itself.

    Raises:
        MediaError: A header is malformed.
    """
    sequence, header = _opening(frame)
    if sequence is None:
        return None
    if header is not None and not sequence.spatial_layers:
        return _key_frame_size(header, sequence)
    return checked_size(sequence.width, sequence.height)


def _opening(frame: bytes) -> tuple[SequenceHeader | None, BitReader | None]:
    """The first sequence header, and the header of the first frame if it is a shown key frame.

    The reader stands after show_frame.
    """
    sequence = None
    for obu in read_obus(frame):
        if obu.kind == SEQUENCE_HEADER and sequence is None:
            sequence = parse_sequence_header(obu.payload)
        elif obu.kind in (FRAME_HEADER, FRAME):
            header = BitReader(obu.payload[:_HEADER_BYTES])
            still = sequence is not None and sequence.reduced
            # show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (5.9.2)
            key = still or header.bits(4) == 1
            return sequence, header if key else None
    return sequence, None


def _key_frame_size(header: BitReader, sequence: SequenceHeader) -> tuple[int, int]:
    """uncompressed_header() of a shown key frame, from after show_frame to frame_size() (5.9.2)."""
    if not sequence.reduced:
        header.skip(sequence.presentation_time_bits)
    header.skip(1)  # disable_cdf_update
    choice = sequence.screen_content_tools
    screen_content = header.flag() if choice is None else choice
    if screen_content and sequence.choose_integer_motion:
        header.skip(1)  # force_integer_mv
    header.skip(sequence.frame_id_bits)
    override = not sequence.reduced and header.flag()
    if not override:
        return checked_size(sequence.width, sequence.height)
    header.skip(sequence.order_hint_bits)
    if sequence.removal_time_bits and header.flag():
        # Layer 0 belongs to every operating point.
        header.skip(sequence.removal_time_bits * sequence.timed_operating_points)
    width, height = header.bits(sequence.width_bits), header.bits(sequence.height_bits)
    return checked_size(width + 1, height + 1)
