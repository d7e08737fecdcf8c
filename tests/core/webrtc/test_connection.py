"""Connections to real publishers in this process: starts, renegotiation, media, feedback."""

from __future__ import annotations

import struct
import time
from types import SimpleNamespace

import pytest

from roomdeck.core.config import IceConfig
from roomdeck.core.model import Codec, Kind
from roomdeck.core.rtp import rtcp
from roomdeck.core.webrtc.connection import Connection, ConnectionState
from roomdeck.core.webrtc.reception import BEGINNING
from roomdeck.core.webrtc.ticker import CALM, TICK

from .peers import Owner, Peer, eventually, linked, member, opened, vp8


async def test_media_first_delivers_frames_of_both_tracks() -> None:
    async with linked("video", "audio") as (connection, owner, peer):
        assert owner.states == [(ConnectionState.CONNECTED, "")]
        assert [(t.kind, t.codec, t.index) for t in owner.tracks] == [
            (Kind.VIDEO, Codec.VP8, 0),
            (Kind.AUDIO, Codec.OPUS, 1),
        ]
        assert owner.tracks[0].msid
        video, audio = peer.source(0), peer.source(1)
        for number in range(10):
            await video.send(vp8(number, key=number == 0))
            await audio.send(b"\xfcopus%d" % number)
        await eventually(lambda: len(owner.frames.get(video.mid, [])) == 10)
        await eventually(lambda: len(owner.frames.get(audio.mid, [])) == 10)
        frames = owner.frames[video.mid]
        assert [frame.data[-1] for frame in frames] == list(range(10))
        assert (frames[0].key, frames[0].width, frames[0].height) == (True, 320, 240)
        assert connection.media.stats()[video.mid].received == 10
        assert abs(time.monotonic() - (connection.media.last_packet_at(video.mid) or 0)) < 5
        assert 0 < (connection.round_trip or 0) < 5


async def test_two_step_start_adds_media_over_the_channel() -> None:
    async with linked() as (connection, owner, peer):
        await eventually(lambda: owner.channels == 1)
        assert owner.tracks == []
        assert connection.send('{"video":true}')
        await eventually(lambda: peer.messages == ['{"video":true}'])
        peer.pc.addTransceiver("video", "sendonly")
        await peer.offer(connection)
        assert [track.index for track in owner.tracks] == [0]
        source = peer.source(1)
        await source.send(vp8(7, key=True))
        await eventually(lambda: owner.frames.get(source.mid))
        assert connection.state is ConnectionState.CONNECTED


async def test_late_camera_and_screen_share_are_told_apart() -> None:
    async with linked("audio") as (connection, owner, peer):
        peer.pc.addTransceiver("video", "sendonly")
        await peer.offer(connection)
        peer.pc.addTransceiver("video", "sendonly")
        await peer.offer(connection)
        assert [(t.kind, t.index) for t in owner.tracks] == [
            (Kind.AUDIO, 0),
            (Kind.VIDEO, 1),
            (Kind.VIDEO, 2),
        ]
        # Section 1 is the data channel; both videos use the same payload types.
        camera, screen = peer.source(2), peer.source(3)
        assert camera.payload_type == screen.payload_type
        await screen.send(vp8(2, key=True))
        await camera.send(vp8(1, key=True))
        await eventually(lambda: len(owner.frames) == 2)
        assert owner.frames[camera.mid][0].data[-1] == 1
        assert owner.frames[screen.mid][0].data[-1] == 2


async def test_unknown_ssrc_finds_its_track_by_mid() -> None:
    async with linked("video", "video") as (_, owner, peer):
        first, second = peer.source(0), peer.source(1)
        second.ssrc = 0x12345678
        await second.send(vp8(5, key=True), mid=second.mid)
        await second.send(vp8(6))
        await eventually(lambda: len(owner.frames.get(second.mid, [])) == 2)
        assert first.mid not in owner.frames


