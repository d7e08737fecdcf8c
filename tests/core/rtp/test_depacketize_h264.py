from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.rtp.bitstream.nal import START_CODE
from roomdeck.core.rtp.depacketize import depacketizer
from roomdeck.core.rtp.depacketize.h264 import UNITS

depacketize, is_key, starts_frame, parameter_sets = depacketizer(Codec.H264)

SPS, PPS, SEI, AUD = b"\x67\x42\x00\x1f\x80", b"\x68\xce", b"\x06\x05\x01", b"\x09\xf0"
IDR_FIRST, IDR_SECOND = b"\x65\x88\x11\x12\x13", b"\x65\x48\x21\x22\x23"
INTER_FIRST, INTER_SECOND = b"\x41\x9a\x01\x02", b"\x41\x5a\x01\x02"


def annex_b(*nals: bytes) -> bytes:
    return b"".join(START_CODE + nal for nal in nals)


def stap(*nals: bytes) -> bytes:
    return b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def fragments(nal: bytes, *cuts: int) -> list[bytes]:
    edges = [1, *cuts, len(nal)]
    parts = [nal[start:stop] for start, stop in pairwise(edges)]
    last = len(parts) - 1
    return [
        bytes((nal[0] & 0xE0 | 28, (i == 0) << 7 | (i == last) << 6 | nal[0] & 31)) + part
        for i, part in enumerate(parts)
    ]


def outcome(call: Callable[[Sequence[bytes]], object], payloads: Sequence[bytes]) -> object:
    try:
        return call(payloads)
    except MediaError:
        return MediaError


FIRST_BYTES = st.sampled_from([0x5C, 0x7C, 0x3C, 0x41, 0x61, 0x65, 0x67, 0x78, 0xFC])
SECOND_BYTES = st.sampled_from([0x81, 0x01, 0x41, 0x85, 0x05, 0x45, 0xC1, 0x61, 0x98, 0x87])
HEADS = st.tuples(FIRST_BYTES, SECOND_BYTES).map(bytes)


@given(st.lists(st.builds(bytes.__add__, HEADS, st.binary(max_size=3)) | st.binary(max_size=2)))
def test_what_is_judged_quickly_is_judged_as_by_looking_at_every_unit(
    payloads: list[bytes],
) -> None:
    slowly = [b"", *payloads]  # does not begin with a fragment
    assert outcome(depacketize, payloads) == outcome(depacketize, slowly)
    assert is_key(payloads) == UNITS.is_key(payloads)


@pytest.mark.parametrize("nal", [IDR_FIRST, INTER_FIRST, SEI * 9, SPS, b"\x5d" * 9, b"\x40" * 9])
@pytest.mark.parametrize("changed", range(12))
def test_one_unit_in_fragments(nal: bytes, changed: int) -> None:
    payloads = fragments(nal * 3, 3, 5, 7)
    assert outcome(depacketize, payloads) == outcome(depacketize, [b"", *payloads])
    packet, byte = divmod(changed, 3)
    for value in range(256):
        other = bytearray(payloads[packet])
        other[byte] = value
        torn = [*payloads[:packet], bytes(other), *payloads[packet + 1 :]]
        assert outcome(depacketize, torn) == outcome(depacketize, [b"", *torn])
        short = [*payloads[:packet], bytes(other[: byte + 1]), *payloads[packet + 1 :]]
        assert outcome(depacketize, short) == outcome(depacketize, [b"", *short])
        assert is_key(torn) == UNITS.is_key(torn)
        assert is_key(short) == UNITS.is_key(short)


def test_single_units_of_packetization_mode_0() -> None:
    payloads = [AUD, SPS, PPS, IDR_FIRST, IDR_SECOND]
    assert depacketize(payloads) == annex_b(*payloads)
    assert is_key(payloads)


def test_aggregated_and_fragmented_units() -> None:
    payloads = [stap(SPS, PPS), *fragments(IDR_FIRST, 2, 4)]
    assert depacketize(payloads) == annex_b(SPS, PPS, IDR_FIRST)
    assert is_key(payloads)


def test_padding_packets_are_passed_over() -> None:
    first, second = fragments(IDR_FIRST, 3)
    assert depacketize([b"", first, b"", second, b""]) == annex_b(IDR_FIRST)
    assert is_key([b"", first, b"", second])


