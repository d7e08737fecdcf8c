"""Small still pictures, as screens show them."""

from __future__ import annotations

import msgspec


class Picture(msgspec.Struct, frozen=True):
    """A small still picture."""

    width: int
    height: int
    rgb: bytes
    """Three bytes a pixel, row by row from the top."""
    age: float = 0.0
    """Seconds since it arrived, when it was asked for: key frames may be minutes apart."""


class Size(msgspec.Struct, frozen=True, array_like=True):
    """Of a picture, in pixels."""

    width: int
    height: int


STILL = Size(96, 54)
"""Of a still picture at most, where no other size was asked for."""
