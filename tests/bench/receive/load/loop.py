"""What is sent, over and over: noisy 720p30 H.264 and Opus, encoded once and kept."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import av
import msgspec

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.encoders import AudioEncoder, VideoEncoder
from roomdeck.core.publishing.pictures import PictureMaker

SECONDS = 20
WIDTH, HEIGHT = 1280, 720
FRAME_RATE = 30
AUDIO_RATE = 50
"""Packets of 20 ms a second."""
KEY_INTERVAL = 60
"""Frames."""
_VIDEO_BITS = 2_500_000
_AUDIO_BITS = 64_000
_NOISY_ROWS = 160
_NO_FLASH = 0.5
"""Part of a second; a flash would be a scene cut, and so a key frame."""
_VERSION = 1
"""Of what is written here: a new number makes a new loop."""

Loop = dict[Kind, list[EncodedFrame]]


def media_loop() -> Loop:
    """Return the frames of each kind; made at the first call on a machine, then read again."""
    kept = Path(tempfile.gettempdir()) / "roomdeck-bench" / f"loop-{_VERSION}-{av.__version__}.bin"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        half_done = kept.with_suffix(".part")
        half_done.write_bytes(msgspec.msgpack.encode(_encode()))
        half_done.replace(kept)
    return msgspec.msgpack.decode(kept.read_bytes(), type=Loop)


def _encode() -> Loop:
    return {Kind.VIDEO: _video(), Kind.AUDIO: _audio()}


def _video() -> list[EncodedFrame]:
    maker = PictureMaker("bench", 1, WIDTH, HEIGHT)
    encoder = VideoEncoder(Codec.H264, WIDTH, HEIGHT, FRAME_RATE, _VIDEO_BITS)
    chance = random.Random(1)
    frames: list[EncodedFrame] = []
    for index in range(SECONDS * FRAME_RATE):
        due = index / FRAME_RATE
        picture = maker.draw(index, _NO_FLASH)
        _add_noise(picture, chance)
        rtp_time = index * Codec.H264.clock_rate // FRAME_RATE
        frame = encoder.encode(picture, rtp_time, due, key=index % KEY_INTERVAL == 0)
        assert frame is not None
        frames.append(frame)
    encoder.close()
    return frames


def _add_noise(picture: av.VideoFrame, chance: random.Random) -> None:
    """Test pictures alone are too easy to encode to reach the bit rate."""
    luma = picture.planes[0]
    pixels = bytearray(luma)
    first = (HEIGHT - _NOISY_ROWS) * luma.line_size
    noise = chance.randbytes(_NOISY_ROWS * luma.line_size)
    pixels[first : first + len(noise)] = noise
    luma.update(bytes(pixels))


def _audio() -> list[EncodedFrame]:
    encoder = AudioEncoder(Codec.OPUS, _AUDIO_BITS, 2, 1)
    return [encoder.encode(index, index / AUDIO_RATE) for index in range(SECONDS * AUDIO_RATE)]
