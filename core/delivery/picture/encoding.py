"""How pictures are encoded."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
from av.codec import Codec as LibraryCodec
from av.error import FFmpegError

from ...errors import UsageError
from .colours import UNKNOWN, Colours, tell

X264 = "libx264"
PRORES = "prores_ks"
_QUALITY = {
    "h264_nvenc": {"rc": "vbr", "cq": "19", "preset": "p4"},
    "h264_qsv": {"global_quality": "20"},
    "h264_videotoolbox": {"q:v": "65"},
    "h264_amf": {"rc": "cqp", "qp_i": "19", "qp_p": "21"},
}
"""Of encoders in hardware: what comes near crf 18 of x264."""


class Encoding(msgspec.Struct, frozen=True):
    """An encoder and its settings."""

    encoder: str
    options: dict[str, str] = {}
    pixels: str = "yuv420p"
    key_every: float = 1.0
    """Seconds."""
    depth: int = 0
    """How many pictures are encoded before one that is shown before them, at most."""

    @property
    def codec(self) -> str:
        """Return what it makes, as libavcodec calls it."""
        return "prores" if self.encoder == PRORES else "h264"

    @property
    def container(self) -> str:
        """Return in what pieces of it are kept."""
        return "mov" if self.encoder == PRORES else "nut"

    def on(self, encoder: str) -> Encoding:
        """Return the same by another encoder of H.264.

        Raises:
            UsageError: There is none of this name that works here.
        """
        if encoder == self.encoder:
            return self
        if encoder not in _QUALITY:
            raise UsageError(f"--encoder: not {encoder}, but one of {', '.join(encoders())}")
        return Encoding(encoder, _QUALITY[encoder] | {"bf": "0"}, "nv12", self.key_every)


def encoders() -> list[str]:
    """Return the encoders of H.264 that this build has; whether they work is seen by trying."""
    return [X264, *(name for name in _QUALITY if _is_there(name))]


def _is_there(name: str) -> bool:
    try:
        LibraryCodec(name, "w")
    except (FFmpegError, ValueError):
        return False
    return True


def set_up(
    context: Any,
    encoding: Encoding,
    size: tuple[int, int],
    fps: Fraction,
    sps_id: int = 0,
    colours: Colours = UNKNOWN,
) -> None:
    """Open an encoder.

    Args:
        context: Its context, as it was made.
        encoding: How it is to encode.
        size: Width and height in pixels, even.
        fps: Pictures per second.
        sps_id: Of the parameter sets of H.264, by x264 alone.
        colours: Of the pictures, in the limited range.

    Raises:
        UsageError: It does not work here.
    """
    context.width, context.height = size
    context.pix_fmt = encoding.pixels
    tell(colours, context)
    context.time_base, context.framerate = 1 / fps, fps
    context.gop_size = max(1, round(fps * Fraction(encoding.key_every)))
    # Pieces are made side by side: one core for each.
    context.thread_count = 1
    options = dict(encoding.options)
    if encoding.encoder == X264:
        options["x264-params"] = f"sps-id={sps_id}:stitchable=1"
    context.options = options
    try:
        context.open()
    except (FFmpegError, ValueError) as error:
        raise UsageError(
            f"the encoder {encoding.encoder} does not work here ({error}): try --encoder {X264}"
        ) from None
