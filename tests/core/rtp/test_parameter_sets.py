"""Senders that send parameter sets and sequence headers once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from roomdeck.core.model import Codec, EncodedFrame, Kind
from roomdeck.core.publishing.packetize import PacketizerState, packetize
from roomdeck.core.rtp.bitstream import canonical, frame_size, is_key_frame, unit_key
from roomdeck.core.rtp.bitstream.av1 import read_obus
from roomdeck.core.rtp.bitstream.nal import START_CODE, join_annex_b, split_annex_b
from roomdeck.core.rtp.packet import RtpPacket
from roomdeck.core.rtp.parameter_sets import MAX_BYTES, MAX_SETS, ParameterSets
from roomdeck.core.rtp.track import PayloadFormat, TrackReceiver

from .bitwriter import BitWriter
from .encoded import decode, encode
from .simulated_network import SSRC
from .video import plis

PT = 102
NAMES = {Codec.H264: "h264-baseline", Codec.H265: "h265", Codec.AV1: "av1"}
CODECS = list(NAMES)

Keep = Callable[[int, bytes], bool]
"""Whether the unit of this frame is sent."""


def units(codec: Codec, frame: bytes) -> list[bytes]:
    if codec is Codec.AV1:
        return [obu.without_size() for obu in read_obus(frame) if obu.kind != 2]
    return list(split_annex_b(frame))


def joined(codec: Codec, parts: Sequence[bytes]) -> bytes:
    if codec is Codec.AV1:
        obus = [next(read_obus(part)) for part in parts]
        return b"".join(obu.with_size() for obu in obus)
    return join_annex_b(parts)


def sets_of(codec: Codec, frame: bytes) -> list[bytes]:
    return [unit for unit in units(codec, frame) if unit_key(codec, unit)]


def without_sets(codec: Codec, frame: bytes) -> bytes:
    return joined(codec, [unit for unit in units(codec, frame) if not unit_key(codec, unit)])


def video(codec: Codec, count: int = 12) -> list[bytes]:
    """Frames with all their parameter sets and a key frame every third."""
    frames = encode(NAMES[codec], count)
    known = sets_of(codec, frames[0].data)
    return [
        canonical(codec, joined(codec, [*known, *units(codec, without_sets(codec, frame.data))]))
        if frame.key
        else canonical(codec, frame.data)
        for frame in frames
    ]


class Wire:
    """Sends frames to a track, each in its packets."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.track = TrackReceiver(Kind.VIDEO, {PT: PayloadFormat(codec)}, 1)
        self.state = PacketizerState(1)
        self.sequence = 0
        self.time = 0
        self.out: list[EncodedFrame] = []

    def send(self, frame: bytes, *, lose: Sequence[int] = (), mtu: int = 300) -> None:
        payloads = packetize(self.codec, frame, mtu=mtu, state=self.state)
        for index, payload in enumerate(payloads):
            marker = index == len(payloads) - 1
            packet = RtpPacket(PT, marker, self.sequence, self.time, SSRC, payload)
            if index not in lose and index - len(payloads) not in lose:
                self.track.receive([(packet, self.time / 90000)], self.out)
            self.sequence += 1
        self.time += 90000  # longer than a gap is waited for
        self.out += self.track.poll(self.time / 90000)

    def close(self) -> list[EncodedFrame]:
        self.out += self.track.close(self.time / 90000 + 9)
        return self.out


