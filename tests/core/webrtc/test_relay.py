"""Servers that help to find a way: a relay for all packets, and none that holds us up."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Generator

import msgspec
import pytest
from aioice import ice, stun

from roomdeck.core.config import IceConfig, TurnServer
from roomdeck.core.model import Codec
from roomdeck.core.webrtc import agent, guard
from roomdeck.core.webrtc.connection import Connection, ConnectionState
from roomdeck.core.webrtc.sockets import MediaLoop

from .peers import PATIENCE, Owner, Peer, eventually, opened, vp8
from .relay import HOST, Relay, relay

HOSTS = [HOST, HOST]
"""As a machine with two interfaces has them."""


@pytest.fixture(
    params=[
        asyncio.new_event_loop,
        pytest.param(
            MediaLoop,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="the fast path is Linux's"),
        ),
    ],
    ids=["plain", "fast"],
)
def runner(request: pytest.FixtureRequest) -> Generator[asyncio.Runner, None, None]:
    """The loop of either path."""
    with asyncio.Runner(loop_factory=request.param) as made:
        yield made


@contextlib.asynccontextmanager
async def helped(
    config: IceConfig, hosts: list[str]
) -> AsyncGenerator[tuple[Connection, Owner, Peer, list[str]], None]:
    """A publisher, and a recorder that has these addresses; its candidates' types are told."""
    owner, peer = Owner(), Peer()
    connection = Connection(owner, ice=config, codec=Codec.VP8)

    def found(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return hosts

    def be_elsewhere(offer: str) -> str:
        patch.setattr(ice, "get_host_addresses", found)
        return offer

    with pytest.MonkeyPatch.context() as patch:
        # The relay is on loopback, where somebody elsewhere would have no business.
        patch.setattr(agent, "is_reachable", lambda _host, _ours: True)  # pyright: ignore
        try:
            peer.open_channel()
            peer.pc.addTransceiver("video", "sendonly")
            async with asyncio.timeout(PATIENCE):
                answer = await peer.offer(connection, be_elsewhere)
            await peer.connected(owner)
            types = [one["candidate"].split(" typ ")[1].split()[0] for one in answer.candidates]
            yield connection, owner, peer, types
        finally:
            await connection.close()
            await peer.pc.close()


def wait_for_servers(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Have aioice wait for servers so long instead of 5 s."""
    monkeypatch.setattr(ice.Connection.get_component_candidates, "__defaults__", (seconds,))


def turn(server: Relay) -> IceConfig:
    return IceConfig(turn=TurnServer(f"turn:{HOST}:{server.port}", "user", "secret"))


def unfinished(name: str) -> int:
    """Count the tasks of this name."""
    return sum(name in repr(task) for task in asyncio.all_tasks())


def stun_at(server: Relay) -> IceConfig:
    return IceConfig(stun=f"stun:{HOST}:{server.port}")


def test_relayed_media_and_messages_arrive(runner: asyncio.Runner) -> None:
    async def scenario() -> None:
        async with (
            relay() as server,
            helped(turn(server), []) as (connection, owner, peer, types),
        ):
            assert types == ["relay"]
            await opened(owner, peer)
            assert connection.send("hello")
            await eventually(lambda: peer.messages == ["hello"])
            source, before = peer.source(0), server.forwarded
            for number in range(100):
                await source.send(vp8(number, key=not number))
            await eventually(lambda: len(owner.frames.get(source.mid, ())) == 100)
            assert server.forwarded >= before + 100
            assert connection.media.stats()[source.mid].lost == 0

    runner.run(scenario())


def test_a_relay_that_is_gone_does_not_keep_a_connection_open(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "FAREWELL", 0.05)

    async def scenario() -> None:
        async with relay() as server, helped(turn(server), []) as (connection, owner, _, _):
            server.answers = 0
            await connection.close()
            assert stun.Method.REFRESH in server.asked
            await eventually(lambda: not unfinished("RTCIceTransport._monitor"))
            # It asks for some time yet, and gives its socket back then.
            assert unfinished("TurnTransport._close") == 1
            assert owner.states[-1][0] is ConnectionState.CLOSED

    runner.run(scenario())


def test_addresses_without_a_way_to_the_server_hold_nobody_up(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_servers(monkeypatch, 10 * PATIENCE)

    async def scenario() -> None:
        async with relay() as server:
            server.answers = 1
            async with helped(stun_at(server), HOSTS) as (_, _, _, types):
                assert types == ["host", "host", "srflx"]

    runner.run(scenario())


def test_servers_that_do_not_answer_are_done_without(
    runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_servers(monkeypatch, 0.05)

    async def scenario() -> None:
        async with relay() as server:
            server.answers = 0
            config = msgspec.structs.replace(stun_at(server), turn=turn(server).turn)
            async with helped(config, HOSTS) as (_, _, _, types):
                assert types == ["host", "host"]
                assert set(server.asked) == {stun.Method.BINDING, stun.Method.ALLOCATE}

    runner.run(scenario())
