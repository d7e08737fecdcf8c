from __future__ import annotations

from itertools import pairwise

import pytest

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream.nal import START_CODE
from roomdeck.core.rtp.depacketize import depacketizer

depacketize, is_key, starts_frame, parameter_sets = depacketizer(Codec.H265)

VPS, SPS, PPS = b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc0"
IDR_FIRST, IDR_SECOND = b"\x26\x01\xaf\x01\x02\x03", b"\x26\x01\x2f\x01\x02\x03"
INTER = b"\x02\x01\xd0\x01\x02"


def annex_b(*nals: bytes) -> bytes:
    return b"".join(START_CODE + nal for nal in nals)


def aggregated(*nals: bytes) -> bytes:
    return b"\x60\x01" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def fragments(nal: bytes, *cuts: int) -> list[bytes]:
    edges = [2, *cuts, len(nal)]
    parts = [nal[start:stop] for start, stop in pairwise(edges)]
    last = len(parts) - 1
    return [
        bytes((nal[0] & 0x81 | 98, nal[1], (i == 0) << 7 | (i == last) << 6 | nal[0] >> 1 & 63))
        + part
        for i, part in enumerate(parts)
    ]


def test_all_payload_structures() -> None:
    payloads = [aggregated(VPS, SPS, PPS), *fragments(IDR_FIRST, 3, 5), b"", IDR_SECOND]
    assert depacketize(payloads) == annex_b(VPS, SPS, PPS, IDR_FIRST, IDR_SECOND)
    assert is_key(payloads)


def test_layer_and_temporal_id_survive_fragmentation() -> None:
    nal = b"\x03\x0a\xd0\x01\x02"
    assert depacketize(fragments(nal, 3)) == annex_b(nal)


def test_parameter_sets_repeated_before_each_slice_are_dropped() -> None:
    payloads = [SPS, PPS, IDR_FIRST, aggregated(VPS, SPS), *fragments(VPS + PPS, 4), IDR_SECOND]
    assert depacketize(payloads) == annex_b(SPS, PPS, IDR_FIRST, IDR_SECOND)


@pytest.mark.parametrize(
    ("payloads", "key"),
    [
        ([VPS, SPS, PPS, IDR_FIRST], True),
        ([aggregated(SPS, IDR_FIRST)], True),
        (fragments(IDR_FIRST, 4), True),
        ([IDR_SECOND], False),
        ([INTER, IDR_FIRST], False),
        ([SPS], False),
        ([b"\x26"], False),
        ([], False),
    ],
)
def test_key_frames(payloads: list[bytes], key: bool) -> None:
    assert is_key(payloads) is key


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (SPS, True),
        (INTER, True),
        (IDR_SECOND, False),
        (aggregated(VPS, SPS), True),
        (fragments(IDR_FIRST, 4)[0], True),
        (fragments(IDR_FIRST, 4)[1], False),
        (fragments(IDR_SECOND, 4)[0], False),
        (b"", False),
        (b"\x62", False),
    ],
)
def test_start_of_a_frame(payload: bytes, starts: bool) -> None:
    assert starts_frame(payload) is starts


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [b"\x26"],
        [b"\x62\x01\x93"],
        fragments(IDR_FIRST, 4)[1:],
        fragments(IDR_FIRST, 4)[:1],
        [fragments(IDR_FIRST, 4)[0], SPS],
        [fragments(IDR_FIRST, 4)[0], *fragments(IDR_FIRST, 4)],
        [fragments(IDR_FIRST, 4)[0], fragments(INTER, 4)[1]],
        [aggregated(VPS, SPS)[:-1]],
        [aggregated(VPS) + b"\x00"],
        [aggregated(b"\x40")],
        [b"\x64\x01\x00\x00"],
    ],
)
def test_malformed(payloads: list[bytes]) -> None:
    with pytest.raises(MediaError):
        depacketize(payloads)
