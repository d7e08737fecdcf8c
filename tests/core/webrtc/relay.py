"""A TURN server (RFC 8656) that asks nobody for a password, and a STUN server (RFC 8489)."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import AsyncGenerator
from typing import Any

from aioice import stun

HOST = "127.0.0.1"


class Relay(asyncio.DatagramProtocol):
    """Serves one client with one allocation."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport
        self.relayed: asyncio.DatagramTransport | None = None
        self.channels: dict[tuple[str, int], int] = {}
        self.client: tuple[str, int] = ("", 0)
        self.forwarded = 0
        self.asked: list[stun.Method] = []
        self.answers = sys.maxsize
        """Requests that are still answered."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        return self.transport.get_extra_info("sockname")[1]

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[0] & 0xC0 == 0x40:
            self._from_channel(data)
            return
        request = stun.parse_message(data)
        self.asked.append(request.message_method)
        if self.answers:
            self.answers -= 1
            task = asyncio.create_task(self._serve(request, addr))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _from_channel(self, data: bytes) -> None:
        number, size = struct.unpack_from("!HH", data)
        (peer,) = (peer for peer, channel in self.channels.items() if channel == number)
        assert self.relayed
        self.relayed.sendto(data[4 : 4 + size], peer)

    def from_peer(self, data: bytes, addr: tuple[str, int]) -> None:
        """Those that no channel is bound to are not let in."""
        if addr in self.channels:
            self.forwarded += 1
            header = struct.pack("!HH", self.channels[addr], len(data))
            self.transport.sendto(header + data, self.client)

    async def _serve(self, request: stun.Message, addr: tuple[str, int]) -> None:
        answer = stun.Message(
            request.message_method, stun.Class.RESPONSE, transaction_id=request.transaction_id
        )
        answer.attributes["LIFETIME"] = request.attributes.get("LIFETIME", 600)
        answer.attributes["XOR-MAPPED-ADDRESS"] = addr
        if request.message_method is stun.Method.ALLOCATE:
            self.client = addr
            answer.attributes["XOR-RELAYED-ADDRESS"] = await self._allocate()
        elif request.message_method is stun.Method.CHANNEL_BIND:
            number = request.attributes["CHANNEL-NUMBER"]
            self.channels[request.attributes["XOR-PEER-ADDRESS"]] = number
        self.transport.sendto(bytes(answer), addr)

    async def _allocate(self) -> tuple[str, int]:
        relayed, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Relayed(self), local_addr=(HOST, 0), reuse_port=False
        )
        self.relayed = relayed
        return relayed.get_extra_info("sockname")

    def close(self) -> None:
        self.transport.close()
        if self.relayed:
            self.relayed.close()


class _Relayed(asyncio.DatagramProtocol):
    """The address that a client has at the relay."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._relay.from_peer(data, addr)


@contextlib.asynccontextmanager
async def relay() -> AsyncGenerator[Relay, None]:
    """Run one on loopback; its sockets are asyncio's own in every loop."""
    _, server = await asyncio.get_running_loop().create_datagram_endpoint(
        Relay, local_addr=(HOST, 0), reuse_port=False
    )
    try:
        yield server
    finally:
        server.close()
