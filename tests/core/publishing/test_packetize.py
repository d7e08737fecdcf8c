"""Packetisers and depacketisers against each other, and both against anything."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec, Kind
from roomdeck.core.publishing.packetize import MIN_MTU, PacketizerState, packetize
from roomdeck.core.rtp.bitstream import canonical, frame_size, is_key_frame
from roomdeck.core.rtp.bitstream.bits import write_leb128
from roomdeck.core.rtp.bitstream.nal import split_annex_b
from roomdeck.core.rtp.depacketize import depacketizer

from ..rtp.encoded import RECIPES, count_access_units, decode, encode

mtus = st.integers(MIN_MTU, 1400)
lengths = st.integers(1, 40) | st.integers(1, 5000)


def filler(length: int) -> bytes:
    """Bytes that hold no start code and do not end in zero."""
    return bytes(1 + index * 31 % 255 for index in range(length))


h264_nals = st.tuples(st.integers(1, 23), st.integers(0, 3), lengths).map(
    lambda nal: bytes((nal[1] << 5 | nal[0],)) + filler(nal[2])
)
h265_nals = st.tuples(st.integers(0, 47), st.integers(0, 63), st.integers(1, 7), lengths).map(
    lambda nal: (nal[0] << 9 | nal[1] << 3 | nal[2]).to_bytes(2, "big") + filler(nal[3])
)
start_codes = st.sampled_from([b"\0\0\1", b"\0\0\0\1"])
padding = st.integers(0, 3).map(bytes)


def annex_b(nals: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    unit = st.tuples(start_codes, nals, padding).map(b"".join)
    return st.lists(unit, min_size=1, max_size=8).map(b"".join)


def write_obu(kind: int, extension: int | None, length: int) -> bytes:
    header = bytes((kind << 3 | 2,)) if extension is None else bytes((kind << 3 | 6, extension))
    return header + write_leb128(length) + filler(length)


obus = st.builds(
    write_obu,
    st.integers(0, 15),
    st.none() | st.integers(0, 255),
    st.just(0) | lengths,
)
FRAMES = {
    Codec.H264: annex_b(h264_nals),
    Codec.H265: annex_b(h265_nals),
    Codec.VP8: lengths.map(filler),
    Codec.VP9: lengths.map(lambda length: b"\x86" + filler(length)),
    Codec.AV1: st.lists(obus, min_size=1, max_size=12).map(b"".join),
}
VIDEO = list(FRAMES)


@pytest.mark.parametrize("codec", VIDEO)
@settings(max_examples=80)
@given(data=st.data(), mtu=mtus, picture_id=st.integers(0, 0x7FFF))
def test_random_frames_come_back(
    codec: Codec, data: st.DataObject, mtu: int, picture_id: int
) -> None:
    frame = data.draw(FRAMES[codec])
    state = PacketizerState(picture_id)
    try:
        payloads = packetize(codec, frame, mtu=mtu, state=state)
    except MediaError:
        assert not essence(codec, frame)
        return
    assert all(0 < len(payload) <= mtu for payload in payloads)
    assert depacketizer(codec).depacketize(payloads) == canonical(codec, frame)


def essence(codec: Codec, frame: bytes) -> bytes:
    try:
        return canonical(codec, frame)
    except MediaError:
        return b""


@pytest.mark.parametrize("mtu", [MIN_MTU, 300, 1180])
@pytest.mark.parametrize("name", RECIPES)
def test_real_streams_come_back(name: str, mtu: int) -> None:
    codec, state = RECIPES[name].codec, PacketizerState(0x7FFD)
    depacketize, is_key, starts_frame, _ = depacketizer(codec)
    frames = encode(name)
    received: list[bytes] = []
    for frame in frames:
        payloads = packetize(codec, frame.data, mtu=mtu, state=state)
        assert is_key(payloads) == frame.key
        assert starts_frame(payloads[0])
        received.append(depacketize(payloads))
        assert received[-1] == canonical(codec, frame.data)
        assert is_key_frame(codec, received[-1]) == frame.key
        assert frame_size(codec, received[-1]) == frame_size(codec, frame.data)
    pictures = decode(codec, received)
    assert len(pictures) == len(frames)
    assert pictures == decode(codec, [frame.data for frame in frames])


def test_a_file_reader_sees_one_picture_where_parameter_sets_are_repeated() -> None:
    """GStreamer repeats them before every slice of a key frame."""
    frames = [frame.data for frame in encode("h264-high-slices")]
    sets = [nal for nal in split_annex_b(frames[0]) if nal[0] & 0x1F in (7, 8)]
    payloads = [
        [part for nal in split_annex_b(frame) for part in (*sets, nal) if nal[0] & 0x1F in (1, 5)]
        for frame in frames
    ]
    received = [depacketizer(Codec.H264).depacketize(packets) for packets in payloads]
    untidy = b"".join(b"\0\0\1" + nal for packets in payloads for nal in packets)
    assert count_access_units(Codec.H264, untidy) > len(frames)
    assert count_access_units(Codec.H264, b"".join(received)) == len(frames)


@pytest.mark.parametrize("name", ["h264-baseline", "h265", "vp8", "vp9", "av1"])
def test_only_first_packets_start_a_frame(name: str) -> None:
    codec = RECIPES[name].codec
    starts_frame = depacketizer(codec).starts_frame
    for frame in encode(name):
        payloads = packetize(codec, frame.data, mtu=500, state=PacketizerState())
        later = [index for index, payload in enumerate(payloads) if starts_frame(payload)]
        nals = list(split_annex_b(frame.data)) if codec in (Codec.H264, Codec.H265) else []
        assert later[0] == 0
        assert len(later) <= max(1, len(nals))


def test_few_packets() -> None:
    """Small units share packets; large ones fill them."""
    parameter_sets = b"\0\0\1\x67" + filler(20) + b"\0\0\1\x68" + filler(4)
    frame = parameter_sets + b"\0\0\1\x65" + filler(1000)
    assert len(packetize(Codec.H264, frame, state=PacketizerState())) == 1
    assert len(packetize(Codec.H264, frame + filler(1000), state=PacketizerState())) == 3
    large = write_obu(6, None, 1178 * 3 - 10)
    assert len(packetize(Codec.AV1, large, state=PacketizerState())) == 3


@pytest.mark.parametrize(
    ("codec", "unit"), [(Codec.H264, b"\0\0\1\x67"), (Codec.H265, b"\0\0\1\x42\x01")]
)
def test_aggregation_packets_fit(codec: Codec, unit: bytes) -> None:
    for length in range(1, 40):
        payloads = packetize(codec, (unit + filler(length)) * 2, mtu=50, state=PacketizerState())
        header = len(unit) - 3
        assert (len(payloads) == 1) == (header + 2 * (2 + header + length) <= 50)
        assert all(len(payload) <= 50 for payload in payloads)


def test_h265_aggregation_packets_have_the_lowest_ids() -> None:
    frame = b"\0\0\1\x41\x13\x01" + b"\0\0\1\x41\x0a\x01"
    (payload,) = packetize(Codec.H265, frame, state=PacketizerState())
    assert payload[:2] == b"\x61\x0a"


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.VP9])
def test_picture_ids_count_and_wrap(codec: Codec) -> None:
    state = PacketizerState(0x7FFF)
    at = 2 if codec is Codec.VP8 else 1
    ids: list[int] = []
    for _ in range(3):
        payloads = packetize(codec, b"\x87" + filler(90), mtu=50, state=state)
        numbers = {int.from_bytes(payload[at : at + 2], "big") for payload in payloads}
        assert len(numbers) == 1
        ids += numbers
    assert ids == [0xFFFF, 0x8000, 0x8001]


def test_vp9_key_frames_say_their_size() -> None:
    frame = encode("vp9")[0].data
    first, *rest = packetize(Codec.VP9, frame, mtu=300, state=PacketizerState())
    assert first[0] & 0x02
    assert first[3:8] == b"\x18" + (53).to_bytes(2, "big") + (37).to_bytes(2, "big")
    assert not any(payload[0] & 0x02 for payload in rest)


@pytest.mark.parametrize("codec", [codec for codec in Codec if codec.kind is Kind.AUDIO])
def test_audio_is_what_it_is(codec: Codec) -> None:
    payloads = packetize(codec, b"\x01\x02", state=PacketizerState())
    depacketize, is_key, starts_frame, _ = depacketizer(codec)
    assert payloads == [b"\x01\x02"]
    assert depacketize(payloads) == b"\x01\x02"
    assert is_key(payloads)
    assert starts_frame(payloads[0])
    with pytest.raises(MediaError):
        depacketize([b""])


@pytest.mark.parametrize("codec", VIDEO)
def test_an_empty_frame_is_refused(codec: Codec) -> None:
    with pytest.raises(MediaError):
        packetize(codec, b"", state=PacketizerState())


@pytest.mark.parametrize("codec", VIDEO)
@settings(max_examples=100)
@given(payloads=st.lists(st.binary(max_size=24), max_size=4))
def test_arbitrary_payloads_give_a_frame_or_a_media_error(
    codec: Codec, payloads: list[bytes]
) -> None:
    probe(codec, payloads)


@pytest.mark.parametrize("codec", VIDEO)
@settings(max_examples=80)
@given(data=st.data())
def test_broken_payloads_give_a_frame_or_a_media_error(codec: Codec, data: st.DataObject) -> None:
    name = next(name for name, recipe in RECIPES.items() if recipe.codec is codec)
    frame = encode(name)[data.draw(st.integers(0, 1))].data
    payloads = packetize(codec, frame, mtu=1000, state=PacketizerState())
    for _ in range(data.draw(st.integers(1, 4))):
        victim = data.draw(st.integers(0, len(payloads) - 1))
        broken = bytearray(payloads[victim])
        at = data.draw(st.integers(0, min(12, len(broken) - 1)))
        broken[at] = data.draw(st.integers(0, 255))
        payloads[victim] = bytes(broken)
    probe(codec, data.draw(st.permutations(payloads)))


def probe(codec: Codec, payloads: Sequence[bytes]) -> None:
    depacketize, is_key, starts_frame, parameter_sets = depacketizer(codec)
    assert is_key(payloads) in (True, False)
    present = [payload for payload in payloads if payload]
    assert not present or all(parameter_sets(present))
    assert all(starts_frame(payload) in (True, False) for payload in payloads)
    with suppress(MediaError):
        assert depacketize(payloads)
