import pytest

from roomdeck.core.publishing.packets import (
    HISTORY_SECONDS,
    Extensions,
    Formats,
    PacketWriter,
    Sources,
    ntp_64,
)
from roomdeck.core.rtp.packet import ExtensionIds, parse_rtp
from roomdeck.core.rtp.redundancy import split_red
from roomdeck.core.rtp.rtx import unwrap_rtx

IDS = ExtensionIds(transport_sequence=5, audio_level=2, mid=1)
EXTENSIONS = Extensions(
    mid=1,
    mid_value="7",
    abs_send_time=3,
    transport_sequence=5,
    audio_level=2,
)
SOURCES = Sources(ssrc=0xAABBCCDD, rtx_ssrc=0x11223344, sequence=65534, rtx_sequence=65535)


def writer(
    formats: Formats = Formats(media=102, rtx=103),  # noqa: B008  frozen
    extensions: Extensions = EXTENSIONS,
    offset: int = 1000,
) -> PacketWriter:
    return PacketWriter(SOURCES, formats, extensions, offset)


def test_video_packet_on_the_wire() -> None:
    made = writer()
    first, last = made.video([b"one", b"two"], 90_000, now=0.0)
    packet = parse_rtp(made.write(last, 0x1_0007, wall=0.0), IDS)
    assert packet.payload_type == 102
    assert packet.marker
    assert packet.sequence == 65535
    assert packet.timestamp == 91_000
    assert packet.ssrc == 0xAABBCCDD
    assert packet.payload == b"two"
    assert packet.mid == "7"
    assert packet.transport_sequence == 7
    assert packet.audio_level is None
    assert not parse_rtp(made.write(first, 1, wall=0.0), IDS).marker


def test_sequence_and_timestamp_wrap() -> None:
    made = writer(offset=0xFFFF_FFFF)
    packets = made.video([b"x"] * 3, 1, now=0.0)
    assert [packet.sequence for packet in packets] == [65534, 65535, 0]
    assert {packet.timestamp for packet in packets} == {0}


def test_absolute_send_time_is_6_18_fixed_point() -> None:
    made = writer(extensions=Extensions(abs_send_time=3))
    (packet,) = made.video([b"x"], 0, now=0.0)
    # 64 s + 1.5 s: the whole minutes are gone, 1.5 is 0x060000 in units of 2^-18 s.
    assert made.write(packet, 0, wall=65.5)[12:20] == bytes.fromhex("bede0001 32060000")


def test_without_extensions_there_is_no_extension_header() -> None:
    made = writer(extensions=Extensions())
    (packet,) = made.video([b"x"], 0, now=0.0)
    data = made.write(packet, 9, wall=0.0)
    assert data[0] == 0x80
    assert data[12:] == b"x"


def test_ids_that_need_the_two_byte_form_are_left_out() -> None:
    made = writer(extensions=Extensions(mid=200, mid_value="0", transport_sequence=15))
    (packet,) = made.video([b"x"], 0, now=0.0)
    assert made.write(packet, 9, wall=0.0)[12:] == b"x"


def test_retransmission_has_its_own_source_and_sequence() -> None:
    made = writer()
    original = made.video([b"picture"], 90_000, now=0.0)[0]
    stored = made.stored(65534)
    assert stored == original
    packets = [parse_rtp(made.rewrite(original, n, wall=1.0), IDS) for n in (21, 22)]
    assert [packet.sequence for packet in packets] == [65535, 0]
    assert [packet.transport_sequence for packet in packets] == [21, 22]
    assert packets[0].payload_type == 103
    assert packets[0].ssrc == 0x11223344
    assert packets[0].mid == "7"
    back = unwrap_rtx(packets[0], 102, made.ssrc)
    sent = parse_rtp(made.write(original, 20, wall=0.0), ExtensionIds())
    assert back == sent


def test_retransmission_without_rtx_is_the_packet_again() -> None:
    made = writer(Formats(media=96))
    packet = made.video([b"picture"], 0, now=0.0)[0]
    again = parse_rtp(made.rewrite(packet, 9, wall=0.0), IDS)
    assert (again.payload_type, again.sequence, again.ssrc) == (96, 65534, made.ssrc)
    assert again.payload == b"picture"


def test_history_keeps_seconds_not_packets() -> None:
    made = writer()
    for tick in range(1000):
        made.video([b"x"] * 2, tick, now=tick * 0.01)
    newest = (65534 + 1999) & 0xFFFF
    kept = int(HISTORY_SECONDS / 0.01) * 2
    assert HISTORY_SECONDS >= 3
    assert made.stored(newest) is not None
    assert made.stored(newest - kept + 2) is not None
    assert made.stored(newest - kept - 2) is None


def test_history_forgets_what_had_the_same_number_before() -> None:
    made = writer()
    for tick in range(66_000):
        made.video([b"%d" % tick], tick, now=0.0)
    stored = made.stored(65534 + 65_999)
    assert stored is not None
    assert stored.payload == b"65999"


def test_red_carries_the_packet_before() -> None:
    made = writer(Formats(media=111, red=63))
    first = made.audio(b"first", 0, now=0.0)
    second = made.audio(b"second", 960, now=0.02)
    assert first.payload_type == 63
    assert not first.marker
    assert [block.payload for block in split_red(first.payload)] == [b"first"]
    copy, primary = split_red(second.payload)
    assert (copy.payload_type, copy.age, copy.payload) == (111, 960, b"first")
    assert (primary.payload_type, primary.age, primary.payload) == (111, 0, b"second")


def test_red_leaves_out_what_does_not_fit_its_header() -> None:
    made = writer(Formats(media=111, red=63))
    made.audio(b"old", 0, now=0.0)
    after_gap = made.audio(b"x" * 1024, 1 << 14, now=0.4)
    after_large = made.audio(b"next", (1 << 14) + 960, now=0.42)
    assert [block.payload for block in split_red(after_gap.payload)] == [b"x" * 1024]
    assert [block.payload for block in split_red(after_large.payload)] == [b"next"]


def test_audio_without_red_is_plain() -> None:
    made = writer(Formats(media=111))
    packet = made.audio(b"sound", 960, now=0.0)
    assert (packet.payload_type, packet.payload) == (111, b"sound")


@pytest.mark.parametrize("level", [0, 57, 127, None])
def test_sound_says_how_loud_it_is_where_somebody_measured_it(level: int | None) -> None:
    made = writer(Formats(media=111))
    packet = made.write(made.audio(b"sound", 960, 0.0, level), 1, wall=0.0)
    assert parse_rtp(packet, IDS).audio_level == level


def test_counts_for_sender_reports() -> None:
    made = writer()
    made.video([b"12345", b"678"], 0, now=0.0)
    made.rewrite(made.video([b"9"], 3000, now=0.0)[0], 1, wall=0.0)
    assert (made.packets, made.octets) == (3, 9)


def test_ntp_time() -> None:
    assert ntp_64(0.5) == (2208988800 << 32) + (1 << 31)


def test_random_sources_begin_away_from_the_rollover() -> None:
    drawn = [Sources.random() for _ in range(50)]
    assert all(source.sequence < 32768 and source.rtx_sequence < 32768 for source in drawn)
    assert len({source.ssrc for source in drawn}) == 50
