"""A publisher on a real connection that sends nothing, and one that is gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest
from aioice import ice
from aiortc import RTCSessionDescription

from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import Codec, EndReason
from roomdeck.core.worker.connections import peer
from roomdeck.core.worker.connections.peer import Peer
from roomdeck.core.worker.files.writer import Writer

from ...webrtc import peers
from ...webrtc.peers import member, vp8
from ..fakes import FakeDecoder, Told
from ..serving import offer, session_settings

ABSENT = 1.0


class Guest:
    """A publisher of pictures and the peer that records it."""

    def __init__(self, folder: Path) -> None:
        self.told = Told()
        self.publisher = peers.Peer()
        self.settings = msgspec.structs.replace(session_settings(folder), codec=Codec.VP8)
        self.writer = Writer()

    async def show(self) -> None:
        """Connect, and send a picture until it is recorded."""
        pc = self.publisher.pc
        pc.addTransceiver("video", "sendonly")
        await pc.setLocalDescription(await pc.createOffer())
        offered = offer(sdp=pc.localDescription.sdp)
        self.peer = Peer(offered, self.settings, self.writer, FakeDecoder(), self.told)
        await self.peer.offer(offered)
        self.publisher.answer = (await self.told.wait(worker_messages.Answer)).sdp
        await pc.setRemoteDescription(RTCSessionDescription(self.publisher.answer, "answer"))
        await self.told.wait(worker_messages.Connected)
        await peers.eventually(lambda: self.publisher.dtls.state == "connected")
        source = self.publisher.source(0)
        async with asyncio.timeout(peers.PATIENCE):
            while not self.told.all(worker_messages.TakeStart):
                await source.send(vp8(0, key=True))
                await asyncio.sleep(0.05)

    async def wait(self, seconds: float) -> None:
        """Let the worker look after it for so long."""
        for _ in range(round(10 * seconds)):
            await asyncio.sleep(0.1)
            self.peer.every_second(time.monotonic())

    def die(self) -> None:
        """Be gone without a word."""
        for protocol in member(self.publisher.ice_connection, "_protocols"):
            protocol.transport.close()

    async def close(self) -> None:
        await self.peer.close(EndReason.SHUTDOWN)
        await self.publisher.pc.close()
        self.writer.close()


@pytest.fixture
async def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Guest, None]:
    monkeypatch.setattr(peer, "VANISHED_AFTER", ABSENT)
    monkeypatch.setattr(ice, "CONSENT_INTERVAL", 0.2)
    guest = Guest(tmp_path)
    try:
        await guest.show()
        yield guest
    finally:
        await guest.close()


async def test_a_picture_that_stands_still_is_one_take_until_its_publisher_is_gone(
    guest: Guest,
) -> None:
    await guest.wait(3 * ABSENT)
    (status,) = guest.peer.streams.status()
    assert (status.media_age or 0) > 2 * ABSENT
    assert guest.told.all(worker_messages.TakeEnd) == []
    guest.die()
    await guest.wait(1.5 * ABSENT)
    end = await guest.told.wait(worker_messages.TakeEnd)
    assert end.take.reason is EndReason.VANISHED
    assert len(guest.told.all(worker_messages.TakeStart)) == 1