async def test_section_that_goes_inactive_and_comes_back() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await peer.offer(connection, lambda text: text.replace("a=sendonly", "a=inactive"))
        assert owner.tracks == []
        assert "a=inactive" in peer.answer
        await peer.offer(connection)
        assert [track.mid for track in owner.tracks] == [source.mid]
        await source.send(vp8(1))
        await eventually(lambda: len(owner.frames.get(source.mid, [])) == 2)


async def test_ssrc_change_begins_a_new_epoch() -> None:
    async with linked("video") as (_, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames.get(source.mid))
        source.ssrc, source.sequence, source.timestamp = 0x77777777, 40000, 7
        for number in range(1, 30):
            await source.send(vp8(number, key=number == 1))
        await eventually(lambda: len(owner.frames[source.mid]) >= 10)
        assert [frame.epoch for frame in owner.frames[source.mid]][:3] == [0, 1, 1]


async def test_delta_frame_first_asks_for_a_key_frame_at_once() -> None:
    async with linked("video") as (connection, _, peer):
        source = peer.source(0)
        await source.send(vp8(3))
        await eventually(lambda: _received(peer, rtcp.PictureLoss))
        request = _received(peer, rtcp.PictureLoss)[0]
        assert isinstance(request, rtcp.PictureLoss)
        assert request.media_ssrc == source.ssrc
        assert connection.media.stats()[source.mid].plis >= 1


async def test_lost_packet_is_asked_for_and_reported() -> None:
    async with linked("video") as (_, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        lost = source.packet(vp8(1))
        await source.send(vp8(2))
        await eventually(lambda: _received(peer, rtcp.Nack))
        nack = _received(peer, rtcp.Nack)[0]
        assert isinstance(nack, rtcp.Nack)
        assert nack.sequences == (source.sequence - 1,)
        await peer.send(lost)
        await eventually(lambda: len(owner.frames.get(source.mid, [])) == 3)
        await eventually(lambda: _received(peer, rtcp.ReceiverReportPacket))
        report = _received(peer, rtcp.ReceiverReportPacket)[0]
        assert isinstance(report, rtcp.ReceiverReportPacket)
        assert report.ssrc == nack.sender_ssrc
        assert report.blocks[0].ssrc == source.ssrc


async def test_arrivals_are_fed_back() -> None:
    async with linked("video") as (_, _owner, peer):
        source = peer.source(0)
        for number in range(5):
            await source.send(vp8(number, key=number == 0))
        await eventually(lambda: _received(peer, rtcp.TransportWideFeedback))
        assert not _received(peer, rtcp.BitrateEstimate)


async def test_fixed_estimate_where_arrivals_are_not_understood() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8, max_bitrate=2_500_000)
    peer.pc.addTransceiver("video", "sendonly")
    try:
        await peer.offer(connection, lambda text: text.replace("transport-cc", "goog-remb"))
        await peer.connected(owner)
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: _received(peer, rtcp.BitrateEstimate))
        estimate = _received(peer, rtcp.BitrateEstimate)[0]
        assert isinstance(estimate, rtcp.BitrateEstimate)
        assert abs(estimate.bitrate - 2_500_000) < 1000
        assert estimate.ssrcs == (source.ssrc,)
        assert not _received(peer, rtcp.TransportWideFeedback)
    finally:
        await connection.close()
        await peer.pc.close()


async def test_sender_report_is_kept_and_bye_is_ignored() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        report = rtcp.SenderReportPacket(source.ssrc, 0xE0000000_00000000, source.timestamp)
        await peer.send(rtcp.build_sender_report(report))
        await peer.send(struct.pack("!BBHI", 0x81, 203, 1, source.ssrc))
        await eventually(lambda: connection.media.report(source.mid))
        await source.send(vp8(1))
        await eventually(lambda: len(owner.frames[source.mid]) == 2)
        kept = connection.media.report(source.mid)
        assert kept
        assert kept.rtp_time == owner.frames[source.mid][0].rtp_time


