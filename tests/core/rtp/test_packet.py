from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.rtp.packet import ExtensionIds, RtpPacket, build_rtp, parse_rtp

IDS = ExtensionIds(transport_sequence=5, audio_level=1, mid=4)
HEAD = bytes.fromhex("9060 0001 00000002 00000003".replace(" ", ""))


def packets() -> st.SearchStrategy[RtpPacket]:
    return st.builds(
        RtpPacket,
        payload_type=st.integers(0, 127),
        marker=st.booleans(),
        sequence=st.integers(0, 0xFFFF),
        timestamp=st.integers(0, 0xFFFFFFFF),
        ssrc=st.integers(0, 0xFFFFFFFF),
        payload=st.binary(max_size=40),
        transport_sequence=st.none() | st.integers(0, 0xFFFF),
        audio_level=st.none() | st.integers(0, 127),
        mid=st.none() | st.text("abc019", min_size=1, max_size=16),
    )


@given(packets(), st.sampled_from([IDS, ExtensionIds(15, 200, 16)]))
def test_round_trip(packet: RtpPacket, ids: ExtensionIds) -> None:
    assert parse_rtp(build_rtp(packet, ids), ids) == packet


@given(packets())
def test_extension_without_id_is_left_out(packet: RtpPacket) -> None:
    got = parse_rtp(build_rtp(packet, ExtensionIds()), IDS)
    assert (got.transport_sequence, got.audio_level, got.mid) == (None, None, None)
    assert got.payload == packet.payload


@settings(max_examples=2000)
@given(
    st.sampled_from([1, 2]),
    st.lists(
        st.sampled_from(
            [b"\x51\1\2", b"\x50\1", b"\x10\x9e", b"\x11\0\0", b"\x40a", b"\0", b"\xf0"]
        ),
        max_size=5,
    ),
    st.sampled_from([IDS, ExtensionIds(5), ExtensionIds(5, 1), ExtensionIds(), ExtensionIds(0, 1)]),
)
def test_usual_headers_are_read_like_all_others(
    words: int, elements: list[bytes], ids: ExtensionIds
) -> None:
    body = b"".join(elements).ljust(8, b"\0")[: 4 * words]
    rest = b"\xbe\xde\0" + bytes((words,)) + body + b"payload"
    try:
        # With a CSRC it is not a usual one.
        expected = parse_rtp(b"\x91" + HEAD[1:] + bytes(4) + rest, ids)
    except MediaError:
        return
    assert parse_rtp(b"\x90" + HEAD[1:] + rest, ids) == expected


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    for candidate in (data, HEAD + data, b"\xb2" + HEAD[1:] + b"\xbe\xde\x00\x01" + data):
        try:
            parse_rtp(candidate, IDS)
        except MediaError:
            continue


def test_known_bytes() -> None:
    data = bytes.fromhex(
        "90e1 1234 89abcdef 01020304 bede0002 10 ff 51 beef 00 40 30 aabb".replace(" ", "")
    )
    assert parse_rtp(data, IDS) == RtpPacket(
        0x61, True, 0x1234, 0x89ABCDEF, 0x01020304, b"\xaa\xbb", 0xBEEF, 127, "0"
    )


def test_two_byte_elements() -> None:
    data = HEAD + bytes.fromhex("1000 0002 0502abcd 00 0400 00".replace(" ", "")) + b"x"
    packet = parse_rtp(data, IDS)
    assert (packet.transport_sequence, packet.mid, packet.payload) == (0xABCD, "", b"x")


def test_csrcs_and_padding_are_removed() -> None:
    data = b"\xa2" + HEAD[1:] + bytes(8) + b"abc" + b"\x00\x00\x03"
    assert parse_rtp(data, IDS).payload == b"abc"


def test_padding_only() -> None:
    assert parse_rtp(b"\xa0" + HEAD[1:] + bytes(254) + b"\xff", IDS).payload == b""


def test_identifier_15_ends_one_byte_elements() -> None:
    data = HEAD + bytes.fromhex("bede 0002 f0 00 51 beef 000000".replace(" ", ""))
    assert parse_rtp(data, IDS).transport_sequence is None


def test_foreign_profile_is_passed_over() -> None:
    assert parse_rtp(HEAD + b"\xab\xcd\x00\x01" + b"\x51abc" + b"xy", IDS).payload == b"xy"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        HEAD[:11],
        b"\x40" + HEAD[1:] + b"x",
        b"\x8f" + HEAD[1:],
        HEAD + b"\xbe\xde\x00",
        HEAD + b"\xbe\xde\x00\x02" + bytes(4),
        HEAD + b"\xbe\xde\x00\x01" + b"\x00\x00\x00\x51",
        HEAD + b"\x10\x00\x00\x01" + b"\x00\x00\x00\x05",
        b"\xa0" + HEAD[1:] + b"abc\x05",
        b"\xa0" + HEAD[1:] + b"abc\x00",
    ],
)
def test_malformed(data: bytes) -> None:
    with pytest.raises(MediaError):
        parse_rtp(data, IDS)
