"""What strangers and peers can do to a connection (media_path.md §5)."""

from __future__ import annotations

import asyncio
import datetime
import gc
import logging
import os
import socket
import time
from typing import Any

import pytest
from aiortc import RTCCertificate, RTCSessionDescription
from aiortc.rtcsctptransport import Chunk, HeartbeatChunk, SackChunk
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from roomdeck.core.config import IceConfig
from roomdeck.core.model import Codec
from roomdeck.core.webrtc.agent import TOO_MUCH_DATA
from roomdeck.core.webrtc.connection import Connection, ConnectionState

from .peers import Owner, Peer, eventually, linked, member, opened, vp8

JUNK = (
    b"",
    b"\x80",
    b"\x80" + bytes(1599),
    b"\x16" + bytes(2000),
    *(bytes((first,)) + os.urandom(size) for first in range(0, 256, 3) for size in (0, 11, 100)),
    # A DTLS alert in clear: "fatal, handshake failure".
    b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28",
    b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x01\x00",
)


class Stranger:
    """Another socket on this host that sends junk to every address of a connection."""

    def __init__(self, candidates: list[dict[str, Any]]) -> None:
        parts = [candidate["candidate"].split() for candidate in candidates]
        self.targets = [(part[4], int(part[5])) for part in parts]

    def attack(self) -> None:
        for host, port in self.targets:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                for data in JUNK:
                    sender.sendto(data, (host, port))


async def test_stray_datagrams_while_connecting() -> None:
    """Before ICE, during ICE and DTLS: at every datagram of the publisher."""
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8)
    peer.pc.addTransceiver("video", "sendonly")
    await peer.pc.setLocalDescription(await peer.pc.createOffer())
    try:
        answer = await connection.accept_offer(peer.pc.localDescription.sdp)
        stranger = Stranger(answer.candidates)
        stranger.attack()
        original = peer.ice_connection.sendto

        async def sendto(data: bytes, component: int) -> None:
            stranger.attack()
            await original(data, component)

        peer.ice_connection.sendto = sendto
        peer.answer = answer.sdp
        await peer.pc.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await peer.connected(owner)
        assert owner.states == [(ConnectionState.CONNECTED, "")]
        source = peer.source(0)
        await source.send(vp8(1, key=True))
        await eventually(lambda: owner.frames)
    finally:
        await connection.close()
        await peer.pc.close()


async def test_stray_datagrams_while_connected() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8)
    peer.pc.addTransceiver("video", "sendonly")
    try:
        answer = await peer.offer(connection)
        await peer.connected(owner)
        stranger, source = Stranger(answer.candidates), peer.source(0)
        for number in range(5):
            stranger.attack()
            await source.send(vp8(number, key=number == 0))
        await eventually(lambda: len(owner.frames.get(source.mid, [])) == 5)
        assert connection.state is ConnectionState.CONNECTED
    finally:
        await connection.close()
        await peer.pc.close()


async def test_oversized_and_undecryptable_packets_of_the_peer_itself() -> None:
    """Same source address as the peer: only the sizes and SRTP can tell them apart."""
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        for data in JUNK:
            await peer.ice_connection.sendto(data, 1)
        await source.send(vp8(1, key=True))
        await eventually(lambda: owner.frames)
        assert connection.state is ConnectionState.CONNECTED


async def test_malformed_header_extensions() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        good = source.packet(vp8(1, key=True))
        head = bytes((good[0] | 0x10,)) + good[1:12]
        for extension in (
            b"\xbe\xde\x00\x01" + bytes((source.ids.transport_sequence << 4, 1, 0, 0)),
            b"\xbe\xde\x00\x01" + bytes((source.ids.mid << 4 | 3, 0xFF, 0xFE, 0xFD)),
            b"\x10\x00\x00\x01\x01\xff\x00\x00",
        ):
            await peer.send(head + extension + b"payload")
        await source.send(vp8(2, key=True))
        await eventually(lambda: owner.frames)
        assert connection.state is ConnectionState.CONNECTED


async def test_malformed_rtcp() -> None:
    async with linked("video") as (connection, owner, peer):
        for body in (b"", b"\x00", os.urandom(30), b"\xff" * 100):
            for kind in range(200, 208):
                await peer.send(bytes((0x81, kind)) + b"\x00\x01" + b"\x00\x00\x00\x01" + body)
        source = peer.source(0)
        await source.send(vp8(2, key=True))
        await eventually(lambda: owner.frames)
        assert connection.malformed > 0
        assert connection.state is ConnectionState.CONNECTED


