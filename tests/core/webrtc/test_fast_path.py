"""The fast path: its own sockets and decryption, and all that connections promise on it."""

from __future__ import annotations

import asyncio
import inspect
import random
import socket
import sys
import time
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

import pylibsrtp
import pytest
from aioice import stun

from roomdeck.core.errors import IncompatibleError
from roomdeck.core.model import ReceivePath
from roomdeck.core.webrtc import batch, compat
from roomdeck.core.webrtc import sockets as sockets_module
from roomdeck.core.webrtc.agent import TOO_MUCH_WORK, Agent
from roomdeck.core.webrtc.batch import BATCH
from roomdeck.core.webrtc.connection import Connection
from roomdeck.core.webrtc.guard import GuardedProtocol, granted
from roomdeck.core.webrtc.path import VARIABLE, event_loop, fast_sockets, receive_path
from roomdeck.core.webrtc.sockets import AT_ONCE, MediaLoop, MediaSocket, Sockets
from roomdeck.core.webrtc.ticker import CALM, HURRY, TICK

from . import test_connection, test_hostile, test_lifecycle, test_refused
from .peers import Peer, eventually, linked, member, vp8

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the fast path is Linux's")

Scenario = Callable[[], Coroutine[Any, Any, None]]


def run(scenario: Scenario) -> None:
    """Run it in the loop of a worker."""
    with asyncio.Runner(loop_factory=MediaLoop) as runner:
        runner.run(scenario())


def scenarios(*modules: ModuleType) -> list[Any]:
    """All tests of these modules that need nothing."""
    return [
        pytest.param(test, id=name)
        for module in modules
        for name, test in inspect.getmembers(module, inspect.iscoroutinefunction)
        if name.startswith("test_") and not inspect.signature(test).parameters
    ]


@pytest.mark.parametrize(
    "scenario", scenarios(test_connection, test_hostile, test_lifecycle, test_refused)
)
def test_on_the_fast_path_too(scenario: Scenario) -> None:
    run(scenario)


def sockets() -> Sockets:
    """Those of the running loop."""
    found = fast_sockets()
    assert found is not None
    return found


def opened(connection: Connection) -> list[MediaSocket]:
    """The sockets of a connection."""
    ours = member(member(connection, "_transport"), "_gatherer").connection
    return [one for one in member(sockets(), "_open").values() if one.connection is ours]


def nominated(peer: Peer, connection: Connection) -> MediaSocket:
    """The socket that a publisher sends to."""
    pair = member(peer.ice_connection, "_nominated")[1]
    (found,) = (
        one
        for one in opened(connection)
        if one.get_extra_info("sockname")[1] == pair.remote_addr[1]
    )
    return found


# ── media ────────────────────────────────────────────────────────────────────────────────


def test_media_goes_past_asyncio_and_aiortc(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[tuple[Any, int]] = []
    receive = GuardedProtocol.datagram_received

    def watched(self: GuardedProtocol, data: bytes, addr: tuple[Any, ...]) -> None:
        passed.append((self.receiver, data[0]))
        receive(self, data, addr)

    async def scenario() -> None:
        async with linked("video") as (connection, owner, peer):
            source, ours = peer.source(0), opened(connection)[0].connection
            await eventually(lambda: ours and sockets().tap_of(ours))
            passed.clear()
            await source.send(vp8(0, key=True))
            await source.send(vp8(1))
            await eventually(lambda: owner.frames)
            assert [first for receiver, first in passed if receiver is ours and first >= 128] == []
            assert connection.media.stats()[source.mid].received == 2

    monkeypatch.setattr(GuardedProtocol, "datagram_received", watched)
    run(scenario)


def test_a_burst_of_hundreds_of_packets_is_complete() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, owner, peer):
            if granted(member(nominated(peer, connection), "_socket")) < 1 << 20:
                pytest.skip("this system grants small receive buffers only")
            source = peer.source(0)
            frame = vp8(0, key=True) + random.Random(1).randbytes(400 * 1100)
            parts = [frame[at : at + 1100] for at in range(1, len(frame), 1100)]
            for number, part in enumerate(parts):
                # Nobody else runs meanwhile: all of them are in the buffer at once.
                source.timestamp -= 3000
                await source.send((b"\x00" if number else b"\x10") + part)
            await source.send(vp8(1))
            await eventually(lambda: owner.frames)
            (first,) = owner.frames[source.mid][:1]
            assert first.data == frame[1:]
            stats = connection.media.stats()[source.mid]
            assert (stats.lost, stats.recovered, connection.drops) == (0, 0, 0)

    run(scenario)


def test_what_waits_when_a_connection_ends_is_taken_first() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, owner, peer):
            if granted(member(nominated(peer, connection), "_socket")) < 1 << 20:
                pytest.skip("this system grants small receive buffers only")
            source = peer.source(0)
            await source.send(vp8(0, key=True))
            await eventually(lambda: owner.frames)
            more = AT_ONCE * BATCH + 100
            for number in range(more):
                # Nobody else runs meanwhile, as where this process stood still.
                await source.send(vp8(number + 1))
            await connection.close()
            assert len(owner.frames[source.mid]) == more + 1
            assert connection.drops == 0

    run(scenario)


