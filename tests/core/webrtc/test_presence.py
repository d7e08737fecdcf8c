"""Whether somebody is still there."""

from __future__ import annotations

import asyncio
import time

import pytest

from roomdeck.core.webrtc import presence
from roomdeck.core.webrtc.presence import gives_sign

from .peers import eventually, linked, member, vp8


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "INTERVAL", 0.02)
    monkeypatch.setattr(presence, "LEAST", 0.1)
    monkeypatch.setattr(presence, "SILENCE", 0.3)


class Somebody:
    """Answers the check with this number, and no other."""

    def __init__(self, heard: float, answers: int) -> None:
        self.heard_at = heard
        self.asked = 0
        self._answers = answers

    async def check(self) -> None:
        self.asked += 1
        if self.asked == self._answers:
            self.heard_at = time.monotonic()
        await asyncio.Event().wait()


@pytest.mark.parametrize("answers", [1, 2, 3])
async def test_an_answer_is_a_sign_of_life_even_if_others_were_lost(answers: int) -> None:
    somebody = Somebody(time.monotonic() - 100, answers)
    assert await gives_sign(lambda: somebody.heard_at, somebody.check)
    assert somebody.asked == answers
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


async def test_who_was_heard_a_moment_ago_has_longer_to_answer() -> None:
    lately, long_ago = Somebody(time.monotonic(), 8), Somebody(time.monotonic() - 100, 8)
    assert await gives_sign(lambda: lately.heard_at, lately.check)
    assert not await gives_sign(lambda: long_ago.heard_at, long_ago.check)


async def test_what_came_while_we_hung_counts() -> None:
    heard = 0.0

    def read() -> None:
        nonlocal heard
        heard = arrived

    async def hang() -> None:
        nonlocal arrived
        arrived = time.monotonic()
        asyncio.get_running_loop().call_later(0.01, read)
        time.sleep(0.5)  # noqa: ASYNC251 - the loop is busy

    arrived = 0.0
    assert await gives_sign(lambda: heard, hang)


async def test_a_peer_that_sends_nothing_is_there_until_it_is_gone() -> None:
    async with linked("video") as (connection, owner, peer):
        assert await connection.is_there()
        assert owner.frames == {}
        for protocol in member(peer.ice_connection, "_protocols"):
            protocol.transport.close()
        assert not await connection.is_there()
        assert connection.heard_at is not None


async def test_media_is_a_sign_of_life() -> None:
    async with linked("video") as (connection, owner, peer):
        before = connection.heard_at or 0.0
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: owner.frames)
        assert connection.heard_at == connection.media.last_packet_at(source.mid)
        assert (connection.heard_at or 0.0) > before


async def test_who_is_closed_is_not_there() -> None:
    async with linked("video") as (connection, _, _peer):
        await connection.close()
        assert not await connection.is_there()
