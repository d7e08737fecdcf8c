"""Reading fields of a few bits, the variable-length numbers of the video codecs, and limits."""

from __future__ import annotations

from ...errors import MediaError

MAX_SIDE = 16384
"""Pixels; a picture that claims to be larger is refused."""


class BitReader:
    """Fields of a byte string, most significant bit first; `MediaError` past its end."""

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes) -> None:
        """Begin at the first bit."""
        self._data = data
        self._position = 0
        self._end = len(data) * 8

    @property
    def position(self) -> int:
        """Bits that were read."""
        return self._position

    def bits(self, count: int) -> int:
        """An unsigned number of ``count`` bits."""
        start, stop = self._position, self._position + count
        if stop > self._end:
            raise MediaError("header is cut short")
        self._position = stop
        last = (stop + 7) >> 3
        window = int.from_bytes(self._data[start >> 3 : last], "big")
        return (window >> (last * 8 - stop)) & ((1 << count) - 1)

    def flag(self) -> bool:
        """One bit."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Pass over ``count`` bits."""
        if self._position + count > self._end:
            raise MediaError("header is cut short")
        self._position += count

    def exp_golomb(self) -> int:
        """ue(v) of H.264 and H.265, 0 to 2^32-2; also uvlc() of AV1 (H.264 9.1, AV1 4.10.3)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 31:
                raise MediaError("number is too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def signed_exp_golomb(self) -> int:
        """se(v) of H.264 and H.265 (H.264 9.1.1)."""
        code = self.exp_golomb()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def read_leb128(data: bytes, offset: int) -> tuple[int, int]:
    """The little-endian base-128 number at ``offset``, and where it ends (AV1 4.10.5).

    Raises:
        MediaError: It is cut short, has more than 8 bytes or needs more than 32 bits.
    """
    value = 0
    for index, byte in enumerate(data[offset : offset + 8]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if value >= 1 << 32:
                break
            return value, offset + index + 1
    raise MediaError("malformed leb128 number")


def write_leb128(value: int) -> bytes:
    """The shortest leb128 form of a number that is not negative."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def checked_size(width: int, height: int) -> tuple[int, int]:
    """``(width, height)`` in pixels, if such a picture can be.

    Raises:
        MediaError: A side is not within 1 to `MAX_SIDE`.
    """
    if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE:
        return width, height
    raise MediaError(f"impossible picture size {width}x{height}")
