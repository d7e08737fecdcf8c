"""What the recorder has to know of a VP9 frame (VP9 bitstream specification 0.7)."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import MediaError
from .bits import BitReader, checked_size

MAX_FRAMES = 8
"""Frames in one superframe."""
_SYNC = 0x498342
_RGB = 7
_HEADER_BYTES = 32
"""Enough for everything up to the picture size."""


def is_key(frame: bytes) -> bool:
    """Whether this is a key frame, or a superframe that begins with one."""
    if len(frame) < 2 or frame[0] >> 6 != 2:
        return False
    header = BitReader(frame[:2])
    read_profile(header)
    return header.bits(2) == 0  # not show_existing_frame, frame_type KEY_FRAME


def size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of the last frame in it that says them: with spatial layers, the largest.

    ``None`` for frames that take the size of a reference frame, as most inter frames do.

    Raises:
        MediaError: A frame header is malformed.
    """
    frames = split_superframe(frame)
    sizes = [_frame_size(BitReader(part[:_HEADER_BYTES])) for part in frames]
    return next((found for found in reversed(sizes) if found), None)


def superframe(frames: Sequence[bytes]) -> bytes:
    """Several frames of one picture as one, with the index that tells them apart (annex B.2).

    Raises:
        MediaError: There are more than `MAX_FRAMES`.
    """
    if len(frames) == 1:
        return frames[0]
    if len(frames) > MAX_FRAMES:
        raise MediaError("too many layers in a VP9 picture")
    width = max(1, (max(map(len, frames)).bit_length() + 7) // 8)
    marker = bytes((0xC0 | width - 1 << 3 | len(frames) - 1,))
    sizes = (len(frame).to_bytes(width, "little") for frame in frames)
    return b"".join((*frames, marker, *sizes, marker))


def split_superframe(data: bytes) -> list[bytes]:
    """The frames of a superframe; the frame itself where it is none (annex B.2).

    Raises:
        MediaError: The index is malformed.
    """
    marker = data[-1] if data else 0
    count, width = (marker & 7) + 1, (marker >> 3 & 3) + 1
    index = len(data) - 2 - count * width
    if marker >> 5 != 6 or index < 0 or data[index] != marker:
        return [data]
    frames: list[bytes] = []
    start = 0
    for entry in range(index + 1, index + 1 + count * width, width):
        stop = start + int.from_bytes(data[entry : entry + width], "little")
        if stop > index:
            raise MediaError("malformed VP9 superframe index")
        if stop > start:
            frames.append(data[start:stop])
        start = stop
    return frames


def read_profile(header: BitReader) -> int:
    """The frame marker and the profile (6.2)."""
    if header.bits(2) != 2:
        raise MediaError("not a VP9 frame")
    low, high = header.bits(1), header.bits(1)
    if low and high:
        header.skip(1)
    return high << 1 | low


def _frame_size(header: BitReader) -> tuple[int, int] | None:
    """uncompressed_header() up to frame_size() (6.2)."""
    profile = read_profile(header)
    if header.flag():  # show_existing_frame
        return None
    inter, shown, resilient = header.flag(), header.flag(), header.flag()
    if not inter:
        read_sync(header)
        skip_color_config(header, profile)
        return read_size(header)
    intra_only = not shown and header.flag()
    if not resilient:
        header.skip(2)  # reset_frame_context
    if intra_only:
        read_sync(header)
        if profile > 0:
            skip_color_config(header, profile)
        header.skip(8)  # refresh_frame_flags
        return read_size(header)
    header.skip(8 + 3 * 4)  # refresh_frame_flags, reference indices and sign biases
    if any(header.flag() for _ in range(3)):  # found_ref
        return None
    return read_size(header)


def read_sync(header: BitReader) -> None:
    """frame_sync_code() (6.2.1)."""
    if header.bits(24) != _SYNC:
        raise MediaError("VP9 sync code is missing")


def skip_color_config(header: BitReader, profile: int) -> None:
    """color_config() (6.2.2)."""
    if profile >= 2:
        header.skip(1)  # ten_or_twelve_bit
    if header.bits(3) != _RGB:
        header.skip(4 if profile & 1 else 1)  # color_range, with subsampling in odd profiles
    elif profile & 1:
        header.skip(1)
    else:
        raise MediaError("VP9 profile has no RGB")


def read_size(header: BitReader) -> tuple[int, int]:
    """frame_size() (6.2.3)."""
    return checked_size(header.bits(16) + 1, header.bits(16) + 1)
