from __future__ import annotations

import pytest

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream import frame_size, is_key_frame
from roomdeck.core.rtp.bitstream.vp9 import superframe
from roomdeck.core.rtp.depacketize import depacketizer

from .encoded import encode, split_superframe

depacketize, is_key, starts_frame, _ = depacketizer(Codec.VP9)

ID, P, L, F, B, E, V = 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02
KEY, INTER = b"\x82\x49\x83\x42", b"\x86\x00\x40\x92"
STRUCTURE = bytes((1 << 5 | 0x18, 1, 64, 0, 180, 2, 128, 1, 104, 2, 0x00, 0x08, 1, 2))
"""Two layers of 320x180 and 640x360; a group of two pictures with 0 and 2 references."""


@pytest.mark.parametrize(
    "descriptor",
    [
        bytes((B | E,)),
        bytes((ID | B, 0x11)),
        bytes((ID | B, 0x91, 0x22)),
        bytes((ID | L | B, 0x11, 0x00, 0x07)),
        bytes((ID | L | F | B, 0x11, 0x00)),
        bytes((ID | F | B, 0x11)),
        bytes((V | B,)) + STRUCTURE,
        bytes((V | B, 0x00)),
        bytes((V | B, 0x08, 0)),
        bytes((V | B, 0x10, 0, 64, 0, 64)),
        bytes((ID | L | V | B, 0x91, 0x22, 0x00, 0x07)) + STRUCTURE,
    ],
)
def test_key_frame_descriptors(descriptor: bytes) -> None:
    assert depacketize([descriptor + KEY]) == KEY
    assert is_key([b"", descriptor + KEY])
    assert not is_key([descriptor + INTER])
    assert starts_frame(descriptor + KEY)
    for length in range(1, len(descriptor)):
        assert not is_key([descriptor[:length]])
        with pytest.raises(MediaError):
            depacketize([descriptor[:length]])


@pytest.mark.parametrize(
    "descriptor",
    [
        bytes((P | B,)),
        bytes((P | F | B, 0x02)),
        bytes((ID | P | F | B, 0x91, 0x22, 0x03, 0x05, 0x06)),
        bytes((ID | P | L | F | B, 0x11, 0x20, 0x03, 0x04)),
        bytes((ID | P | L | B, 0x11, 0x20, 0x09)),
    ],
)
def test_inter_frame_descriptors(descriptor: bytes) -> None:
    assert depacketize([descriptor + INTER]) == INTER
    assert not is_key([descriptor + KEY])
    assert starts_frame(descriptor + INTER)


def layer(sid: int, data: bytes, *, flags: int = 0, dependent: bool = True) -> list[bytes]:
    """A layer's frame in two packets, non-flexible mode."""
    head = bytes((0x91, 0x22, sid << 1 | (dependent and sid > 0), 0x07))
    half = len(data) // 2
    return [
        bytes((ID | L | B | flags,)) + head + data[:half],
        bytes((ID | L | E | flags,)) + head + data[half:],
    ]


def test_spatial_layers_become_a_superframe() -> None:
    frames = [encode("vp9")[0].data, encode("vp9")[1].data, b"\x86" + bytes(299)]
    payloads = [p for sid, data in enumerate(frames) for p in layer(sid, data, flags=P * (sid > 0))]
    picture = depacketize(payloads)
    assert is_key(payloads)
    assert is_key_frame(Codec.VP9, picture)
    assert picture.startswith(b"".join(frames))
    index = picture[sum(map(len, frames)) :]
    assert index[0] == index[-1] == 0xC0 | 1 << 3 | 2
    sizes = [int.from_bytes(index[at : at + 2], "little") for at in (1, 3, 5)]
    assert sizes == [len(frame) for frame in frames]
    assert [starts_frame(payload) for payload in payloads] == [True] + [False] * 5


def test_ffmpeg_splits_the_superframe_where_we_joined_it() -> None:
    frames = [encode("vp9")[0].data, encode("vp9")[1].data]
    picture = depacketize([p for sid, data in enumerate(frames) for p in layer(sid, data)])
    assert split_superframe(picture) == frames
    assert frame_size(Codec.VP9, picture) == (53, 37)


def test_a_picture_without_its_base_layer_is_no_key_frame() -> None:
    payloads = layer(1, KEY, dependent=False)
    assert not is_key(payloads)
    assert starts_frame(payloads[0])


def test_intra_only_frames_are_no_key_frames() -> None:
    """They have no P bit either."""
    assert not is_key([bytes((B | E,)) + b"\x84\x49\x83\x42"])


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [b""],
        [bytes((E,)) + INTER],
        [bytes((B,))],
        [bytes((P | F | B, 0x03, 0x03, 0x03, 0x02)) + INTER],
        [bytes((V | B, 0x08, 255)) + bytes(100)],
        [bytes((B,)) + KEY] * 9,
    ],
)
def test_malformed(payloads: list[bytes]) -> None:
    with pytest.raises(MediaError):
        depacketize(payloads)


def test_a_picture_whose_last_layer_is_torn_is_none() -> None:
    lower, upper, rest = b"\x2c\x00\x00lower", b"\x28\x03\x00upper", b"\x24\x03\x00rest"
    assert depacketize([lower, upper, rest]) == superframe([b"lower", b"upperrest"])
    with pytest.raises(MediaError, match="end"):
        depacketize([lower, upper])
    # Of a sender that marks no ends, nobody knows.
    assert depacketize([b"\x28\x00\x00lower", upper]) == superframe([b"lower", b"upper"])
