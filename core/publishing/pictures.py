"""Test pictures: made to be recognised by people and by programs, and cheap to make.

A picture shows the stream's name, the frame's number and the media time in large letters on
moving stripes of the stream's own colour, a line that fills once a second, and a bar code
(`barcode.py`). For the first tenth of every second it flashes white, exactly while the sound
beeps (`tones.py`).
"""

from __future__ import annotations

import colorsys
from itertools import pairwise

import av

from .. import font
from .barcode import BLACK, WHITE, band_top, column_edges, encode_blocks, luma, row_edges
from .barcode import read_barcode as read_barcode

FLASH_SECONDS = 0.1
_NEUTRAL = 128
_NAME_LENGTH = 24
_GOLDEN = 0.618034  # turns of the colour circle that keep neighbouring numbers far apart


def flashes(seconds: float) -> bool:
    """Whether picture and sound flash and beep at this media time."""
    # A thousandth of slack: 1.0999999 is still the end of the flash, 0.9999999 its start.
    return (seconds + 1e-6) % 1.0 < FLASH_SECONDS - 1e-6


def is_flash(frame: av.VideoFrame) -> bool:
    """Whether a test picture, decoded, is one of the white ones."""
    pixels, stride = luma(frame)
    step_x, step_y = max(frame.width // 32, 1), max(frame.height // 32, 1)
    samples = sorted(
        value
        for y in range(0, band_top(frame.height), step_y)
        for value in pixels[y * stride : y * stride + frame.width : step_x]
    )
    return samples[len(samples) // 2] > (BLACK + 3 * WHITE) // 4


class PictureMaker:
    """Draws the test pictures of one stream in one size."""

    def __init__(self, name: str, number: int, width: int, height: int) -> None:
        """Prepare colours and stripes.

        Args:
            name: Written into the picture; cut after 24 characters.
            number: Stream number, 0 to 255: the bar code and the colour.
            width: Pixels, even.
            height: Pixels, even.
        """
        self.width = width
        self.height = height
        self._name = name[:_NAME_LENGTH] or "?"
        self._number = number
        probe = av.VideoFrame(width, height, "yuv420p")
        self._strides = [plane.line_size for plane in probe.planes]
        self._top = band_top(height)
        self._line_height = max(height // 40, 2)
        brightness, *colours = _colour(number)
        self._period = max(width // 8, 8)
        self._stripes = _stripes(brightness, self._period, self._strides[0])
        self._paper = brightness // 3 + BLACK
        self._colours = [self._chroma(value) for value in colours]
        self._grey = self._chroma(_NEUTRAL)
        self._margin = width // 20

    def draw(self, counter: int, seconds: float) -> av.VideoFrame:
        """The picture of this number at this media time, as yuv420p in limited range."""
        flash = flashes(seconds)
        stride = self._strides[0]
        if flash:
            pixels = bytearray(bytes([WHITE]) * (stride * self._top))
        else:
            pixels = self._background(counter)
        self._write(pixels, counter, seconds, flash)
        pixels += self._barcode(counter)
        frame = av.VideoFrame(self.width, self.height, "yuv420p")
        chroma = [self._grey, self._grey] if flash else self._colours
        for plane, data in zip(frame.planes, [bytes(pixels), *chroma], strict=True):
            plane.update(data)
        return frame

    def _chroma(self, value: int) -> bytes:
        stride = self._strides[1]
        above = self._top // 2
        return bytes([value]) * (stride * above) + bytes([_NEUTRAL]) * (
            stride * (self.height // 2 - above)
        )

    def _background(self, counter: int) -> bytearray:
        stride, period, stripes = self._strides[0], self._period, self._stripes
        shift = counter * max(self.width // 160, 1)
        starts = ((shift + y) % period for y in range(self._top))
        return bytearray(b"".join([stripes[start : start + stride] for start in starts]))

    def _write(self, pixels: bytearray, counter: int, seconds: float, flash: bool) -> None:
        ink, paper = (BLACK, WHITE) if flash else (WHITE, self._paper)
        top = self._top - self._line_height
        parts = top / 24
        self._text(pixels, self._name, parts, parts * 9, (ink, paper))
        self._text(pixels, f"#{counter:06d}", parts * 11, parts * 6, (ink, paper))
        self._text(pixels, _clock(seconds), parts * 18, parts * 5, (ink, paper))
        filled = round(seconds % 1.0 * self.width)
        line = bytes([ink]) * filled + bytes([paper]) * (self._strides[0] - filled)
        pixels[top * self._strides[0] :] = line * self._line_height

    def _text(
        self, pixels: bytearray, text: str, y: float, height: float, shades: tuple[int, int]
    ) -> None:
        room = self.width - 2 * self._margin
        scale = min(int(height) // (font.HEIGHT + 2), room // font.text_width(len(text), 1))
        scale = max(scale, 1)
        position = int(y) * self._strides[0] + self._margin
        for row in font.text_rows(text, scale, *shades):
            row = row[: self.width - self._margin]
            for _ in range(scale):
                pixels[position : position + len(row)] = row
                position += self._strides[0]

    def _barcode(self, counter: int) -> bytes:
        padding = bytes(self._strides[0] - self.width)
        spans = [right - left for left, right in pairwise(column_edges(self.width))]
        heights = [bottom - top for top, bottom in pairwise(row_edges(self.height))]
        band: list[bytes] = []
        for blocks, height in zip(encode_blocks(self._number, counter), heights, strict=True):
            shades = (bytes([WHITE if block else BLACK]) for block in blocks)
            row = b"".join([shade * span for shade, span in zip(shades, spans, strict=True)])
            band.append((row + padding) * height)
        return b"".join(band)


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    minutes, second = divmod(whole, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{thousandths:03d}"


def _colour(number: int) -> tuple[int, int, int]:
    """Y, Cb, Cr of a stream's colour (BT.601, limited range), never too bright for a flash."""
    red, green, blue = colorsys.hsv_to_rgb(0.58 + number * _GOLDEN, 0.65, 0.62)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb, cr = (blue - y) / 1.772, (red - y) / 1.402
    return round(16 + 219 * y), round(_NEUTRAL + 224 * cb), round(_NEUTRAL + 224 * cr)


def _stripes(brightness: int, period: int, length: int) -> bytes:
    """One pixel row of stripes, a period longer than needed, so that it can be shifted."""
    half = period // 2
    pair = bytes([brightness]) * half + bytes([brightness - 14]) * (period - half)
    return pair * (length // period + 2)