def test_what_the_system_drops_is_counted() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, owner, peer):
            source, one = peer.source(0), nominated(peer, connection)
            await source.send(vp8(0, key=True))
            await eventually(lambda: owner.frames)
            member(one, "_socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            before = connection.media.stats()[source.mid].received
            for number in range(100):
                await source.send(vp8(number + 1))
            await eventually(lambda: connection.media.stats()[source.mid].received > before)
            # The count comes with the packets behind the dropped ones.
            await source.send(vp8(101))
            await eventually(lambda: connection.drops)
            assert 50 < connection.drops < 100

    run(scenario)


def test_forged_packets_cost_nothing() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, owner, peer):
            source, one = peer.source(0), nominated(peer, connection)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for size in (0, 1, 11, 12, 200, 1500, 1600, 4000):
                    for first in (b"\x80\x60", b"\x90\xe0", b"\x80\xc8"):
                        data = (first + bytes(size))[:size]
                        stranger.sendto(data, one.get_extra_info("sockname"))
            await source.send(vp8(0, key=True))
            await source.send(vp8(1))
            await eventually(lambda: owner.frames)
            stats = connection.media.stats()[source.mid]
            assert (stats.received, stats.malformed, len(owner.states)) == (2, 0, 1)
            assert connection.unrouted > 0

    run(scenario)


def test_round_trips_do_not_count_what_we_wait_before_we_look() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, _, peer):
            one = nominated(peer, connection)
            protocol = member(one, "_protocol")
            host = one.get_extra_info("sockname")[0]
            request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
            request.attributes["USERNAME"] = "x"
            answer = stun.Message(
                stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id
            )
            answer.add_message_integrity(b"key")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind((host, 0))
                asking = asyncio.create_task(protocol.request(request, other.getsockname(), b"key"))
                await asyncio.sleep(0)
                other.sendto(bytes(answer), one.get_extra_info("sockname"))
                time.sleep(0.3)  # noqa: ASYNC251 - nobody reads the socket
                await asking
            assert connection.round_trip is not None
            assert connection.round_trip < 0.2

    run(scenario)


# ── sockets ──────────────────────────────────────────────────────────────────────────────


