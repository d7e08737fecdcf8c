"""The gate before aioice, without a network."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any

import pytest
from aioice import Candidate, stun

from roomdeck.core.model import LONGEST_PACKET
from roomdeck.core.webrtc import agent, guard
from roomdeck.core.webrtc.agent import Agent
from roomdeck.core.webrtc.guard import GuardedProtocol
from tests.core.webrtc.stamped import stamping

PEER = ("192.0.2.7", 5000)


class Entry:
    """A protocol of a connection with one remote candidate, and what got through."""

    def __init__(self) -> None:
        self.passed: list[bytes] = []
        self.something_passed = asyncio.Event()
        self.connection = Agent(ice_controlling=False)
        self.excesses: list[str] = []
        self.connection.on_excess = self.excesses.append
        self.connection.data_received = self._take  # type: ignore[method-assign]
        self.protocol = GuardedProtocol(self.connection)
        self.protocol.connection_made(asyncio.DatagramTransport())
        self.protocol.local_candidate = Candidate("1", 1, "udp", 1, "192.0.2.1", 1, "host")

    def _take(self, data: bytes, component: int) -> None:
        self.passed.append(data)
        self.something_passed.set()

    async def know_peer(self) -> None:
        await self.connection.add_remote_candidate(Candidate("1", 1, "udp", 1, *PEER, "host"))


@pytest.fixture
async def entry() -> Entry:
    made = Entry()
    await made.know_peer()
    return made


@pytest.mark.parametrize("size", [12, 13, 1200, 1500, 1501, 9000, 9216, LONGEST_PACKET])
async def test_sizes_of_real_packets_pass(entry: Entry, size: int) -> None:
    entry.protocol.datagram_received(b"\x80" * size, PEER)
    assert len(entry.passed) == 1


@pytest.mark.parametrize("size", [0, 1, 11, LONGEST_PACKET + 1, 65000])
async def test_other_sizes_do_not(entry: Entry, size: int) -> None:
    entry.protocol.datagram_received(b"\x80" * size, PEER)
    assert entry.passed == []


@pytest.mark.parametrize("first", [b"\x00", b"\x16", b"\x7f", b"\xc0", b"\xff"])
async def test_only_media_may_be_large(entry: Entry, first: bytes) -> None:
    entry.protocol.datagram_received(first * 1501, PEER)
    entry.protocol.datagram_received(first * 9000, PEER)
    assert entry.passed == []


async def test_media_that_is_too_long_is_counted_where_it_is_of_the_peer(entry: Entry) -> None:
    counted: list[bytes] = []
    guard.too_long[entry.connection] = counted.append
    long = b"\x80" * (LONGEST_PACKET + 1)
    entry.protocol.datagram_received(long, ("192.0.2.8", 5000))
    entry.protocol.datagram_received(b"\x16" * (LONGEST_PACKET + 1), PEER)
    assert counted == []
    entry.protocol.datagram_received(long, PEER)
    assert counted == [long]
    assert entry.passed == []


async def test_only_candidates_of_the_peer_may_send_data(entry: Entry) -> None:
    for address in (("192.0.2.7", 5001), ("192.0.2.8", 5000), ("::1", 5000, 0, 0)):
        entry.protocol.datagram_received(b"\x16" * 20, address)
    assert entry.passed == []
    late = Candidate("2", 1, "udp", 1, "192.0.2.8", 5000, "host")
    await entry.connection.add_remote_candidate(late)
    entry.protocol.datagram_received(b"\x16" * 20, ("192.0.2.8", 5000))
    assert entry.passed == [b"\x16" * 20]


async def test_failures_inside_aioice_do_not_get_out(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(GuardedProtocol.__base__, "datagram_received", fail)
    entry.protocol.datagram_received(bytes(20), ("203.0.113.1", 1))


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not stamp datagrams")
async def test_arrival_is_when_the_system_took_a_datagram_however_late_we_are(entry: Entry) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: entry.protocol, local_addr=("127.0.0.1", 0)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        ours = Candidate("1", 1, "udp", 1, "127.0.0.1", 1, "host")
        getattr(entry.connection, "_local_candidates").append(ours)  # noqa: B009  private
        known = Candidate("2", 1, "udp", 1, "127.0.0.1", peer.getsockname()[1], "host")
        await entry.connection.add_remote_candidate(known)
        with stamping():
            sent = time.monotonic()
            peer.sendto(b"\x80" * 20, transport.get_extra_info("sockname"))
            time.sleep(0.3)  # noqa: ASYNC251 - the loop is busy
            await asyncio.wait_for(entry.something_passed.wait(), 30)
    transport.close()
    (datagram,) = entry.passed
    assert isinstance(datagram, guard.Datagram)
    assert abs(datagram.arrival - sent) < 0.2


async def test_round_trip_of_checks_is_kept(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_: Any) -> tuple[Any, Any]:
        await asyncio.sleep(0.02)
        return None, PEER

    monkeypatch.setattr(GuardedProtocol.__base__, "request", answer)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    await entry.protocol.request(message, PEER)
    assert entry.connection not in guard.last_checks
    await entry.protocol.request(message, PEER, b"key")
    check = guard.last_checks[entry.connection]
    assert 0.015 < check.round_trip < 5
    assert abs(time.monotonic() - check.arrived) < 5


async def test_a_consent_check_has_longer_than_one_try_for_its_answer(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Any] = []

    async def answer(_self: Any, _request: Any, _addr: Any, _key: Any, times: Any) -> Any:
        tries.append(times)

    monkeypatch.setattr(GuardedProtocol.__base__, "request", answer)
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    for asked in (0, None, 7):
        await entry.protocol.request(message, PEER, b"key", asked)
    assert tries == [2, None, 7]


@pytest.mark.parametrize(
    ("found", "expected"),
    [(["192.0.2.1"], ["192.0.2.1"]), ([], ["127.0.0.1"])],
)
def test_loopback_only_where_there_is_nothing_else(
    found: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return found

    monkeypatch.setattr(guard, "_gather_addresses", gather)
    assert guard.host_addresses(True, True) == expected
    if not found:
        assert guard.host_addresses(False, True) == []


def request(number: int = 0) -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, number.to_bytes(12, "big"))
    return bytes(message)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Who asked aioice something."""
    who: list[tuple[str, int]] = []

    def take(_self: Any, _data: bytes, addr: tuple[str, int]) -> None:
        who.append(addr)

    monkeypatch.setattr(GuardedProtocol.__base__, "datagram_received", take)
    return who


