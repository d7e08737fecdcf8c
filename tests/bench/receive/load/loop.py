"""What is sent, over and over: noisy H.264 at 30 pictures a second and Opus, encoded once, kept."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import NamedTuple

import av
import msgspec

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.encoders import AudioEncoder, VideoEncoder
from roomdeck.core.publishing.pictures import PictureMaker

SECONDS = 20
FRAME_RATE = 30
AUDIO_RATE = 50
"""Packets of 20 ms a second."""
KEY_INTERVAL = 60
"""Frames."""
_AUDIO_BITS = 64_000
_NO_FLASH = 0.5
"""Part of a second; a flash would be a scene cut, and so a key frame."""
_VERSION = 2
"""Of what is written here: a new number makes a new loop."""

Loop = dict[Kind, list[EncodedFrame]]


class Pictures(NamedTuple):
    """How large they are."""

    width: int
    height: int
    bits: int
    """A second."""
    noisy_rows: int
    """Test pictures alone are too easy to encode to reach the bit rate."""


USUAL = Pictures(1280, 720, 2_500_000, 160)
SMALL = Pictures(320, 180, 250_000, 40)
"""For what goes on for long: an hour of a stream is 150 MB."""


def media_loop(pictures: Pictures = USUAL) -> Loop:
    """Return the frames of each kind; made at the first call on a machine, then read again."""
    name = f"loop-{_VERSION}-{pictures.height}-{av.__version__}.bin"
    kept = Path(tempfile.gettempdir()) / "roomdeck-bench" / name
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        half_done = kept.with_suffix(".part")
        half_done.write_bytes(msgspec.msgpack.encode(_encode(pictures)))
        half_done.replace(kept)
    return msgspec.msgpack.decode(kept.read_bytes(), type=Loop)


def _encode(pictures: Pictures) -> Loop:
    return {Kind.VIDEO: _video(pictures), Kind.AUDIO: _audio()}


def _video(pictures: Pictures) -> list[EncodedFrame]:
    width, height, bits, noisy_rows = pictures
    maker = PictureMaker("bench", 1, width, height)
    encoder = VideoEncoder(Codec.H264, width, height, FRAME_RATE, bits)
    chance = random.Random(1)
    frames: list[EncodedFrame] = []
    for index in range(SECONDS * FRAME_RATE):
        due = index / FRAME_RATE
        picture = maker.draw(index, _NO_FLASH)
        _add_noise(picture, noisy_rows, chance)
        rtp_time = index * Codec.H264.clock_rate // FRAME_RATE
        frame = encoder.encode(picture, rtp_time, due, key=index % KEY_INTERVAL == 0)
        assert frame is not None
        frames.append(frame)
    encoder.close()
    return frames


def _add_noise(picture: av.VideoFrame, rows: int, chance: random.Random) -> None:
    luma = picture.planes[0]
    pixels = bytearray(luma)
    first = (picture.height - rows) * luma.line_size
    noise = chance.randbytes(rows * luma.line_size)
    pixels[first : first + len(noise)] = noise
    luma.update(bytes(pixels))


def _audio() -> list[EncodedFrame]:
    encoder = AudioEncoder(Codec.OPUS, _AUDIO_BITS, 2, 1)
    return [encoder.encode(index, index / AUDIO_RATE) for index in range(SECONDS * AUDIO_RATE)]
