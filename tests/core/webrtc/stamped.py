"""Waiting until the system says when datagrams came."""

from __future__ import annotations

import socket
import time
from collections.abc import Generator
from contextlib import contextmanager

from roomdeck.core.webrtc.batch import Batch, prepare

_LATE = 0.05


@contextmanager
def stamping() -> Generator[None]:
    """Have the system keep the times of datagrams while this lasts.

    It begins a moment after the first socket asked for it, and ends with the last one; what comes
    before has the time at which it is read.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        prepare(receiver)
        batch = Batch()
        for _ in range(100):
            sent = time.monotonic()
            receiver.sendto(b"early", receiver.getsockname())
            time.sleep(_LATE)
            ((_, arrival),) = batch.receive(receiver.fileno())
            if arrival < sent + _LATE / 2:
                break
        else:
            raise AssertionError("the system keeps no times of datagrams")
        yield
