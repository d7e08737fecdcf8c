from __future__ import annotations

from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.sources import SourceSelector

OLD, NEW, THIRD = 1, 2, 3


def packet(ssrc: int, sequence: int) -> RtpPacket:
    return RtpPacket(96, False, sequence & 0xFFFF, 0, ssrc, b"x")


def started() -> SourceSelector:
    selector = SourceSelector()
    assert len(selector.offer(packet(OLD, 5), 0.0, 0.0)) == 1
    assert selector.active == OLD
    return selector


def test_nobody_replaces_a_source_that_sends() -> None:
    selector = started()
    for number in range(1000):
        assert not selector.offer(packet(NEW, number), number / 100, number / 100 - 0.1)
    assert selector.active == OLD


def test_successor_gets_all_its_packets() -> None:
    selector = started()
    packets = [packet(NEW, 0xFFFF + n) for n in range(5)]
    for number, each in enumerate(packets[:4]):
        assert not selector.offer(each, 10.0 + number / 100, 10.0)
    assert selector.offer(packets[4], 10.25, 10.0) == [
        *((each, 10.0 + number / 100) for number, each in enumerate(packets[:4])),
        (packets[4], 10.25),
    ]
    assert selector.active == NEW


def test_single_packet_needs_a_long_silence() -> None:
    selector = started()
    assert not selector.offer(packet(NEW, 1), 10.1, 10.0)
    assert not selector.decide(10.9, 10.0)
    assert selector.decide(11.0, 10.0)


def test_packets_that_do_not_belong_together_are_single_ones() -> None:
    selector = started()
    assert not selector.offer(packet(NEW, 1), 10.1, 10.0)
    assert not selector.offer(packet(NEW, 5000), 10.5, 10.0)
    assert not selector.offer(packet(THIRD, 5001), 10.6, 10.0)
    assert selector.active == OLD


def test_source_that_was_replaced_does_not_come_back_while_the_other_pauses() -> None:
    selector = started()
    selector.offer(packet(NEW, 1), 10.0, 10.0)
    assert selector.offer(packet(NEW, 2), 10.3, 10.0)
    for number in range(30):
        assert not selector.offer(packet(OLD, number), 10.4 + number / 50, 10.3)
    assert selector.active == NEW
    assert selector.offer(packet(OLD, 30), 11.3, 10.3)
    assert selector.active == OLD


def test_others_do_not_push_out_a_candidate() -> None:
    selector = started()
    selector.offer(packet(NEW, 1), 10.00, 10.0)
    selector.offer(packet(NEW, 2), 10.01, 10.0)
    selector.offer(packet(THIRD, 1), 10.02, 10.0)
    assert [p.ssrc for p, _ in selector.decide(10.3, 10.0)] == [NEW, NEW]


def test_memory_is_bounded() -> None:
    selector = started()
    for number in range(5000):
        selector.offer(packet(NEW, number), 1.0, 1.0)
    assert len(selector.decide(2.0, 1.0)) == 512
