from __future__ import annotations

import pytest

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.depacketize import depacketizer

depacketize, is_key, starts_frame, _ = depacketizer(Codec.VP8)

KEY, INTER = b"\x10\x02\x00\x9d\x01\x2a", b"\x11\x02\x00\x05"
DESCRIPTORS = [
    b"\x10",
    b"\x30",
    b"\x90\x00",
    b"\x90\x80\x11",
    b"\x90\x80\x91\x22",
    b"\x90\x40\x07",
    b"\x90\x20\x60",
    b"\x90\x10\x01",
    b"\x90\x30\x61",
    b"\x90\xf0\x91\x22\x07\x61",
    b"\x90\xe0\x11\x07\x60",
]


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_every_descriptor(descriptor: bytes) -> None:
    assert depacketize([descriptor + KEY]) == KEY
    assert is_key([descriptor + KEY])
    assert not is_key([descriptor + INTER])
    assert starts_frame(descriptor + KEY)
    with pytest.raises(MediaError):
        depacketize([descriptor])


@pytest.mark.parametrize("descriptor", [d for d in DESCRIPTORS if len(d) > 1])
def test_descriptor_cut_short(descriptor: bytes) -> None:
    for length in range(1, len(descriptor)):
        if length == 2 and descriptor[1] == 0:
            continue
        with pytest.raises(MediaError):
            depacketize([descriptor[:length]])
        assert not is_key([descriptor[:length]])


def test_partitions_are_joined() -> None:
    payloads = [b"\x10" + KEY, b"", b"\x00ab", b"\x11cd", b"\x02ef"]
    assert depacketize(payloads) == KEY + b"abcdef"
    assert is_key([b"", *payloads])
    assert [starts_frame(payload) for payload in payloads] == [True, False, False, False, False]


@pytest.mark.parametrize("payloads", [[], [b""], [b"\x00ab"], [b"\x11ab"], [b"\x10"]])
def test_malformed(payloads: list[bytes]) -> None:
    assert not is_key(payloads)
    with pytest.raises(MediaError):
        depacketize(payloads)
