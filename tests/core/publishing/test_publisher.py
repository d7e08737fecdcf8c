# pyright: reportPrivateUsage=false
import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from roomdeck.core.config import Family
from roomdeck.core.errors import JoinError, UsageError
from roomdeck.core.model import Kind
from roomdeck.core.publishing.impairment import Impairment
from roomdeck.core.publishing.publish_config import PublishConfig
from roomdeck.core.recording.sentlog import read_sent_log
from roomdeck.core.rtp.bitstream import canonical
from roomdeck.core.server.app import RunningServer, serve
from roomdeck.core.signaling import channel_messages
from roomdeck.core.signaling import messages as wire
from roomdeck.core.webrtc.connection import ConnectionState

from .lab import EVERYTHING, Broadcast, publishing, room_at, tiny_source, viewing


@pytest.fixture
async def server() -> AsyncGenerator[RunningServer]:
    async with serve() as running:
        yield running


def config(url: str, **changes: Any) -> PublishConfig:
    made = PublishConfig(room=room_at(url), stream="alice", source=tiny_source(), label="Alice A.")
    return msgspec.structs.replace(made, **changes)


def sections(message: wire.PeerMessage) -> list[str]:
    assert isinstance(message.description, wire.Description)
    lines = message.description.sdp.splitlines()
    return [line[2:].split()[0] for line in lines if line.startswith("m=")]


@pytest.mark.parametrize(
    ("family", "password", "media_first"),
    [
        (Family.ROUTED, "s3cret", False),
        (Family.FANOUT, "s3cret", False),
        (Family.ROUTED, None, True),
        (Family.FANOUT, None, True),
    ],
)
async def test_every_frame_that_was_sent_arrives(
    server: RunningServer, tmp_path: Path, family: Family, password: str | None, media_first: bool
) -> None:
    room = room_at(server.url, family, password)
    publish = config(
        server.url,
        room=room,
        source=tiny_source(seconds=1.5),
        media_first=media_first,
        sent=str(tmp_path / "sent.jsonl"),
    )
    async with publishing(publish) as broadcast, viewing(room) as viewer:
        await broadcast.ended()
        await viewer.peer.until(lambda: ConnectionState.CLOSED in viewer.peer.states)
        peer = viewer.peer
    kinds = [sections(offer) for offer in peer.offers]
    if media_first:
        assert kinds == [["video", "audio", "application"]]
    else:
        assert kinds == [["application"], ["application", "video", "audio"]]
    assert viewer.encrypted == {password is not None}
    assert any(message.bye and message.video_muted for message in peer.said)
    assert peer.said[0].label == "Alice A."
    sent = read_sent_log(tmp_path / "sent.jsonl")
    for kind in Kind:
        frames = peer.received(kind)
        arrived = [hashlib.sha256(canonical(f.codec, f.data)).hexdigest() for f in frames]
        assert arrived == [line.sha256 for line in sent if line.kind is kind]
        times = [line.rtp for line in sent if line.kind is kind]
        shift = frames[0].rtp_time - times[0]
        assert [f.rtp_time - shift for f in frames] == times
    assert len(sent) > 20
    assert all(offer.session and len(offer.session) >= 8 for offer in peer.offers)


async def test_offers_carry_the_stream_id_with_its_suffix_on_the_websocket_only(
    server: RunningServer,
) -> None:
    room = room_at(server.url, password="s3cret")
    async with publishing(config(server.url, room=room)), viewing(room) as viewer:
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        assert [offer.wire_stream for offer in viewer.peer.offers] == ["alicec08e16", "alice"]


async def test_no_request_no_media(server: RunningServer) -> None:
    async with (
        publishing(config(server.url)) as broadcast,
        viewing(room_at(server.url), request=None) as viewer,
    ):
        await viewer.until(lambda: viewer.peers)
        peer = viewer.peer
        await peer.until(lambda: peer.said)
        peer.say(channel_messages.ping(7))
        await peer.until(lambda: any(message.pong == 7 for message in peer.said))
        assert broadcast.count("viewer.media") == 0
        peer.say({"audio": True})
        await peer.media(kind=Kind.AUDIO)
        assert sections(peer.offers[-1]) == ["application", "audio"]
        assert not peer.received(Kind.VIDEO)


