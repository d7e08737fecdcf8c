"""A decoding process that some frames break: run by tests."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time

import msgspec

from roomdeck.core.recording.decoding_process import (
    LENGTH,
    Found,
    Listen,
    Order,
    restrain,
    serve,
)

NO_TEXT = msgspec.msgpack.encode({"error": "text"}).replace(b"text", b"\xff" * 4)


def break_(order: Order) -> Found:
    """Do what the first byte of a frame says."""
    frame = order.frames[0] if isinstance(order, Listen) else order.frame
    match b"c" if "--always" in sys.argv else frame.data[:1]:
        case b"c":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"h":
            time.sleep(60)
        case b"l":
            while True:
                pass
        case b"w":
            signal.sigwait({signal.SIGUSR1})
        case b"m":
            bytearray(1 << 31)
        case b"n":
            os.write(0, bytes(4) + b"nonsense")
        case b"t":
            os.write(0, len(NO_TEXT).to_bytes(LENGTH, "big") + NO_TEXT)
        case _:
            pass
    return Found(cells=bytes([os.getpid() % 256]), took=0.001)


if __name__ == "__main__":
    if "--never-up" in sys.argv:
        sys.exit(1)
    restrain()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    with socket.socket(fileno=0) as link:
        serve(link, break_)
