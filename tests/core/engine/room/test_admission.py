"""Floods of offers: who comes later is recorded all the same."""

from __future__ import annotations

import pytest

from roomdeck.core.engine.room.admission import MAX_CONNECTING, MAX_OF_ONE, OFFERS
from roomdeck.core.ipc import worker_messages
from roomdeck.core.model import EndReason

from .room_lab import RoomLab, notes, opened, told


@pytest.fixture(params=[True, False], ids=["routed", "fanout"])
def lab(request: pytest.FixtureRequest) -> RoomLab:
    lab = RoomLab()
    lab.joined(announces=request.param)
    return lab


def alive(lab: RoomLab) -> int:
    """How many connections a worker holds, as the engine thinks."""
    return sum(not peer.closing for peer in lab.room.peers.values())


def obey(lab: RoomLab) -> None:
    """Close what workers were told to close."""
    for name, peer in list(lab.room.peers.items()):
        if peer.closing:
            lab.closed(name, EndReason.VANISHED)


def flood(lab: RoomLab, count: int, uuid: str = "", *, announced: bool) -> None:
    """Offer stream after stream, a hundred a second, from one address or from ever new ones."""
    for number in range(count):
        lab.now += 0.01
        sender = uuid or f"stranger{number}"
        if announced:
            lab.announce(f"spam{number}", sender)
        lab.offer(f"spam{number}", sender, f"s{number}")
        obey(lab)


@pytest.mark.parametrize("announced", [True, False])
def test_one_address_has_so_many_streams_and_locks_nobody_out(
    lab: RoomLab, announced: bool
) -> None:
    lab.live("alice")
    flood(lab, 520, "stranger", announced=announced)
    assert alive(lab) <= 1 + MAX_OF_ONE
    assert len(lab.room.entries) <= 1 + MAX_OF_ONE
    assert len(opened(lab.asked)) <= 1 + OFFERS[1] + 6 * OFFERS[0]
    assert notes(lab.asked, "warning")
    lab.live("late")
    assert lab.entry("late").peer
    assert lab.entry("alice").peer


@pytest.mark.parametrize("announced", [True, False])
def test_addresses_without_number_lock_nobody_out(lab: RoomLab, announced: bool) -> None:
    lab.live("alice")
    flood(lab, 1200, announced=announced)
    assert alive(lab) <= 1 + MAX_CONNECTING
    assert len(lab.room.entries) <= 500
    lab.live("late")
    assert lab.entry("late").peer
    assert lab.entry("alice").peer


def test_a_flood_takes_the_place_of_its_own_connections(lab: RoomLab) -> None:
    lab.announce("bob")
    lab.offer("bob")
    for number in range(12):
        flood(lab, 20, f"stranger{number}", announced=True)
    assert alive(lab) <= MAX_CONNECTING
    assert not lab.room.peers[lab.entry("bob").peer].closing


def test_sixteen_cameras_of_one_address_are_recorded_and_further_ones_are_told(
    lab: RoomLab,
) -> None:
    for number in range(MAX_OF_ONE + 1):
        lab.announce(f"cam{number}", "studio")
        if opened(lab.offer(f"cam{number}", "studio", f"s{number}")):
            lab.do(lab.room.connections.connected(lab.entry(f"cam{number}").peer, lab.now))
    assert alive(lab) == MAX_OF_ONE
    assert [note.level for note in notes(lab.asked, "warning")] == ["warning"]


def test_who_negotiates_all_the_time_is_passed_over(lab: RoomLab) -> None:
    peer = lab.live()
    before = len(lab.asked)
    for _ in range(500):
        lab.now += 0.01
        lab.offer()
    passed_on = [one for to, one in told(lab.asked[before:]) if to == peer]
    assert all(isinstance(one, worker_messages.Offer) for one in passed_on)
    assert len(passed_on) <= OFFERS[1] + 5 * OFFERS[0]
    assert len(notes(lab.asked[before:], "warning")) == 1
    lab.now += 5
    assert told(lab.offer())


def test_a_limit_is_told_again_while_it_lasts(lab: RoomLab) -> None:
    for _ in range(25):
        flood(lab, 100, "stranger", announced=False)
    assert 2 <= len(notes(lab.asked, "warning")) <= 8