async def test_malformed_sctp() -> None:
    async with linked() as (connection, owner, peer):
        await opened(owner, peer)
        for data in (b"\x00", b"\x13\x88\x13\x88" + bytes(8), os.urandom(200)):
            await peer.dtls._send_data(data)
        assert peer.channel
        # The channel is opened once more, which aiortc does not expect.
        opening = b"\x03" + bytes(11)
        await member(peer.channel.transport, "_send")(peer.channel.id, 50, opening)
        peer.channel.send("still here")
        await eventually(lambda: owner.messages == ["still here"])
        assert connection.state is ConnectionState.CONNECTED


async def test_gap_blocks_that_span_everything() -> None:
    """Each of these packets cost aiortc 3.8 s, in which nobody else was served."""
    async with linked() as (connection, owner, peer):
        await opened(owner, peer)
        assert peer.channel
        sctp: Any = peer.channel.transport
        sack: Any = SackChunk()
        sack.cumulative_tsn, sack.advertised_rwnd = sctp._last_received_tsn, 100_000
        sack.gaps, sack.duplicates = [(1, 65535)] * 270, []
        for _ in range(20):
            await sctp._send_chunk(sack)
        peer.channel.send("still here")
        await eventually(lambda: owner.messages == ["still here"])
        assert connection.state is ConnectionState.CONNECTED
        assert owner.excesses == [TOO_MUCH_DATA]


async def test_a_parameter_without_a_length() -> None:
    """aiortc would read it for ever."""
    async with linked() as (_connection, owner, peer):
        await opened(owner, peer)
        assert peer.channel
        heartbeat: Any = Chunk(body=bytes(8))
        heartbeat.type = HeartbeatChunk.type
        await member(peer.channel.transport, "_send_chunk")(heartbeat)
        peer.channel.send("still here")
        await eventually(lambda: owner.messages == ["still here"])


async def test_all_records_of_a_datagram_are_read_when_it_comes() -> None:
    """aiortc reads one, and keeps the others until others come: for ever more of them."""
    async with linked() as (_connection, owner, peer):
        await opened(owner, peer)
        assert peer.channel
        sending, records = peer.dtls.transport._send, list[bytes]()

        async def keep(data: bytes) -> None:
            records.append(data)

        peer.dtls.transport._send = keep
        for number in range(5):
            await member(peer.channel.transport, "_send")(peer.channel.id, 51, b"%d" % number)
        assert len(records) == 5 or len(records) == 3, "as the congestion window allows"
        peer.dtls.transport._send = sending
        await sending(b"".join(records))
        await eventually(lambda: owner.messages)
        assert len(owner.messages) == len(records)


async def test_more_sources_than_anybody_has() -> None:
    """libsrtp keeps a state for each, and looks through all of them at each packet."""
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        for ssrc in range(1, 1200):
            source.ssrc = ssrc
            await source.send(vp8(ssrc, key=True))
            if not ssrc % 100:
                await asyncio.sleep(0.05)
        await eventually(lambda: connection.state is ConnectionState.FAILED)
        assert owner.states[-1][1] == "sends under more than 1000 sources"


async def test_message_without_an_end_is_bounded() -> None:
    """A sender that ignores our receive window cannot fill our memory."""
    async with linked() as (connection, owner, peer):
        await opened(owner, peer)
        assert peer.channel
        association = member(member(connection, "_channel"), "_sctp")
        seen: list[Any] = []
        original = association._receive_data_chunk

        async def watch(chunk: Any) -> None:
            await original(chunk)
            seen.append(chunk)

        association._receive_data_chunk = watch
        association._advertised_rwnd = 0
        peer.channel.send("dropped")
        await eventually(lambda: seen)
        assert owner.messages == []
        association._advertised_rwnd = 1 << 20
        await eventually(lambda: owner.messages == ["dropped"])


async def test_rsa_certificate() -> None:
    """Every GStreamer 1.22 publisher has one, and may begin DTLS or be asked."""
    for setup in ("actpass", "passive"):
        await _receive_from_rsa(setup)


async def _receive_from_rsa(setup: str) -> None:
    owner, peer = Owner(), Peer()
    setattr(peer.pc, "_RTCPeerConnection__certificates", [_rsa_certificate()])  # noqa: B010
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8)
    peer.pc.addTransceiver("video", "sendonly")
    try:
        await peer.offer(connection, lambda text: text.replace("actpass", setup))
        await peer.connected(owner)
        assert owner.states == [(ConnectionState.CONNECTED, "")]
        await peer.source(0).send(vp8(1, key=True))
        await eventually(lambda: owner.frames)
    finally:
        await connection.close()
        await peer.pc.close()


def _rsa_certificate() -> RTCCertificate:
    key: Any = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "publisher")])
    now = datetime.datetime.now(tz=datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )
    return RTCCertificate(key, builder.sign(key, hashes.SHA256()))


