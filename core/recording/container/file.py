"""One file being written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from ...errors import DiskFullError, RecordingError
from ...model import Codec, Container, EncodedFrame
from ...rtp.bitstream import reorder_depth
from ...rtp.bitstream.sound import TICKS
from ..decode_order import DecodeTimes
from ..disk import FULL
from ..sink import Sink
from ..syncer import Syncer
from .formats import VideoFormat, area, extension
from .libav import LibavMuxer
from .matroska import put_size
from .mp4 import Mp4Muxer

_REORDERING = frozenset({Codec.H264, Codec.H265})
"""Codecs whose pictures may be shown in another order than they are sent."""


class Muxer(Protocol):
    """Puts frames into a container."""

    def write(self, frame: EncodedFrame, pts: int, dts: int, ticks: int) -> None:
        """Add a frame that is shown at one time, decoded at another, and lasts so long.

        Raises:
            RecordingError: The file cannot be written.
            MediaError: It is no frame of its codec, and is left out.
        """
        ...

    def flush(self) -> None:
        """Put what was added into the sink."""
        ...

    def close(self) -> None:
        """Put the end of the file into the sink.

        Raises:
            RecordingError: There is none to be made.
        """
        ...


class _Track(msgspec.Struct):
    """What is to be known of a track."""

    ticks: Callable[[bytes], int] | None
    """How long a packet of sound lasts; pictures do not say so."""
    order: DecodeTimes
    last: int | None = None
    """Decode time of its last frame, in ticks."""


class TakeFile:
    """One file being written; used by one thread.

    Times are ticks of the codec's RTP clock (`Codec.clock_rate`). Those of sound increase
    strictly; those of pictures, which come in decode order, need not. The file is that of
    `naming.open_take_file`, which this object closes; while it is open the syncer looks after it.

    Raises:
        RecordingError: The muxer refuses these codecs.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        video: VideoFormat | None,
        audio: Codec | None,
        container: Container = Container.AUTO,
        syncer: Syncer | None = None,
    ) -> None:
        self.path = path
        self._sink = Sink(file)
        self._syncer = syncer or Syncer()
        self._tracks = {
            codec: _Track(TICKS.get(codec), DecodeTimes(reorders=codec in _REORDERING))
            for codec in (video and video.codec, audio)
            if codec
        }
        self._kind = extension(video.codec if video else None, audio, container)
        self._size = self._header = (video.width, video.height) if video else (0, 0)
        """Largest size of the picture so far, and the one in the header."""
        try:
            self._muxer = self._open(video, audio)
            self._watched = self._syncer.watch(path, file.fileno())
        except (RecordingError, OSError) as error:
            self._sink.close()
            raise RecordingError(f"cannot begin {path.name}: {error}") from error

    @property
    def bytes(self) -> int:
        """Bytes that reached the file."""
        return self._sink.size

    @property
    def cut(self) -> bool:
        """Whether the disk failed, so that the file ends where it was whole after a `flush`."""
        return self._sink.error is not None

    @property
    def refused(self) -> bool:
        """Whether the disk took nothing at all."""
        return self.cut and self._sink.size == 0

    def write(self, frame: EncodedFrame, pts: int) -> int:
        """Add a frame, of at least one byte; it is on the disk after the next `flush`.

        Video begins with a key frame, before any audio: some containers take the headers
        of the whole file from it.

        Returns:
            How long the frame lasts, in ticks; of a picture that is a guess.

        Raises:
            RecordingError: It cannot be written.
            MediaError: It is no frame of its codec; it is left out, and the next may be written.
        """
        track = self._tracks[frame.codec]
        if track.ticks:
            dts, ticks = pts, track.ticks(frame.data)
        else:
            dts = _decode_time(track.order, frame, pts)
            ticks = _guess(frame, dts, track.last)
        track.last = dts
        if frame.width:
            self._size = max(self._size, (frame.width, frame.height), key=area)
        try:
            self._muxer.write(frame, pts if pts > dts else dts, dts, ticks)
        except RecordingError as error:
            raise RecordingError(f"cannot write {self.path.name}: {error}") from error
        return ticks

    def flush(self) -> None:
        """Write to the disk what was added.

        Raises:
            DiskFullError: No space is left; the file plays up to here.
            RecordingError: It cannot be written for another reason.
        """
        self._muxer.flush()
        self._sink.flush()
        self._watched.grew(self._sink.size)
        self._raise_kept()

    def move(self, path: Path) -> None:
        """Give the file the name of another one, whose place it takes; all of it is on the disk.

        Raises:
            RecordingError: It is not on the disk.
            OSError: It cannot have the name.
        """
        self._watched.sync()
        self._raise_kept()
        self._watched.move(path)
        self.path = path

    def close(self) -> None:
        """Write what the container still wants at its end; raises like `flush`.

        That is not forced to the disk.
        """
        try:
            self._muxer.close()
        except RecordingError as error:
            raise RecordingError(f"cannot finish {self.path.name}: {error}") from error
        finally:
            self._sink.close()
            # What is made of it next would fail for a reason that says less.
            self._watched.check()
            self._syncer.leave(self._watched)
        self._raise_kept()
        if self._size != self._header and self._kind == Container.MKV:
            put_size(self.path, *self._size)

    def _open(self, video: VideoFormat | None, audio: Codec | None) -> Muxer:
        if self._kind == Container.MP4:
            return Mp4Muxer(self._sink, video.codec if video else None, audio)
        return LibavMuxer(self._sink, self._kind, video, audio)

    def _raise_kept(self) -> None:
        error = self._sink.error
        if error is None:
            if self._watched.error is not None:
                raise self._watched.error
            return
        if error.errno in FULL:
            raise DiskFullError(
                f"the disk is full: {self.path.name} ends here and plays up to here; "
                "free some space, and it goes on by itself"
            ) from error
        raise RecordingError(
            f"cannot write {self.path.name}: {error.strerror or error}; it plays up to here"
        ) from error


def _decode_time(order: DecodeTimes, frame: EncodedFrame, pts: int) -> int:
    if frame.key and (depth := reorder_depth(frame.codec, frame.data)) is not None:
        order.deepen(depth)
    return order.next(pts)


def _guess(frame: EncodedFrame, dts: int, last: int | None) -> int:
    """Nobody knows yet when the next picture comes: guess that it is like the last time."""
    return min(dts - last, frame.codec.clock_rate) if last is not None else 3000