def test_parameter_sets_repeated_before_each_slice_are_dropped() -> None:
    payloads = [
        stap(SPS, PPS, IDR_FIRST),
        AUD,
        *fragments(SPS, 2),
        PPS,
        SEI,
        stap(SPS, PPS, IDR_SECOND),
    ]
    assert depacketize(payloads) == annex_b(SPS, PPS, IDR_FIRST, IDR_SECOND)


@pytest.mark.parametrize(
    ("payloads", "key"),
    [
        ([IDR_FIRST], True),
        ([stap(SPS, IDR_FIRST)], True),
        (fragments(IDR_FIRST, 2), True),
        ([SPS, PPS], False),
        ([SPS, PPS, INTER_FIRST], False),
        ([INTER_FIRST, IDR_FIRST], False),
        ([IDR_SECOND], False),
        (fragments(IDR_SECOND, 2), False),
        ([SEI, INTER_FIRST], False),
        ([stap(SPS)[:-1]], False),
        ([], False),
    ],
)
def test_key_frames(payloads: list[bytes], key: bool) -> None:
    assert is_key(payloads) is key


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (SPS, True),
        (AUD, True),
        (IDR_FIRST, True),
        (INTER_FIRST, True),
        (IDR_SECOND, False),
        (INTER_SECOND, False),
        (stap(SPS, IDR_SECOND), True),
        (stap(INTER_SECOND), False),
        (fragments(INTER_FIRST, 2)[0], True),
        (fragments(INTER_FIRST, 2)[1], False),
        (fragments(INTER_SECOND, 2)[0], False),
        (b"", False),
        (b"\x1c", False),
        (b"\x78\x00\x09\x01", False),
    ],
)
def test_start_of_a_frame(payload: bytes, starts: bool) -> None:
    assert starts_frame(payload) is starts


@pytest.mark.parametrize(
    ("payloads", "sets"),
    [
        ([SPS, PPS, IDR_FIRST], [SPS, PPS]),
        ([AUD, SEI, *fragments(SPS, 2), stap(PPS, IDR_FIRST)], [SPS, PPS]),
        ([stap(PPS), INTER_FIRST], [PPS]),
        ([SPS, PPS], [SPS, PPS]),
        ([SEI, IDR_FIRST, SPS], []),
        ([IDR_FIRST], []),
        (fragments(IDR_FIRST, 2), []),
        ([b"\x67\x42", IDR_FIRST], []),  # cut short before its id
        ([b"\x1c"], []),
        ([stap(SPS)[:-1]], []),
    ],
)
def test_parameter_sets(payloads: list[bytes], sets: list[bytes]) -> None:
    assert list(parameter_sets(payloads)) == sets


@pytest.mark.parametrize(
    "payloads",
    [
        [],
        [b""],
        [b"\x1c"],
        [b"\x1c\x85"],
        fragments(IDR_FIRST, 2)[1:],
        fragments(IDR_FIRST, 2)[:1],
        [fragments(IDR_FIRST, 2)[0], SPS],
        [fragments(IDR_FIRST, 2)[0], *fragments(IDR_FIRST, 2)],
        [fragments(IDR_FIRST, 2)[0], fragments(INTER_FIRST, 2)[1]],
        [b"\x7c\x9c\x01"],
        [stap(SPS, PPS)[:-1]],
        [stap(SPS) + b"\x00"],
        [stap(b"") + b""],
        [b"\x79\x00\x00"],
        [b"\x7d\x85\x01"],
        [b"\x60"],
    ],
)
def test_malformed(payloads: list[bytes]) -> None:
    with pytest.raises(MediaError):
        depacketize(payloads)


def test_no_more_units_than_a_picture_has() -> None:
    """Each costs as much as a packet, and they come by the hundreds in one."""
    packet = stap(*[IDR_FIRST] * 100)
    assert depacketize([packet] * 81).count(START_CODE) == 8100
    with pytest.raises(MediaError):
        depacketize([packet] * 82)
    hidden = START_CODE[1:] + IDR_FIRST
    with pytest.raises(MediaError):
        depacketize([IDR_FIRST + hidden * 2000] * 5)
    assert len(parameter_sets([stap(*[SPS] * 100)] * 1000)) == 8192