async def test_checks_of_strangers_are_bounded_and_cost_the_peer_nothing(
    entry: Entry, asked: list[tuple[str, int]]
) -> None:
    for number in range(5000):
        entry.protocol.datagram_received(request(), ("203.0.113.1", 1024 + number))
    strangers = len(asked)
    assert agent.CHECKS[1] <= strangers < agent.CHECKS[1] + 200
    entry.protocol.datagram_received(request(), PEER)
    assert asked[strangers:] == [PEER]
    assert entry.excesses == [agent.STRANGERS]


async def test_checks_of_the_peer_are_bounded(entry: Entry, asked: list[tuple[str, int]]) -> None:
    for _ in range(5000):
        entry.protocol.datagram_received(request(), PEER)
    assert agent.CHECKS[1] <= len(asked) < agent.CHECKS[1] + 200
    assert entry.excesses == [agent.TOO_MANY_CHECKS]


async def test_answers_that_nobody_waits_for_are_dropped(
    entry: Entry, asked: list[tuple[str, int]]
) -> None:
    waited: Any = None
    entry.protocol.transactions[(7).to_bytes(12, "big")] = waited
    for number in range(100):
        for kind in (stun.Class.RESPONSE, stun.Class.ERROR):
            answer = stun.Message(stun.Method.BINDING, kind, number.to_bytes(12, "big"))
            entry.protocol.datagram_received(bytes(answer), PEER)
    assert asked == [PEER, PEER]


async def test_dtls_of_the_peer_is_bounded_and_media_is_not(entry: Entry) -> None:
    for _ in range(5000):
        entry.protocol.datagram_received(b"\x17" * 40, PEER)
    assert agent.SECURED[1] <= len(entry.passed) < agent.SECURED[1] + 800
    assert entry.excesses == [agent.TOO_MUCH_DATA]
    entry.passed.clear()
    for _ in range(5000):
        entry.protocol.datagram_received(b"\x80" * 40, PEER)
    assert len(entry.passed) == 5000
