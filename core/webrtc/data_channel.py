"""The data channel ``sendChannel`` that a publisher opens (protocol.md §5.1)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiortc import InvalidStateError, RTCDataChannel, RTCSctpCapabilities

from .agent import TOO_MUCH_DATA
from .answer import MAX_MESSAGE
from .association import Association
from .description import Section
from .transport import MediaTransport

log = logging.getLogger(__name__)

LABEL = "sendChannel"


class MessageChannel:
    """Text messages of at most 256 KiB over the one channel that matters."""

    def __init__(
        self,
        transport: MediaTransport,
        section: Section,
        on_open: Callable[[], None],
        on_message: Callable[[str], None],
    ) -> None:
        """Prepare an association with the ports of the offer's application section."""
        self._section = section
        self._on_open = on_open
        self._on_message = on_message
        self._channel: RTCDataChannel | None = None
        self._sctp = Association(
            transport.dtls, section.sctp_port, lambda: transport.excess(TOO_MUCH_DATA)
        )
        self._sctp.on("datachannel", self._offered)

    async def start(self) -> None:
        """Begin the association; DTLS must be connected."""
        capabilities = RTCSctpCapabilities(self._section.max_message_size or MAX_MESSAGE)
        await self._sctp.start(capabilities, self._section.sctp_port)

    def _offered(self, channel: RTCDataChannel) -> None:
        """Others carry files or media in pieces: refused."""
        if channel.label != LABEL or self._is_open():
            log.info("refused the data channel %.40r", channel.label)
            channel.close()
            return
        self._channel = channel
        channel.on("message", self._received)
        self._on_open()

    def _received(self, message: str | bytes) -> None:
        if isinstance(message, str) and len(message.encode()) <= MAX_MESSAGE:
            self._on_message(message)
        else:
            log.debug("ignored a data channel message of %d", len(message))

    def send(self, text: str) -> bool:
        """Queue a message; false where the channel is not open, or nobody takes what is sent."""
        if self._channel is None or not self._is_open() or self._sctp.congested:
            return False
        try:
            self._channel.send(text)
        except (InvalidStateError, ValueError, ConnectionError):
            return False
        return True

    def _is_open(self) -> bool:
        return self._channel is not None and self._channel.readyState == "open"

    async def close(self) -> None:
        """End the association; what was queued before is still sent."""
        # By a task of aiortc's, which has to begin before.
        await asyncio.sleep(0)
        await self._sctp.stop()
