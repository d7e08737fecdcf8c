"""Opening and closing: nothing stays behind."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import weakref
from pathlib import Path

import pytest
from aioice import ice

from roomdeck.core.config import IceConfig
from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec
from roomdeck.core.webrtc import guard
from roomdeck.core.webrtc.connection import Connection, ConnectionState

from .peers import Owner, Peer, eventually, linked, member, vp8

DESCRIPTORS = Path("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")


async def test_twenty_cycles_leave_no_task_and_no_socket() -> None:
    await _cycle()  # what is made once per process
    await asyncio.sleep(0)
    tasks, descriptors = len(asyncio.all_tasks()), len(os.listdir(DESCRIPTORS))
    for _ in range(20):
        await _cycle()
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    await eventually(lambda: len(os.listdir(DESCRIPTORS)) <= descriptors)


async def _cycle() -> None:
    async with linked("video") as (_, owner, peer):
        await peer.source(0).send(vp8(0, key=True))
        await eventually(lambda: owner.frames)


async def test_a_closed_connection_is_forgotten() -> None:
    async def used() -> weakref.ref[Connection]:
        async with linked("video") as (connection, owner, peer):
            await peer.source(0).send(vp8(0, key=True))
            await eventually(lambda: owner.frames)
            return weakref.ref(connection)

    connection = await used()

    def forgotten() -> bool:
        gc.collect()
        return connection() is None

    await eventually(forgotten)


async def test_close_before_connecting_leaves_nothing() -> None:
    peer = Peer()
    peer.open_channel()
    await peer.pc.setLocalDescription(await peer.pc.createOffer())
    text = peer.pc.localDescription.sdp
    before, tasks = len(os.listdir(DESCRIPTORS)), len(asyncio.all_tasks())
    for _ in range(5):
        connection = Connection(Owner(), ice=IceConfig())
        await connection.accept_offer(text)
        assert len(os.listdir(DESCRIPTORS)) > before
        await connection.close()
    await eventually(lambda: len(os.listdir(DESCRIPTORS)) <= before)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)
    await peer.pc.close()


async def test_close_while_an_offer_is_answered() -> None:
    peer = Peer()
    peer.open_channel()
    await peer.pc.setLocalDescription(await peer.pc.createOffer())
    before = len(os.listdir(DESCRIPTORS))
    connection = Connection(Owner(), ice=IceConfig())
    accepting = asyncio.ensure_future(connection.accept_offer(peer.pc.localDescription.sdp))
    await asyncio.sleep(0)
    await connection.close()
    await asyncio.wait([accepting])
    assert isinstance(accepting.exception(), MediaError)
    await eventually(lambda: len(os.listdir(DESCRIPTORS)) <= before)
    await peer.pc.close()


async def test_close_delivers_what_waited_for_lost_packets() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        source.packet(vp8(1))  # lost
        await source.send(vp8(2, key=True))
        await eventually(lambda: connection.media.stats()[source.mid].received == 2)
        assert len(owner.frames[source.mid]) == 1
        await connection.close()
        assert [frame.hole for frame in owner.frames[source.mid]] == [False, True]
        assert owner.states[-1] == (ConnectionState.CLOSED, "closed by us")


async def test_last_message_is_sent_before_closing() -> None:
    async with linked() as (connection, owner, peer):
        await eventually(lambda: owner.channels)
        assert connection.send('{"bye":true}')
        await connection.close()
        await eventually(lambda: peer.messages == ['{"bye":true}'])


async def test_close_without_draining() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        source.packet(vp8(1))
        await source.send(vp8(2, key=True))
        await eventually(lambda: connection.media.stats()[source.mid].received == 2)
        await asyncio.gather(connection.close(drain=False), connection.close())
        assert len(owner.frames[source.mid]) == 1


async def test_offers_after_the_end_are_refused() -> None:
    async with linked("video") as (connection, _, peer):
        await connection.close()
        with pytest.raises(MediaError, match="closed"):
            await connection.accept_offer(peer.pc.localDescription.sdp)
        await connection.add_candidates(["candidate:1 1 udp 1 192.0.2.9 9 typ host"])


async def test_malformed_offer_leaves_the_connection_as_it_was() -> None:
    async with linked("video") as (connection, owner, peer):
        for text in (
            "",
            "v=0\r\nm=video",
            peer.pc.localDescription.sdp.replace("ufrag:", "ufrag:x"),
        ):
            with pytest.raises(MediaError):
                await connection.accept_offer(text)
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        assert connection.state is ConnectionState.CONNECTED


async def test_hundred_candidates_and_no_more() -> None:
    async with linked("video") as (connection, _, _peer):
        many = [f"candidate:1 1 udp 1 192.0.2.9 {port} typ host" for port in range(1, 400)]
        for start in range(0, 400, 50):
            await connection.add_candidates(many[start : start + 50])
        transport = member(connection, "_transport")
        assert len(transport.ice.getRemoteCandidates()) <= 101


async def test_loopback_is_used_where_there_is_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return []

    monkeypatch.setattr(guard, "_gather_addresses", none)
    async with linked("video") as (connection, owner, peer):
        local = member(connection, "_transport").local_candidates
        assert [candidate.ip for candidate in local] == ["127.0.0.1"]
        await peer.source(0).send(vp8(0, key=True))
        await eventually(lambda: owner.frames)


async def test_no_address_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return []

    peer = Peer()
    peer.open_channel()
    await peer.pc.setLocalDescription(await peer.pc.createOffer())
    connection = Connection(Owner(), ice=IceConfig(), codec=Codec.VP8)
    monkeypatch.setattr(ice, "get_host_addresses", none)
    with pytest.raises(MediaError, match="no network address"):
        await connection.accept_offer(peer.pc.localDescription.sdp)
    assert connection.state is ConnectionState.FAILED
    await connection.close()
    await peer.pc.close()


@pytest.mark.parametrize(
    ("granted", "level"), [(guard.RECEIVE_BUFFER, "INFO"), (212_992, "WARNING")]
)
async def test_granted_receive_buffer_is_said_once(
    granted: int, level: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def answer(opened: socket.socket) -> int:
        asked.append(opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))
        return granted

    monkeypatch.setattr(guard, "granted", answer)
    monkeypatch.setattr(guard, "_reported", set[int]())
    caplog.set_level("INFO", guard.__name__)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        unasked = plain.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    async with linked("video"):
        assert asked
        assert min(asked) >= unasked
    records = [record for record in caplog.records if record.name == guard.__name__]
    assert [record.levelname for record in records] == [level]
    assert f"{granted >> 10} KiB" in records[0].getMessage()
