"""A publisher's list of what it sent: one JSON object per encoded frame and line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import TracebackType
from typing import IO

import msgspec

from ..errors import UNDECODABLE, UsageError
from ..model import Codec, EncodedFrame, Kind
from ..rtp.bitstream import canonical


class SentFrame(msgspec.Struct, frozen=True, omit_defaults=True):
    """One encoded frame as it was sent."""

    kind: Kind
    codec: Codec
    rtp: int
    """RTP timestamp, unwrapped."""
    key: bool
    size: int
    """Bytes of `canonical` form."""
    sha256: str
    """Hexadecimal, over the canonical form (``rtp.bitstream.canonical``)."""
    width: int = 0
    height: int = 0


def sent_frame(frame: EncodedFrame) -> SentFrame:
    """Describe a frame that is being sent."""
    data = canonical(frame.codec, frame.data)
    return SentFrame(
        kind=frame.codec.kind,
        codec=frame.codec,
        rtp=frame.rtp_time,
        key=frame.key,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=frame.width,
        height=frame.height,
    )


class SentLog:
    """Writes the list; every line reaches the file at once."""

    def __init__(self, path: Path) -> None:
        """Create or empty ``path``; `UsageError` where that cannot be done."""
        try:
            self._file: IO[bytes] = path.open("wb", buffering=0)
        except OSError as error:
            raise UsageError(f"cannot write the sent log {path}: {error.strerror}") from error

    def write(self, frame: EncodedFrame) -> None:
        """Add a line for a frame that is being sent."""
        self._file.write(msgspec.json.encode(sent_frame(frame)) + b"\n")

    def close(self) -> None:
        """Close the file; writing afterwards is an error."""
        self._file.close()

    def __enter__(self) -> SentLog:
        """Use as a context manager; closes at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def read_sent_log(path: Path) -> list[SentFrame]:
    """Read a whole list; `UsageError` names the line that is damaged.

    A last line without its end is what a killed publisher leaves: it is left out.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the sent log {path}: {error.strerror}") from error
    frames: list[SentFrame] = []
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            frames.append(msgspec.json.decode(line, type=SentFrame))
        except UNDECODABLE as error:
            raise UsageError(f"{path}, line {number}: not a line of a sent log: {error}") from error
    return frames
