"""The floor: receive, decrypt, append to a file, and nothing else.

aiortc makes the connection; then all sockets are read together as often as roomdeck does. No
reordering, no feedback, no container: what no recorder in Python can be cheaper than.
"""

# aiortc has no public names for its SRTP session and the socket of the chosen candidates.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import importlib
import socket
from pathlib import Path
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, rtcdtlstransport
from aiortc.rtcdtlstransport import RTCDtlsTransport

from roomdeck.core.webrtc.ticker import CALM

from .answering import answering, output_folder, say, told_to_stop

_RECEIVE_BUFFER = 1 << 21
_SRTP: Any = importlib.import_module("pylibsrtp._binding")
_RTP = range(128, 192)
"""First byte of RTP and RTCP (RFC 7983)."""
_RTCP = range(192, 224)
"""Second byte of RTCP (RFC 5761)."""


class Intake:
    """One connection's socket and file."""

    def __init__(self, transport: RTCDtlsTransport, path: Path) -> None:
        protocol = transport.transport._connection._nominated[1].protocol
        self.packets = 0
        self._take = protocol.datagram_received
        session: Any = transport._rx_srtp
        self._session = session._srtp[0]
        self._file = path.open("ab", buffering=1 << 16)
        endpoint: Any = protocol.transport.get_extra_info("socket")
        # asyncio only lets go of a socket by closing it, and there is no public way around.
        loop: Any = asyncio.get_running_loop()
        loop._remove_reader(endpoint.fileno())
        self._socket = endpoint._sock
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._buffer = bytearray(2048)
        self._view = memoryview(self._buffer)
        self._pointer = _SRTP.ffi.from_buffer(self._buffer)
        self._length = _SRTP.ffi.new("int *")

    def drain(self) -> None:
        """Take everything that waits."""
        while True:
            try:
                size, sender = self._socket.recvfrom_into(self._buffer)
            except BlockingIOError:
                return
            if self._buffer[0] in _RTP:
                self._decrypt(size)
            else:
                self._take(bytes(self._view[:size]), sender)

    def _decrypt(self, size: int) -> None:
        if self._buffer[1] in _RTCP:
            return
        self._length[0] = size
        if not _SRTP.lib.srtp_unprotect(self._session, self._pointer, self._length):
            self.packets += 1
            self._file.write(self._view[: self._length[0]])

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Floor:
    """All connections."""

    def __init__(self, folder: Path) -> None:
        self.intakes: dict[str, Intake] = {}
        self.packets = 0
        """Of the streams that ended."""
        self._folder = folder
        self._connections: list[RTCPeerConnection] = []

    async def answer(self, name: str, sdp: str) -> str:
        """Take a stream."""
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connections.append(connection)
        connection.on("connectionstatechange", lambda: self._on_state(connection, name))
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    def tick(self) -> None:
        """Drain all sockets, and again at the next tick."""
        asyncio.get_running_loop().call_later(CALM, self.tick)
        for intake in self.intakes.values():
            intake.drain()

    def _on_state(self, connection: RTCPeerConnection, name: str) -> None:
        if connection.connectionState == "connected":
            transport = connection.getReceivers()[0].transport
            self.intakes[name] = Intake(transport, self._folder / f"{name}.rtp")
        elif connection.connectionState == "closed":
            self.end(name)

    def end(self, name: str) -> None:
        """Close the file of a stream."""
        intake = self.intakes.pop(name)
        intake.close()
        self.packets += intake.packets


async def main() -> None:
    """Record until told to stop."""
    floor = Floor(output_folder())
    # The cheapest, which roomdeck gets, too.
    rtcdtlstransport.SRTP_PROFILES[:] = [rtcdtlstransport.SRTP_AEAD_AES_256_GCM]
    async with answering(floor.answer):
        floor.tick()
        await told_to_stop()
    for name in tuple(floor.intakes):
        floor.end(name)
    say("ended", packets=floor.packets)


if __name__ == "__main__":
    asyncio.run(main())
