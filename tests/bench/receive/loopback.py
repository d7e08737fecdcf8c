"""Sockets to be filled and emptied within one process."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Generator, Iterator, Sequence

from roomdeck.core.webrtc.batch import BATCH, prepare


class Pair:
    """Two sockets on loopback."""

    def __init__(self) -> None:
        self._inlet, self._outlet = (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)
        )
        self._outlet.bind(("127.0.0.1", 0))
        prepare(self._outlet)
        self._inlet.connect(self._outlet.getsockname())

    def fill(self, packets: Sequence[bytes]) -> Iterator[int]:
        """Send as many as are received at once, and return where, until all are sent."""
        for first in range(0, len(packets), BATCH):
            for packet in packets[first : first + BATCH]:
                self._inlet.send(packet)
            yield self._outlet.fileno()

    def close(self) -> None:
        """Give both back."""
        self._inlet.close()
        self._outlet.close()


@contextlib.contextmanager
def pairs(count: int) -> Generator[list[Pair]]:
    """Open so many while inside."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(contextlib.closing(Pair())) for _ in range(count)]
