"""Publishers whose packets are as large as on a jumbo network, or larger than any."""

from __future__ import annotations

import time
from typing import Any

import pylibsrtp
import pytest

from roomdeck.core.model import EncodedFrame, Kind
from roomdeck.core.publishing.packetize import packetize
from roomdeck.core.publishing.sender import FrameSender


def send_large_packets(monkeypatch: pytest.MonkeyPatch, mtu: int, stuffing: int = 0) -> None:
    """Have publishers of this process cut pictures into payloads of up to so many bytes.

    Args:
        monkeypatch: Of the test.
        mtu: Bytes of a payload.
        stuffing: Bytes that are appended to each.
    """
    usual: Any = vars(FrameSender)["_packets"]
    begin = pylibsrtp.Session.__init__

    def packets(self: Any, writer: Any, frame: EncodedFrame) -> Any:
        if frame.codec.kind is not Kind.VIDEO:
            return usual(self, writer, frame)
        payloads = packetize(frame.codec, frame.data, mtu=mtu, state=self._packetizer)
        payloads = [payload + bytes(stuffing) for payload in payloads]
        return writer.video(payloads, frame.rtp_time, time.monotonic())

    def with_large_buffer(self: Any, *arguments: Any, **options: Any) -> None:
        begin(self, *arguments, **options)
        ffi: Any = vars(pylibsrtp)["ffi"]
        self._cdata = ffi.new("char[]", 1 << 16)
        self._buffer = ffi.buffer(self._cdata)

    monkeypatch.setattr(pylibsrtp.Session, "__init__", with_large_buffer)
    monkeypatch.setattr(FrameSender, "_packets", packets)