async def test_requested_key_frame_is_asked_for() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        peer.rtcp.clear()
        connection.media.request_key_frame(source.mid)
        await eventually(lambda: _received(peer, rtcp.PictureLoss))


async def test_other_channels_and_binary_messages_are_refused() -> None:
    async with linked() as (connection, owner, peer):
        await opened(owner, peer)
        other = peer.open_channel("files")
        await eventually(lambda: other.readyState == "closed")
        assert peer.channel
        peer.channel.send(b"binary")
        peer.channel.send("text")
        await eventually(lambda: owner.messages)
        assert owner.messages == ["text"]
        assert owner.channels == 1
        await connection.close()
        assert not connection.send("too late")


@pytest.mark.parametrize(
    ("offered", "setup"), [("active", "passive"), ("passive", "active"), ("actpass", "passive")]
)
async def test_offered_dtls_role_is_obeyed_and_kept(offered: str, setup: str) -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8)
    peer.pc.addTransceiver("video", "sendonly")
    try:
        await peer.offer(connection, lambda text: text.replace("actpass", offered))
        await peer.connected(owner)
        assert owner.states == [(ConnectionState.CONNECTED, "")]
        await peer.offer(connection)
        assert f"a=setup:{setup}" in peer.answer
        await peer.source(0).send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
    finally:
        await connection.close()
        await peer.pc.close()


async def test_fault_of_the_owner_does_not_end_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with linked() as (connection, owner, peer):
        await opened(owner, peer)
        messages = owner.messages
        del owner.messages
        assert peer.channel
        peer.channel.send("one")
        await eventually(lambda: "the owner of a connection failed" in caplog.text)
        owner.messages = messages
        peer.channel.send("two")
        await eventually(lambda: owner.messages == ["two"])
        assert connection.state is ConnectionState.CONNECTED


async def test_early_candidates_are_kept_for_the_offer() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig())
    assert not connection.send("not open")
    peer.open_channel()
    try:
        await peer.pc.setLocalDescription(await peer.pc.createOffer())
        text = peer.pc.localDescription.sdp
        lines = [line for line in text.splitlines() if line.startswith("a=candidate")]
        await connection.add_candidates([{"candidate": line[2:]} for line in lines])
        await peer.offer(
            connection,
            lambda text: "".join(f"{x}\r\n" for x in text.splitlines() if x not in lines),
        )
        known = member(connection, "_transport").ice.getRemoteCandidates()
        assert [candidate.type for candidate in known] == ["host"] * len(lines)
        await peer.connected(owner)
        assert owner.states[0][0] is ConnectionState.CONNECTED
    finally:
        await connection.close()
        await peer.pc.close()


def _received(peer: Peer, kind: type) -> list[object]:
    return [p for data in peer.rtcp for p in rtcp.parse_rtcp(data) if isinstance(p, kind)]


async def test_the_pace_is_quick_until_the_first_media_of_every_track_is_here() -> None:
    connection = Connection(Owner(), ice=IceConfig())
    tick = member(connection.media, "_tick")

    def silent(_now: float) -> bytes:
        return b""

    media = SimpleNamespace(tick=silent, restless=False, tracks={}, flooded=False)
    setattr(connection.media, "receiver", media)  # noqa: B010
    assert tick(100.0) == CALM, "not connected"
    setattr(connection.media, "_started_at", 100.0)  # noqa: B010  private
    assert tick(101.0) == TICK, "no track yet"
    media.tracks = {"0": None, "1": None}
    member(connection.media, "_deliver")("0", [])
    assert tick(101.0) == TICK
    member(connection.media, "_deliver")("1", [])
    assert tick(101.0) == CALM
    media.tracks = {"2": None}
    assert tick(101.0) == TICK, "a screen share"
    assert tick(100.1 + BEGINNING) == CALM, "somebody without a camera"