async def test_an_unwanted_kind_stops_and_goes_on(server: RunningServer) -> None:
    async with (
        publishing(config(server.url)) as broadcast,
        viewing(room_at(server.url)) as viewer,
    ):
        await viewer.until(lambda: viewer.peers)
        peer = viewer.peer
        await peer.media()
        peer.say({"video": False})
        peer.say(channel_messages.ping("done"))
        await peer.until(lambda: any(message.pong == "done" for message in peer.said))
        (sending,) = broadcast.publisher.viewers.values()
        before = sending.stats()[Kind.VIDEO].frames
        # Some of them are on the way.
        await peer.until(lambda: len(peer.received(Kind.VIDEO)) == before)
        await peer.media(20, Kind.AUDIO)
        assert len(peer.received(Kind.VIDEO)) == before
        peer.say({"video": True})
        await peer.media()
        assert peer.received(Kind.VIDEO)[before].key


async def test_a_late_viewer_begins_with_a_key_frame(server: RunningServer) -> None:
    room = room_at(server.url)
    async with publishing(config(server.url)), viewing(room) as first:
        await first.until(lambda: first.peers)
        await first.peer.media()
        async with viewing(room) as second:
            await second.until(lambda: second.peers)
            await second.peer.media()
            assert second.peer.received(Kind.VIDEO)[0].key
        # Its leaving does not touch the other.
        await first.peer.media()


async def test_encodes_only_while_somebody_watches(server: RunningServer) -> None:
    room = room_at(server.url)
    async with publishing(config(server.url)) as broadcast:
        program = broadcast.publisher._program
        assert program is not None
        assert not program.feed.running
        async with viewing(room) as viewer:
            await viewer.until(lambda: viewer.peers)
            await viewer.peer.media()
            assert program.feed.running
            viewer.peer.say(channel_messages.bye())
            await viewer.peer.goodbye()
        await broadcast.happened("viewer.left")
        await broadcast.publisher._farewells.join()
        assert not program.feed.running
        async with viewing(room) as viewer:
            await viewer.until(lambda: viewer.peers)
            await viewer.peer.media()


