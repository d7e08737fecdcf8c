from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.errors import MediaError
from roomdeck.core.rtp.rtcp import (
    BitrateEstimate,
    Bye,
    FullIntraRequest,
    Nack,
    PictureLoss,
    ReceiverReportPacket,
    ReportBlock,
    SenderReportPacket,
    build_nack,
    build_pli,
    build_receiver_report,
    build_remb,
    build_sender_report,
    parse_rtcp,
)

WORD = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.builds(
    ReportBlock, WORD, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), WORD, WORD, WORD, WORD
)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


@given(WORD, st.lists(BLOCKS, max_size=31))
def test_receiver_report(ssrc: int, blocks: list[ReportBlock]) -> None:
    assert parse_rtcp(build_receiver_report(ssrc, blocks)) == [
        ReceiverReportPacket(ssrc, tuple(blocks))
    ]


@given(
    st.builds(
        SenderReportPacket,
        WORD,
        st.integers(0, 2**64 - 1),
        WORD,
        WORD,
        WORD,
        st.lists(BLOCKS, max_size=31).map(tuple),
    )
)
def test_sender_report(report: SenderReportPacket) -> None:
    assert parse_rtcp(build_sender_report(report)) == [report]


def test_receiver_report_bytes() -> None:
    block = ReportBlock(0x01020304, 64, -2, 0x00010005, 7, 0x11223344, 65536)
    assert build_receiver_report(0x0A0B0C0D, [block]) == unhex(
        "81c9 0007 0a0b0c0d 01020304 40fffffe 00010005 00000007 11223344 00010000"
    )


@pytest.mark.parametrize(("lost", "shown"), [(2**23, 2**23 - 1), (-(2**23) - 1, -(2**23)), (5, 5)])
def test_lost_is_clamped(lost: int, shown: int) -> None:
    (report,) = parse_rtcp(build_receiver_report(1, [ReportBlock(2, lost=lost)]))
    assert isinstance(report, ReceiverReportPacket)
    assert report.blocks[0].lost == shown


@given(st.sets(st.integers(0, 3000), max_size=900), st.integers(0, 0x20000))
def test_nack(offsets: set[int], start: int) -> None:
    sequences = [start + offset for offset in sorted(offsets)]
    asked: list[int] = []
    for data in build_nack(7, 8, sequences):
        assert len(data) <= 12 + 4 * 200
        (packet,) = parse_rtcp(data)
        assert isinstance(packet, Nack)
        assert (packet.sender_ssrc, packet.media_ssrc) == (7, 8)
        asked += packet.sequences
    assert asked == [sequence & 0xFFFF for sequence in sequences]


def test_nack_bytes() -> None:
    assert build_nack(1, 2, [0xFFFF, 0x10000, 0x1000F, 0x10010]) == [
        unhex("81cd 0004 00000001 00000002 ffff 8001 0010 0000")
    ]


def test_pli_bytes() -> None:
    assert build_pli(1, 2) == unhex("81ce 0002 00000001 00000002")
    assert parse_rtcp(build_pli(1, 2)) == [PictureLoss(1, 2)]


@pytest.mark.parametrize("bitrate", [0, 1, 262143, 262144, 2_500_000, 20_000_000])
def test_remb(bitrate: int) -> None:
    (packet,) = parse_rtcp(build_remb(1, bitrate, [5, 6]))
    assert isinstance(packet, BitrateEstimate)
    assert packet.ssrcs == (5, 6)
    assert bitrate * 0.9999 <= packet.bitrate <= bitrate


def test_compound_with_unknown_and_padding() -> None:
    bye = unhex("a1cb 0002 00000009 00000004")
    unknown = unhex("80cc 0001 00000001")
    fir = unhex("84ce 0004 00000001 00000000 00000005 01000000")
    assert parse_rtcp(bye + unknown + fir) == [Bye((9,)), FullIntraRequest(1, (5,))]


@pytest.mark.parametrize(
    "data",
    [
        "81",
        "41c90000",
        "81c90007 00000001",
        "81c90001 00000001",
        "80c80001 00000001",
        "a1cb0001 00000009",
        "a1cb0001 00000005",
        "81ce0001 00000001",
        "a1cd0003 00000001 00000002 00010002",
        "8fce0004 00000001 00000000 52454d42 02000000",
        "8fcd0002 00000001 00000002",
        "82cb0001 00000001",
    ],
)
def test_malformed(data: str) -> None:
    with pytest.raises(MediaError):
        parse_rtcp(unhex(data))


@given(st.binary(max_size=60), st.sampled_from([200, 201, 203, 205, 206]), st.integers(0x80, 0xBF))
def test_any_bytes(data: bytes, kind: int, first: int) -> None:
    data = data[: len(data) // 4 * 4]
    for candidate in (data, bytes((first, kind, 0, len(data) // 4)) + data):
        try:
            parse_rtcp(candidate)
        except MediaError:
            continue
