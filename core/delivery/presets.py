"""What kinds of files are delivered."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .picture.encoding import PRORES, X264, Encoding


class Form(msgspec.Struct, frozen=True):
    """A container, and how the sound in it is encoded."""

    suffix: str
    muxer: str
    """As libavformat calls it."""
    sound: str
    """Encoder, as libavcodec calls it."""
    kilobits: int = 0
    """Of one channel of sound per second; 0: it is not compressed."""
    options: dict[str, str] = {}
    """Of the muxer."""


class Preset(msgspec.Struct, frozen=True):
    """A kind of delivered files."""

    name: str
    form: Form
    alone: Form
    """Of streams that have no picture, or where none is wanted."""
    picture: Encoding | None = None
    bits_per_pixel: float = 0.0
    """About what a picture takes, to foresee room on the disk."""
    copies: bool = False
    """Whether pictures are copied where they are as they should be."""
    masters: bool = False
    """A file for each take, all of it as it is, in place of one for each person."""


_WAV = Form(".wav", "wav", "pcm_s24le")
_FAST_START = {"movflags": "faststart"}
# Without B-frames, so that pictures that are copied fit in between.
_EDIT = Encoding(X264, {"preset": "veryfast", "crf": "18", "bf": "0"})
_WEB = Encoding(
    X264,
    {"preset": "medium", "crf": "25", "bf": "2", "b-pyramid": "none"},
    key_every=2.0,
    depth=1,
)


def _prores(name: str, profile: str, bits_per_pixel: float) -> Preset:
    encoding = Encoding(
        PRORES, {"vendor": "apl0", "profile": profile}, "yuv422p10le", key_every=0.0
    )
    return Preset(name, Form(".mov", "mov", "pcm_s24le"), _WAV, encoding, bits_per_pixel)


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("edit", Form(".mp4", "mp4", "aac", 128), _WAV, _EDIT, 0.12, copies=True),
        _prores("prores", "lt", 3.7),
        _prores("prores-proxy", "proxy", 1.7),
        Preset("audio", _WAV, _WAV),
        Preset(
            "web",
            Form(".mp4", "mp4", "aac", 80, _FAST_START),
            Form(".m4a", "ipod", "aac", 80, _FAST_START),
            _WEB,
            0.05,
        ),
        Preset("masters", _WAV, _WAV, masters=True),
    )
}
"""By name."""
