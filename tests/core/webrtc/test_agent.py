"""What aioice keeps of a peer, without a network."""

from __future__ import annotations

from typing import Any

import pytest
from aioice import Candidate, stun

from roomdeck.core.webrtc import agent
from roomdeck.core.webrtc.agent import Agent
from roomdeck.core.webrtc.guard import GuardedProtocol

from .peers import member

MEDIA, DTLS = b"\x80" * 1200, b"\x16" * 100


@pytest.fixture
def excesses() -> list[str]:
    return []


@pytest.fixture
async def ours(excesses: list[str], monkeypatch: pytest.MonkeyPatch) -> Agent:
    """An agent that checks nothing itself."""

    def no_check(_pair: Any) -> None:
        """There is no network."""

    made = Agent(ice_controlling=False)
    made.on_excess = excesses.append
    monkeypatch.setattr(made, "check_start_task", no_check)
    return made


async def test_addresses_are_learnt_only_so_far(ours: Agent, excesses: list[str]) -> None:
    """aioice keeps all of them, sorts its list at each, and looks through it at each check."""
    protocol = GuardedProtocol(ours)
    protocol.local_candidate = Candidate("1", 1, "udp", 1, "192.0.2.1", 1, "host")
    await ours.add_remote_candidate(Candidate("1", 1, "udp", 1, "192.0.2.7", 5000, "host"))
    check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes={"PRIORITY": 1})
    for port in range(1024, 9024):
        ours.check_incoming(check, ("192.0.2.7", port), protocol)
    assert len(ours.remote_candidates) == 1 + agent.MAX_LEARNED
    assert len(member(ours, "_check_list")) <= agent.MAX_LEARNED + 1
    assert excesses == [agent.TOO_MANY_ADDRESSES]
    # One that is signalled later is no stranger.
    await ours.add_remote_candidate(Candidate("2", 1, "udp", 1, "192.0.2.7", 9000, "host"))
    assert ours.knows(("192.0.2.7", 9000))


async def test_what_comes_before_the_keys_is_queued_only_so_far(
    ours: Agent, excesses: list[str]
) -> None:
    queue = member(ours, "_queue")
    for _ in range(20_000):
        ours.data_received(MEDIA, 1)
    assert queue.qsize() == agent.MAX_QUEUED_MEDIA
    ours.data_received(DTLS, 1)
    assert queue.qsize() == agent.MAX_QUEUED_MEDIA + 1, "the handshake goes on"
    for _ in range(20_000):
        ours.data_received(DTLS, 1)
    assert queue.qsize() == agent.MAX_QUEUED
    assert excesses == [agent.TOO_EARLY]


@pytest.mark.parametrize("first", [0, 3, 19, 64, 127, 192, 255])
async def test_what_is_neither_dtls_nor_media_is_not_queued(ours: Agent, first: int) -> None:
    ours.data_received(bytes((first,)) + bytes(30), 1)
    assert member(ours, "_queue").qsize() == 0


async def test_roles_do_not_change_for_ever(ours: Agent) -> None:
    """A peer that answers every check with a conflict (487) had aioice check again each time."""
    for number in range(agent.MAX_SWITCHES):
        ours.switch_role(ice_controlling=not number % 2)
    with pytest.raises(ConnectionError):
        ours.switch_role(ice_controlling=True)


async def test_nobody_has_us_send_to_this_machine_itself(ours: Agent) -> None:
    for host in ("127.0.0.1", "::1", "169.254.169.254", "192.0.2.7"):
        await ours.add_remote_candidate(Candidate("1", 1, "udp", 1, host, 22, "host"))
    assert [candidate.host for candidate in ours.remote_candidates] == ["192.0.2.7"]