@pytest.mark.parametrize("codec", CODECS)
class TestOnce:
    def test_every_key_frame_gets_them(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        wire.send(frames[0])
        for frame in frames[1:]:
            wire.send(without_sets(codec, frame))
        out = wire.close()
        assert [frame.data for frame in out] == frames
        keys = [frame for frame in out if frame.key]
        assert len(keys) >= 3
        assert {(frame.width, frame.height) for frame in keys} == {frame_size(codec, frames[0])}

    def test_after_a_loss(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        keys = [n for n, frame in enumerate(frames) if is_key_frame(codec, frame)]
        for n, frame in enumerate(frames):
            sent = frame if n == 0 else without_sets(codec, frame)
            wire.send(sent, lose=[0] if n == keys[1] + 1 else ())
        after = wire.close()[keys[1] + 1 :]
        assert [frame.data for frame in after] == frames[keys[2] :]
        assert len(decode(codec, [frame.data for frame in after])) == len(after)

    def test_a_key_frame_right_behind_a_loss(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        keys = [n for n, frame in enumerate(frames) if is_key_frame(codec, frame)]
        for n, frame in enumerate(frames):
            sent = frame if n == 0 else without_sets(codec, frame)
            wire.send(sent, lose=[-1] if n == keys[2] - 1 else ())
        got = [frame.data for frame in wire.close()]
        assert got == [*frames[: keys[2] - 1], *frames[keys[2] :]]

    def test_unknown_ones_are_waited_for(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        keys = [n for n, frame in enumerate(frames) if is_key_frame(codec, frame)]
        for n, frame in enumerate(frames):
            wire.send(frame if n == keys[1] else without_sets(codec, frame))
            if n == keys[0]:
                # One that brings no more is not asked for all the time.
                assert len(plis(wire.track, [1 + n / 50 for n in range(100)])) <= 2
        out = wire.close()
        assert [frame.data for frame in out] == frames[keys[1] :]

    def test_said_in_the_session_description(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        wire.track.learn(codec, sets_of(codec, frames[0]))
        for frame in frames:
            wire.send(without_sets(codec, frame))
        assert [frame.data for frame in wire.close()] == frames

    def test_those_in_the_stream_are_newer(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        wire.send(frames[0])
        old = [unit[:-2] + b"\x77\x77" for unit in sets_of(codec, frames[0])]
        wire.track.learn(codec, old)
        for frame in frames[1:]:
            wire.send(without_sets(codec, frame))
        assert [frame.data for frame in wire.close()] == frames

    def test_in_a_frame_of_their_own(self, codec: Codec) -> None:
        """Under another time than their picture, whether that is a key frame or not."""
        frames, wire = video(codec), Wire(codec)
        known = joined(codec, sets_of(codec, frames[0]))
        for n, frame in enumerate(frames):
            if n in (0, 1):
                wire.send(known)
            wire.send(without_sets(codec, frame))
        out = [frame.data for frame in wire.close()]
        second = joined(codec, [*units(codec, known), *units(codec, frames[1])])
        assert out == [frames[0], second, *frames[2:]]
        assert wire.track.stats.dropped_frames == 0

    def test_key_frames_as_they_are_sent_stay_so(self, codec: Codec) -> None:
        frames, wire = video(codec), Wire(codec)
        for frame in frames:
            wire.send(frame)
        assert [frame.data for frame in wire.close()] == frames


def sps(identifier: int, tail: bytes = b"") -> bytes:
    return b"\x67\x42\x00\x1f" + BitWriter().ue(identifier).done() + tail


def pps(identifier: int) -> bytes:
    return b"\x68" + BitWriter().ue(identifier).done()


class TestMemory:
    idr = START_CODE + b"\x65\x88\x80"

    def test_one_of_each_type_and_id(self) -> None:
        known = ParameterSets()
        known.learn(Codec.H264, [sps(0), pps(0), pps(1), sps(0, b"\x99"), b"\x06\x05"])
        expected = join_annex_b([sps(0, b"\x99"), pps(0), pps(1), b"\x65\x88\x80"])
        assert known.complete(Codec.H264, self.idr, []) == expected

    def test_only_types_that_are_not_there(self) -> None:
        known = ParameterSets()
        known.learn(Codec.H264, [sps(0), pps(0)])
        frame = join_annex_b([b"\x09\xf0", b"\x06\x05\x01", sps(1), b"\x65\x88\x80"])
        expected = join_annex_b([b"\x09\xf0", sps(1), pps(0), b"\x06\x05\x01", b"\x65\x88\x80"])
        assert known.complete(Codec.H264, frame, [sps(1)]) == expected

    def test_of_another_codec(self) -> None:
        known = ParameterSets()
        known.learn(Codec.H265, [b"\x44\x01\xc0\x01"])
        assert known.complete(Codec.H264, self.idr, []) == self.idr
        known.learn(Codec.VP8, [b"\x00\x01"])
        assert known.complete(Codec.VP8, b"\x00\x01", []) == b"\x00\x01"

    def test_it_is_bounded(self) -> None:
        known = ParameterSets()
        known.learn(Codec.H264, [sps(0, bytes(MAX_BYTES))])
        assert known.complete(Codec.H264, self.idr, []) == self.idr
        known.learn(Codec.H264, [pps(number) for number in range(500)])
        assert len(list(split_annex_b(known.complete(Codec.H264, self.idr, [])))) == MAX_SETS + 1
