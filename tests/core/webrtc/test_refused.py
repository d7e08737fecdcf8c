"""Packets of jumbo networks, and what is counted where a packet cannot be taken."""

from __future__ import annotations

import pytest

from roomdeck.core.model import LONGEST_PACKET, TrackStats
from roomdeck.core.webrtc.connection import Connection, ConnectionState

from .peers import Source, eventually, linked, member, vp8

TAG = 16
"""Bytes that SRTP adds at most."""


def stats(connection: Connection, source: Source) -> TrackStats:
    return connection.media.stats()[source.mid]


async def test_packets_of_jumbo_networks_are_received() -> None:
    async with linked("video") as (connection, owner, peer):
        peer.allow_large_packets()
        source = peer.source(0)
        sizes = [1200, 1500, 1600, 4000, 8972, 9216, LONGEST_PACKET - TAG]
        sent = [b""] * len(sizes)
        for number, size in enumerate(sizes):
            head = vp8(number, key=number == 0)
            empty = len(source.packet(head))
            source.sequence -= 1
            sent[number] = head[1:] + bytes([number]) * (size - empty)
            await source.send(head[:1] + sent[number])
        await source.send(vp8(99))
        await eventually(lambda: len(owner.frames.get(source.mid, [])) >= len(sizes))
        assert [frame.data for frame in owner.frames[source.mid]][: len(sizes)] == sent
        assert (stats(connection, source).too_long, stats(connection, source).lost) == (0, 0)


async def test_packets_that_are_too_long_are_counted() -> None:
    async with linked("video", "audio") as (connection, owner, peer):
        peer.allow_large_packets()
        source, sound = peer.source(0), peer.source(1)
        await source.send(vp8(0, key=True))
        await sound.send(b"\xfcopus")
        await eventually(lambda: owner.frames.get(source.mid))
        await source.send(vp8(1) + bytes(LONGEST_PACKET))
        await source.send(vp8(2) + bytes(60_000))
        await eventually(lambda: stats(connection, source).too_long == 2)
        assert stats(connection, sound).too_long == 0
        assert connection.state is ConnectionState.CONNECTED


async def test_a_track_of_which_nothing_can_be_taken_is_known_by_its_payload_type() -> None:
    async with linked("video") as (connection, _, peer):
        peer.allow_large_packets()
        source = peer.source(0)
        source.ssrc ^= 0x5A5A5A5A
        await source.send(vp8(0, key=True) + bytes(20_000))
        await eventually(lambda: stats(connection, source).too_long == 1)
        assert stats(connection, source).received == 0


@pytest.mark.parametrize("padded", [False, True])
async def test_packets_that_cannot_be_decrypted_are_counted(padded: bool) -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await source.send(vp8(1))
        await eventually(lambda: owner.frames.get(source.mid))
        packet = source.packet(vp8(2))
        if padded:
            packet = bytes((packet[0] | 0x20,)) + packet[1:] + b"\x01"
        sealed = member(peer.dtls, "_tx_srtp").protect(packet)
        await peer.ice_connection.sendto(sealed[:-1] + bytes((sealed[-1] ^ 1,)), 1)
        await eventually(lambda: stats(connection, source).undecryptable == 1)
        assert stats(connection, source).received == 2


async def test_packets_that_come_twice_are_no_fault_of_their_keys() -> None:
    async with linked("video") as (connection, owner, peer):
        source = peer.source(0)
        sealed = member(peer.dtls, "_tx_srtp").protect(source.packet(vp8(0, key=True)))
        for _ in range(3):
            await peer.ice_connection.sendto(sealed, 1)
        await source.send(vp8(1))
        await eventually(lambda: owner.frames.get(source.mid))
        found = stats(connection, source)
        assert (found.received, found.undecryptable) == (2, 0)


async def test_packets_of_kinds_that_were_not_agreed_on_are_counted() -> None:
    async with linked("video") as (connection, _, peer):
        source = peer.source(0)
        await source.send(vp8(0, key=True))
        await eventually(lambda: stats(connection, source).received == 1)
        source.payload_type = 35
        await source.send(vp8(1))
        await eventually(lambda: stats(connection, source).unknown == 1)