async def test_wrong_fingerprint_is_refused() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), codec=Codec.VP8)
    peer.pc.addTransceiver("video", "sendonly")
    try:
        await peer.offer(connection, _with_other_fingerprints)
        await eventually(lambda: owner.states)
        state, reason = owner.states[0]
        assert state is ConnectionState.FAILED
        assert "DTLS" in reason
    finally:
        await connection.close()
        await peer.pc.close()


def _with_other_fingerprints(text: str) -> str:
    kept = [line for line in text.splitlines() if not line.startswith("a=fingerprint")]
    digest = ":".join(["AB"] * 32)
    changed = [
        f"{line}\r\na=fingerprint:sha-256 {digest}" if line.startswith("a=setup") else line
        for line in kept
    ]
    return "\r\n".join(changed) + "\r\n"


async def test_candidate_that_never_answers_fails_in_time() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), connect_timeout=0.5)
    peer.open_channel()
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    try:
        await peer.pc.setLocalDescription(await peer.pc.createOffer())
        text = "".join(
            f"{line}\r\n"
            for line in peer.pc.localDescription.sdp.splitlines()
            if not line.startswith("a=candidate")
        )
        await connection.accept_offer(text)
        started = time.monotonic()
        await connection.add_candidates([f"candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host"])
        await eventually(lambda: owner.states)
        assert time.monotonic() - started < 2
        assert owner.states == [
            (
                ConnectionState.FAILED,
                "no network path to the publisher was found within 0.5 s",
            )
        ]
    finally:
        silent.close()
        await connection.close()
        await peer.pc.close()


async def test_publisher_that_answers_ice_but_not_dtls_fails_in_time() -> None:
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=IceConfig(), connect_timeout=1.0)
    peer.open_channel()
    try:
        await peer.pc.setLocalDescription(await peer.pc.createOffer())

        async def swallow(data: bytes, component: int) -> None:
            """Nothing of DTLS leaves the publisher."""

        peer.ice_connection.sendto = swallow
        await peer.offer(connection)
        await eventually(lambda: owner.states)
        assert owner.states[0][0] is ConnectionState.FAILED
        assert "DTLS" in owner.states[0][1]
    finally:
        await connection.close()
        await peer.pc.close()


async def test_publisher_that_vanishes(caplog: pytest.LogCaptureFixture) -> None:
    """No goodbye: packets stop, nothing else happens, and closing does not wait for it."""
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        for protocol in list(member(peer.ice_connection, "_protocols")):
            protocol.transport.abort()
        last = connection.media.last_packet_at(source.mid)
        await asyncio.sleep(0.1)
        assert connection.state is ConnectionState.CONNECTED
        assert connection.media.last_packet_at(source.mid) == last
        started = time.monotonic()
        await connection.close()
        assert time.monotonic() - started < 1
        assert owner.states[-1] == (ConnectionState.CLOSED, "closed by us")
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_close_notify_is_seen_at_once() -> None:
    async with linked("video") as (connection, owner, peer):
        started = time.monotonic()
        await peer.pc.close()
        await eventually(lambda: connection.state is ConnectionState.CLOSED)
        assert time.monotonic() - started < 1
        assert owner.states[-1] == (
            ConnectionState.CLOSED,
            "the publisher closed the connection",
        )


async def test_lost_path_is_a_failure() -> None:
    async with linked("video") as (connection, owner, _peer):
        transport = member(connection, "_transport")
        # What aioice does when consent expires after half a minute of silence.
        await member(transport.ice, "_connection").close()
        await eventually(lambda: connection.state is ConnectionState.FAILED)
        assert owner.states[-1][1] == "the network path to the publisher was lost"


async def test_faults_in_our_own_code_cost_one_packet(caplog: pytest.LogCaptureFixture) -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        receiver = member(connection.media, "receiver").tracks[source.mid].receiver
        original = receiver.receive

        def broken(*_: Any) -> Any:
            raise RuntimeError("a fault")

        receiver.receive = broken
        await source.send(vp8(0, key=True))
        await eventually(lambda: "could not be handled" in caplog.text)
        receiver.receive = original
        await source.send(vp8(1, key=True))
        await eventually(lambda: owner.frames)


async def test_failing_background_tasks_of_aiortc_are_quiet(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with linked("video") as (connection, _, _peer):
        dtls = member(member(connection, "_transport"), "dtls")
        await member(dtls, "stop")()
        await eventually(lambda: connection.state is not ConnectionState.CONNECTED)
        task = asyncio.ensure_future(member(dtls, "_send_data")(b"x"))
        await asyncio.wait([task])
        del task
        gc.collect()
    assert "never retrieved" not in caplog.text
    assert capfd.readouterr().err == ""
