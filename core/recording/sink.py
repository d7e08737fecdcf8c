"""Where a muxer writes to: a file that takes much at once."""

from __future__ import annotations

import contextlib
import io
from typing import BinaryIO

WRITE_SIZE = 1 << 20
"""Bytes that are kept at most before they are written anyway."""


class Sink:
    """Keeps what a muxer wrote until `flush`, and an error instead of raising it.

    One large write costs less than half of many small ones. An error raised through the
    muxer comes out of it late and changed, and again at the close; one that is kept can be
    reported once. The file then ends where it last was whole: no frame in it is torn.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Write to a file opened without a buffer, at its start."""
        self._file = file
        self._position = 0
        self._kept: list[bytes] = []
        self._kept_bytes = 0
        self._whole = 0
        """Bytes of the file when it last was whole."""
        self.size = 0
        """Bytes that reached the file."""
        self.error: OSError | None = None

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Return where the next byte goes."""
        return self._position + self._kept_bytes

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go somewhere else."""
        self._write_kept()
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = start + offset
        if self.error is None:
            try:
                self._file.seek(self._position)
            except OSError as error:
                self._fail(error)
        return self._position

    def write(self, data: bytes) -> int:
        """Keep some bytes; nothing is refused."""
        self._kept.append(data)
        self._kept_bytes += len(data)
        if self._kept_bytes > WRITE_SIZE:
            self._write_kept()
        return len(data)

    def flush(self) -> None:
        """Write what is kept, unless writing failed before; it ends with a whole frame."""
        self._write_kept()
        if self.error is None:
            self._whole = self.size

    def _write_kept(self) -> None:
        if not self._kept:
            return
        rest = memoryview(b"".join(self._kept))
        self._kept.clear()
        self._kept_bytes = 0
        try:
            while rest and self.error is None:
                done = self._file.write(rest)
                rest = rest[done:]
                self._position += done
                self.size = max(self.size, self._position)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        """Keep the first error, and cut off what was begun and cannot be completed."""
        self.error = error
        with contextlib.suppress(OSError):
            self._file.truncate(self._whole)
            self.size = self._whole

    def close(self) -> None:
        """Write what is kept and close the file."""
        self.flush()
        try:
            self._file.close()
        except OSError as error:
            self.error = self.error or error