async def test_play_while_connected_is_ignored_until_a_goodbye(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        viewer.play()
        await viewer.peer.media(20)
        assert len(viewer.peers) == 1
        viewer.client.send(wire.bye(viewer.announced[0]))
        await broadcast.happened("viewer.left")
        viewer.play()
        await viewer.until(lambda: len(viewer.peers) == 2)
        await viewer.peer.media()
        assert viewer.peers[0].session != viewer.peers[1].session


async def test_answers_of_another_session_are_dropped(server: RunningServer) -> None:
    room = room_at(server.url)
    async with publishing(config(server.url)) as broadcast, viewing(room) as viewer:
        await broadcast.happened("viewer.offer")
        (target,) = broadcast.publisher.viewers.values()
        nonsense = wire.Description("answer", "v=0\r\n")
        target.receive(wire.PeerMessage(uuid=target.uuid, session="another", description=nonsense))
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        assert broadcast.count("viewer.refused") == 0


async def test_an_answer_that_cannot_be_read_is_refused(server: RunningServer) -> None:
    room = room_at(server.url)
    async with publishing(config(server.url)) as broadcast, viewing(room, "nobody") as viewer:
        viewer.client.send(wire.play("alice"))
        await broadcast.happened("viewer.offer")
        (target,) = broadcast.publisher.viewers.values()
        broken = wire.Description("answer", "v=0\r\nm=audio 9 UDP/TLS 0\r\n")
        target.receive(
            wire.PeerMessage(uuid=target.uuid, session=target.session, description=broken)
        )
        await broadcast.happened("viewer.refused")
        assert not broadcast.task.done()


async def test_says_what_happens_to_it(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        peer, publisher = viewer.peer, broadcast.publisher
        await peer.media()
        publisher.mute()
        await peer.until(lambda: peer.said[-1].mute_state is True)
        publisher.hide_camera()
        await peer.until(lambda: peer.said[-1].video_muted is True)
        publisher.change_label("Bob")
        await peer.until(lambda: peer.said[-1].label == "Bob")
        async with viewing(room_at(server.url)) as late:
            await late.until(lambda: late.peers)
            await late.peer.until(lambda: late.peer.said)
            assert late.peer.said[0].label == "Bob"
            assert late.peer.said[0].mute_state is True
            assert late.peer.said[0].video_muted is True


async def test_changes_its_size_at_a_key_frame(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        peer = viewer.peer
        await peer.media()
        broadcast.publisher.resize(96, 64)
        await peer.until(lambda: any(frame.width == 96 for frame in peer.received(Kind.VIDEO)))
        with pytest.raises(UsageError):
            broadcast.publisher.resize(3, 3)


async def test_shares_a_screen_in_the_same_connection(
    server: RunningServer, tmp_path: Path
) -> None:
    publish = config(server.url, sent=str(tmp_path / "sent.jsonl"))
    async with publishing(publish) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        peer, publisher = viewer.peer, broadcast.publisher
        await peer.media()
        publisher.start_screen(tiny_source(name="alice-screen", width=128, height=96))
        await peer.media(screen=True)
        assert peer.offers[-1].screen == (2, 3)
        assert sections(peer.offers[-1]) == ["application", "video", "audio", "audio", "video"]
        assert [track.kind for track in peer.tracks[2:]] == [Kind.AUDIO, Kind.VIDEO]
        camera, screen = {t.msid for t in peer.tracks[:2]}, {t.msid for t in peer.tracks[2:]}
        assert len(camera) == len(screen) == 1
        assert camera != screen
        assert peer.received(Kind.VIDEO, screen=True)[0].width == 128
        publisher.stop_screen()
        await peer.until(lambda: peer.said[-1].screen_stopped is True)
        (sending,) = publisher.viewers.values()
        assert publisher._program is not None
        (sender,) = sending._connection.senders(publisher._program.screen, Kind.VIDEO)
        before = sender.stats.frames
        await peer.until(lambda: len(peer.received(Kind.VIDEO, screen=True)) == before)
        await peer.media(20)
        assert len(peer.received(Kind.VIDEO, screen=True)) == before
        publisher.start_screen()
        await peer.until(lambda: peer.said[-1].screen_stopped is False)
        await peer.media(screen=True)
        assert len(peer.offers) == 3
    assert len(read_sent_log(tmp_path / "sent-screen.jsonl")) > 20


async def test_a_screen_from_the_start_reaches_only_who_allows_it(server: RunningServer) -> None:
    publish = config(server.url, screen=tiny_source(name="screen"))
    room = room_at(server.url)
    modest = dict(EVERYTHING, allowscreenvideo=False, allowscreenaudio=False)
    async with (
        publishing(publish),
        viewing(room) as viewer,
        viewing(room, request=modest) as other,
    ):
        for each in (viewer, other):
            await each.until(lambda each=each: each.peers)
            await each.peer.media(20)
        await viewer.peer.media(screen=True)
        assert len(other.peer.tracks) == 2


async def test_reload_says_goodbye_and_comes_back(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        broadcast.publisher.reload()
        await viewer.peers[0].goodbye()
        await viewer.until(lambda: len(viewer.peers) == 2)
        await viewer.peers[1].media()
        assert len(set(viewer.announced)) == 2
        assert viewer.peers[0].session != viewer.peers[1].session


async def test_vanishing_is_silent(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        peer = viewer.peer
        await peer.media()
        broadcast.publisher.vanish()
        await broadcast.ended()
        track = peer.track(Kind.VIDEO)
        assert track is not None
        last = peer.connection.media.last_packet_at(track.mid)
        # What a viewer would notice within the next round trips, it does not.
        await asyncio.sleep(0.3)
        assert peer.connection.media.last_packet_at(track.mid) == last
        assert peer.states[-1] is ConnectionState.CONNECTED
        assert not any(message.bye for message in peer.said)


async def test_a_new_ssrc_is_a_new_epoch(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        peer = viewer.peer
        await peer.media()
        broadcast.publisher.change_ssrc()
        await peer.until(lambda: peer.received(Kind.VIDEO)[-1].epoch == 1)
        first = next(frame for frame in peer.received(Kind.VIDEO) if frame.epoch == 1)
        assert first.key
        await peer.media()


async def test_rsa_certificate(server: RunningServer) -> None:
    async with (
        publishing(config(server.url, rsa=True, media_first=True)) as broadcast,
        viewing(room_at(server.url)) as viewer,
    ):
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        (target,) = broadcast.publisher.viewers.values()
        channel_ = target._connection._channel
        assert channel_ is not None
        tls = channel_.transport.transport._ssl
        assert tls is not None
        own = tls.get_certificate(as_cryptography=True)
        assert own is not None
        assert isinstance(own.public_key(), RSAPublicKey)


async def test_lost_packets_are_sent_again(server: RunningServer, tmp_path: Path) -> None:
    publish = config(
        server.url,
        source=tiny_source(seconds=2.0, bitrate=1_500_000, width=640, height=360),
        sent=str(tmp_path / "sent.jsonl"),
        impairment=Impairment(loss=0.05, rtt=0.05, reorder=0.02, duplicate=0.02),
    )
    async with publishing(publish) as broadcast, viewing(room_at(server.url)) as viewer:
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        (target,) = broadcast.publisher.viewers.values()
        await broadcast.ended()
        peer, both = viewer.peer, target.stats()
        track = peer.track(Kind.VIDEO)
        assert track is not None
        received = peer.connection.media.stats()[track.mid]
    sent = [line for line in read_sent_log(tmp_path / "sent.jsonl") if line.kind is Kind.VIDEO]
    assert len(peer.received(Kind.VIDEO)) >= 0.98 * len(sent)
    assert received.recovered > 0
    stats = both[Kind.VIDEO]
    assert stats.nacks >= stats.retransmitted > 0
    assert stats.reports > 0
    # It is about the whole connection, whichever track it names.
    assert sum(each.feedback for each in both.values()) > 5
    assert stats.round_trip is not None
    # It is never less than the network takes; how much more says how busy the machine is.
    assert 0.045 < stats.round_trip < 1


async def test_a_lost_websocket_does_not_touch_the_media(server: RunningServer) -> None:
    room = room_at(server.url)
    async with publishing(config(server.url)) as broadcast, viewing(room) as viewer:
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        await server.close()
        await broadcast.happened("disconnected")
        await viewer.peer.media()
        async with serve(port=server.port):
            await broadcast.happened("joined", 2)
            await viewer.peer.media()
            # It is announced again, for others.
            async with viewing(room) as late:
                await late.until(lambda: late.peers)
                await late.peer.media()
        assert viewer.peers[0].states[-1] is ConnectionState.CONNECTED


async def test_a_stream_id_in_use_is_an_alert(server: RunningServer) -> None:
    async with publishing(config(server.url)):
        second = Broadcast(config(server.url))
        await second.happened("alert")
        second.publisher.stop()
        await second.ended()


async def test_a_refusal_for_good_is_an_error(server: RunningServer) -> None:
    async with publishing(config(server.url)) as broadcast:
        alert = wire.Alert("Stream ID cannot change", wire.AlertKind.FATAL)
        with pytest.raises(JoinError):
            broadcast.publisher._on_happening(alert)


async def test_cancelling_leaves_in_order(server: RunningServer) -> None:
    async with viewing(room_at(server.url)) as viewer:
        broadcast = Broadcast(config(server.url))
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        broadcast.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await broadcast.task
        await viewer.peer.goodbye()


async def test_who_is_cancelled_while_leaving_closes_its_connections(server: RunningServer) -> None:
    async with viewing(room_at(server.url)) as viewer:
        broadcast = Broadcast(config(server.url))
        await viewer.until(lambda: viewer.peers)
        await viewer.peer.media()
        (watching,) = broadcast.publisher.viewers.values()
        broadcast.publisher.stop()
        while broadcast.publisher.viewers:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0)
        broadcast.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await broadcast.task
        assert watching._connection._pc.connectionState == "closed"


async def test_a_source_that_cannot_be_sent_is_an_error(server: RunningServer) -> None:
    source = tiny_source(file="/nonexistent/file.mkv")
    with pytest.raises(UsageError):
        await Broadcast(config(server.url, source=source)).ended()
