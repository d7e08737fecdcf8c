"""Routing and feedback without a network or a clock."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import accumulate, pairwise

import pytest

from roomdeck.core.model import EncodedFrame
from roomdeck.core.rtp import rtcp
from roomdeck.core.rtp.assembler import FrameAssembler
from roomdeck.core.rtp.packet import RtpPacket, build_rtp
from roomdeck.core.rtp.track import GIVE_UP
from roomdeck.core.webrtc.negotiation import Agreement, Wishes, negotiate
from roomdeck.core.webrtc.receiver import MAX_SOURCES, MediaReceiver
from roomdeck.core.webrtc.sdp import parse_offer

from .offers import CHROMIUM, audio, offer, video
from .peers import vp8

FEEDBACK_WITHOUT_ARRIVALS = ("goog-remb", "nack", "nack pli")


class Bench:
    """A receiver with what it delivered."""

    def __init__(self, *sections: str) -> None:
        self.frames: dict[str, list[EncodedFrame]] = {}
        self.receiver = MediaReceiver(self._deliver, 1_000_000)
        self.agreement: Agreement | None = None
        self.negotiate(*sections)

    def negotiate(self, *sections: str, wishes: Wishes | None = None) -> None:
        offered = parse_offer(offer(*sections))
        self.agreement = negotiate(offered, wishes or Wishes(), self.agreement)
        self.receiver.configure(self.agreement, 0.0)

    def _deliver(self, mid: str, frames: Sequence[EncodedFrame]) -> None:
        self.frames.setdefault(mid, []).extend(frames)

    def give(self, sequence: int, ssrc: int, now: float, **fields: object) -> None:
        values: dict[str, object] = {
            "payload_type": 96,
            "marker": True,
            "timestamp": sequence * 3000,
            "payload": vp8(sequence, key=sequence == 1),
        }
        packet = RtpPacket(sequence=sequence, ssrc=ssrc, **{**values, **fields})  # pyright: ignore[reportArgumentType]
        self.give_together([packet], now)

    def give_together(self, packets: Sequence[RtpPacket], now: float) -> None:
        assert self.agreement
        built = [build_rtp(packet, self.agreement.extensions) for packet in packets]
        ends = [0, *accumulate(map(len, built))]
        spans = [(start, end, now) for start, end in pairwise(ends)]
        self.receiver.receive(b"".join(built), spans)


def test_announced_ssrc_finds_its_track() -> None:
    bench = Bench(video(extra="a=ssrc:7 cname:x\r\n"), video(mid="4", extra="a=ssrc:8 cname:x\r\n"))
    bench.give(1, 8, 0.0)
    bench.receiver.tick(1.0)
    assert list(bench.frames) == ["4"]


def test_payload_type_that_only_one_track_has() -> None:
    bench = Bench(video(), audio())
    bench.give(1, 9, 0.0)
    bench.give(1, 10, 0.0, payload_type=111, payload=b"opus")
    bench.receiver.tick(1.0)
    assert sorted(bench.frames) == ["1", "2"]


def test_ambiguous_and_foreign_packets_are_counted_and_dropped() -> None:
    bench = Bench(video(), video(mid="4"))
    bench.give(1, 9, 0.0)
    bench.give(1, 10, 0.0, mid="99")
    bench.give(1, 11, 0.0, payload_type=77)
    assert bench.receiver.unrouted == 3
    bench.receiver.receive(b"\x80", [(0, 1, 0.0)])
    bench.receiver.rtcp(b"\xff\xff", 0.0)
    assert bench.receiver.malformed == 2


def test_ssrcs_without_end_take_no_memory() -> None:
    bench = Bench(video())
    for ssrc in range(2000):
        bench.give(1, ssrc, 0.0)
    assert len(bench.receiver._routes) <= 256  # pyright: ignore[reportPrivateUsage]


def test_track_whose_codec_changed_starts_anew_and_loses_nothing() -> None:
    bench = Bench(video())
    bench.give(1, 7, 0.0)
    before = bench.receiver.tracks["1"]
    bench.negotiate(video({45: CHROMIUM[45]}))
    assert bench.receiver.tracks["1"] is not before
    assert len(bench.frames["1"]) == 1


def test_track_stays_over_a_renegotiation_that_does_not_concern_it() -> None:
    bench = Bench(video())
    before = bench.receiver.tracks["1"]
    bench.negotiate(video(), audio())
    assert bench.receiver.tracks["1"] is before
    bench.negotiate(audio())
    assert list(bench.receiver.tracks) == ["2"]


def test_parameter_sets_of_the_offer_make_key_frames_complete() -> None:
    sps, pps = bytes.fromhex("6742c01ed900a02ff970110000030001000003003c0f162e48"), b"\x68\xcb\x83"

    def described(*units: bytes) -> str:
        text = ",".join(base64.b64encode(unit).decode() for unit in units)
        return video({102: ("H264", f"packetization-mode=1;sprop-parameter-sets={text}")})

    bench = Bench(described(sps))
    before = bench.receiver.tracks["1"]
    bench.negotiate(described(sps, pps))
    assert bench.receiver.tracks["1"] is before
    bench.give(1, 7, 0.0, payload_type=102, payload=b"\x65\x88\x80")
    bench.receiver.tick(1.0)
    (frame,) = bench.frames["1"]
    assert frame.data == b"".join(b"\0\0\0\1" + nal for nal in (sps, pps, b"\x65\x88\x80"))
    assert (frame.key, frame.width, frame.height) == (True, 640, 360)


def test_unwanted_track_is_not_received() -> None:
    bench = Bench(audio())
    bench.negotiate(audio(), video(), wishes=Wishes(video=False))
    bench.give(1, 7, 0.0)
    assert bench.receiver.unrouted == 1


def test_arrivals_are_reported_some_twelve_times_a_second() -> None:
    bench = Bench(video())
    reports: list[float] = []
    for step in range(100):
        now = step * 0.02
        bench.give(step + 1, 7, now, transport_sequence=step + 1)
        packets = [p for data in bench.receiver.tick(now) for p in rtcp.parse_rtcp(data)]
        reports += [now for p in packets if isinstance(p, rtcp.TransportWideFeedback)]
    assert 23 <= len(reports) <= 26
    assert min(b - a for a, b in pairwise(reports)) >= 0.079


def test_a_packet_that_finds_a_fault_costs_that_packet_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(audio())
    push = FrameAssembler.push

    def fail(
        self: FrameAssembler, packet: RtpPacket, arrival: float, frames: list[EncodedFrame]
    ) -> None:
        if packet.sequence in (4, 5):
            raise ZeroDivisionError
        push(self, packet, arrival, frames)

    monkeypatch.setattr(FrameAssembler, "push", fail)
    packets = [
        RtpPacket(111, False, number, 960 * number, 7, b"opus%d" % number) for number in range(10)
    ]
    bench.give_together(packets[:1], 0.0)
    bench.receiver.tick(0.2)  # it no longer waits for what may come before the first
    bench.give_together(packets[1:], 0.3)
    numbers = [int(frame.data[4:]) for frame in bench.frames["2"]]
    assert numbers == [0, 1, 2, 3, 6, 7, 8, 9]
    assert len(caplog.records) == 2


def test_only_what_can_still_be_repaired_makes_it_restless() -> None:
    bench = Bench(video(), audio())
    bench.receiver.tick(0.0)
    assert not bench.receiver.restless  # the sound never came
    for number in (1, 2, 4):
        bench.give(number, 7, 0.0)
    for step in range(100):
        bench.receiver.tick(0.02 * step)
        assert step == 50 * GIVE_UP or bench.receiver.restless == (step < 50 * GIVE_UP)


def test_reports_and_arrivals_share_a_datagram() -> None:
    bench = Bench(video())
    for step in range(20):
        bench.give(step + 1, 7, step * 0.1, transport_sequence=step + 1)
        datagrams = bench.receiver.tick(step * 0.1)
        assert len(datagrams) <= 1
        kinds = [type(packet) for data in datagrams for packet in rtcp.parse_rtcp(data)]
        if rtcp.ReceiverReportPacket in kinds:
            assert kinds[-2:] == [rtcp.ReceiverReportPacket, rtcp.TransportWideFeedback]
            return
    raise AssertionError("no report")


def test_fixed_estimate_every_second() -> None:
    bench = Bench(video(feedback=FEEDBACK_WITHOUT_ARRIVALS))
    assert bench.receiver.tick(0.0) == []
    bench.give(1, 7, 0.0)
    estimates: list[float] = []
    for step in range(150):
        bench.give(step + 2, 7, step * 0.02)
        packets = [p for d in bench.receiver.tick(step * 0.02) for p in rtcp.parse_rtcp(d)]
        estimates += [step * 0.02 for p in packets if isinstance(p, rtcp.BitrateEstimate)]
    assert 3 <= len(estimates) <= 4


def test_nothing_is_received_after_draining() -> None:
    bench = Bench(video())
    bench.give(1, 7, 0.0)
    bench.receiver.drain(0.1)
    assert len(bench.frames["1"]) == 1
    bench.give(2, 7, 0.2)
    bench.receiver.tick(5.0)
    assert len(bench.frames["1"]) == 1


def test_sources_are_kept_only_so_far() -> None:
    bench = Bench(video())
    for ssrc in range(1, MAX_SOURCES + 1):
        bench.give(1, ssrc, 0.0)
    assert not bench.receiver.flooded
    report = rtcp.SenderReportPacket(MAX_SOURCES + 1, 1 << 63, 0)
    bench.receiver.rtcp(rtcp.build_sender_report(report), 0.0)
    assert bench.receiver.flooded
