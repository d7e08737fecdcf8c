"""Encrypted packets onto a socket that ICE opened, and nothing in between."""

# aiortc has no public names for its SRTP session and the socket of the chosen candidates.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
import socket
from typing import Any

from aiortc.rtcdtlstransport import RTCDtlsTransport
from pylibsrtp import Session

_SEND_BUFFER = 1 << 20


class Wire:
    """One connected transport, for the one thread that sends."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        """``transport`` is through ICE and DTLS."""
        self._session: Session = transport._tx_srtp
        pair = transport.transport._connection._nominated[1]
        asyncio_socket: Any = pair.protocol.transport.get_extra_info("socket")
        self._address = pair.remote_addr
        self._socket = socket.socket(fileno=os.dup(asyncio_socket.fileno()))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._transport_sequence = 0
        self.refused = 0
        """Packets that the system did not take."""

    def next_transport_sequence(self) -> int:
        """Count one packet of this connection, 16 bits."""
        self._transport_sequence = self._transport_sequence + 1 & 0xFFFF
        return self._transport_sequence

    def send_rtp(self, packet: bytes) -> None:
        """Encrypt and send."""
        self._send(self._session.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send."""
        self._send(self._session.protect_rtcp(packet))

    def close(self) -> None:
        """Let go of the socket; aiortc closes its own."""
        self._socket.close()

    def _send(self, datagram: bytes) -> None:
        try:
            self._socket.sendto(datagram, self._address)
        except OSError:
            self.refused += 1