class Heard(asyncio.DatagramProtocol):
    """Remembers what came."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.senders: list[Any] = []
        self.lost = asyncio.Event()
        self.meanwhile: Callable[[], object] = object

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        self.meanwhile()
        self.data.append(data)
        self.senders.append(addr)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()


async def listen(host: str = "127.0.0.1") -> tuple[MediaSocket, Heard]:
    """A socket as aioice makes them."""
    loop = asyncio.get_running_loop()
    made, protocol = await loop.create_datagram_endpoint(Heard, local_addr=(host, 0))
    assert isinstance(made, MediaSocket)
    return made, protocol


def test_small_buffers_are_read_more_often() -> None:
    async def scenario() -> None:
        one, _ = await listen()
        setattr(sockets(), "_taps", {one.connection})  # noqa: B010  its keys are known
        for room, pause in ((1000.0, CALM), (177.0, 0.04)):
            one.room = room
            member(sockets(), "_settle")()
            assert member(sockets(), "_drain")(0.0) == pause

    run(scenario)


def test_a_buffer_that_fills_quickly_is_emptied_sooner() -> None:
    async def scenario() -> None:
        filled, _ = await listen()
        quiet, _ = await listen()
        drain: Callable[[float], float] = member(sockets(), "_drain")
        drain(99.9)
        assert drain(100.0) == TICK  # nobody has its keys yet
        much = round(0.27 * granted(member(filled, "_socket")) / 1200)
        for _ in range(much):
            quiet.sendto(bytes(1000), filled.get_extra_info("sockname"))
        assert HURRY < drain(100.02) < TICK
        for _ in range(much):
            quiet.sendto(bytes(1000), filled.get_extra_info("sockname"))
        assert drain(100.021) == HURRY
        assert drain(100.03) == TICK
        for _ in range(AT_ONCE * BATCH + 1):
            quiet.sendto(b"", filled.get_extra_info("sockname"))
        assert drain(100.05) == HURRY  # there is more

    run(scenario)


def test_large_packets_fill_a_buffer_with_fewer() -> None:
    async def scenario() -> None:
        filled, _ = await listen()
        quiet, _ = await listen()
        drain: Callable[[float], float] = member(sockets(), "_drain")
        drain(99.9)
        size = granted(member(filled, "_socket"))
        for _ in range(round(0.27 * size / 9000)):
            quiet.sendto(bytes(9000), filled.get_extra_info("sockname"))
        assert HURRY < drain(99.92) < TICK

    run(scenario)


def test_one_that_floods_does_not_starve_the_others() -> None:
    async def scenario() -> None:
        flooded, heard = await listen()
        quiet, other = await listen()
        for number in range(AT_ONCE * BATCH + 50):
            quiet.sendto(b"%d" % number, flooded.get_extra_info("sockname"))
        flooded.sendto(b"me too", quiet.get_extra_info("sockname"))
        before: list[int] = []
        other.meanwhile = lambda: before.append(len(heard.data))
        await eventually(lambda: other.data)
        assert before[0] <= AT_ONCE * BATCH
        await eventually(lambda: len(heard.data) == AT_ONCE * BATCH + 50)
        assert heard.data == [b"%d" % number for number in range(AT_ONCE * BATCH + 50)]
        flooded.close()
        quiet.close()

    run(scenario)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_who_sent_it(host: str) -> None:
    async def scenario() -> None:
        try:
            (one, heard), (two, _) = await listen(host), await listen(host)
        except OSError:
            pytest.skip(f"no {host} here")
        two.sendto(b"hello", one.get_extra_info("sockname"))
        await eventually(lambda: heard.data)
        assert heard.senders == [(host, two.get_extra_info("sockname")[1])]
        one.close()
        two.close()

    run(scenario)


def test_a_closed_socket_tells_its_protocol_and_is_quiet() -> None:
    async def scenario() -> None:
        one, heard = await listen()
        one.close()
        one.close()
        assert one.is_closing()
        assert one.get_extra_info("sockname") is None
        one.sendto(b"late", ("127.0.0.1", 9))
        async with asyncio.timeout(30):
            await heard.lost.wait()

    run(scenario)


def test_what_one_receives_may_close_another(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        (one, first), (two, second) = await listen(), await listen()
        first.meanwhile, second.meanwhile = two.close, one.close
        for sender, receiver in ((one, two), (two, one)):
            sender.sendto(b"close the other", receiver.get_extra_info("sockname"))
        await eventually(lambda: first.lost.is_set() or second.lost.is_set())
        assert len(first.data) + len(second.data) == 1
        one.close()
        two.close()

    run(scenario)
    assert caplog.records == []


def test_other_endpoints_are_the_loops_own() -> None:
    async def scenario() -> None:
        one, heard = await listen()
        loop = asyncio.get_running_loop()
        address = one.get_extra_info("sockname")
        plain, _ = await loop.create_datagram_endpoint(Heard, remote_addr=address)
        assert not isinstance(plain, MediaSocket)
        plain.sendto(b"hello")
        await eventually(lambda: heard.data == [b"hello"])
        plain.close()
        one.close()

    run(scenario)


# ── which path ───────────────────────────────────────────────────────────────────────────


def test_workers_here_take_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert receive_path() == (ReceivePath.FAST, "")
    assert event_loop() is MediaLoop


def test_the_plain_path_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "plain")
    assert receive_path() == (ReceivePath.PLAIN, f"{VARIABLE}=plain")
    assert event_loop() is asyncio.new_event_loop


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_take_the_plain_path(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert receive_path() == (ReceivePath.PLAIN, f"not available on {system}")


def test_a_system_without_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "available", lambda: False)
    assert receive_path() == (ReceivePath.PLAIN, "this system has no recvmmsg, or forbids it")


def test_libraries_that_differ_inside_are_met_on_the_plain_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Session:
        """Keeps its context elsewhere."""

        def __init__(self) -> None:
            self.context = None

        def unprotect_rtcp(self) -> None:
            """As before."""

    monkeypatch.setattr(compat, "_FAST_INSTANCE_ATTRIBUTES", ((Session, "_srtp"),))
    assert receive_path() == (ReceivePath.PLAIN, "Session._srtp is gone")
    compat.selfcheck()
    monkeypatch.delattr(pylibsrtp, "Error")
    with pytest.raises(IncompatibleError):
        compat.selfcheck()


def test_without_the_fast_path_nothing_is_known_of_drops() -> None:
    async def scenario() -> None:
        async with linked("video") as (connection, _, _):
            assert connection.drops == 0

    asyncio.run(scenario())


def test_what_takes_too_much_time_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others in the same worker have the rest of each second."""

    async def scenario() -> None:
        spent = 0.0
        monkeypatch.setattr(sockets_module.time, "thread_time", lambda: spent)
        handled: list[bytes] = []

        class Costly(GuardedProtocol):
            def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
                nonlocal spent
                spent += 0.2
                handled.append(bytes(data, "ascii") if isinstance(data, str) else data)

        ours, excesses = Agent(ice_controlling=False), list[str]()
        ours.on_excess = excesses.append
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Costly(ours), local_addr=("127.0.0.1", 0)
        )
        assert isinstance(transport, MediaSocket)
        member(sockets(), "_poll").unregister(transport.descriptor)  # it is drained by hand
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

            def send(count: int) -> None:
                for _ in range(count):
                    sender.sendto(b"x" * 20, transport.get_extra_info("sockname"))

            send(2)
            transport.drain(100.0)
            assert (len(handled), excesses) == (2, [])
            send(2)
            transport.drain(100.1)
            assert (len(handled), excesses) == (4, [TOO_MUCH_WORK])
            send(1)
            transport.drain(100.9)
            assert len(handled) == 4
            transport.drain(101.1)
            assert len(handled) == 5
        member(sockets(), "_poll").register(transport.descriptor)
        transport.close()

    run(scenario)
