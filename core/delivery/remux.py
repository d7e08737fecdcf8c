"""A take in another container, every packet as it is: complete, and with all in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError

from ..errors import RecordingError
from ..model import Container, TakeSummary
from ..recording import mend
from ..recording.container import TakeFile, extension, refusal
from ..recording.mend_process import contents_of, formats_of
from ..recording.naming import is_held
from ..recording.reading import open_media

_MUXERS = {Container.TS: "mpegts", Container.MKV: "matroska", Container.MP4: "mp4"}


def container_of(take: TakeSummary | None, wanted: Container) -> Container:
    """Return what a take is put into: what is wanted, or Matroska where that cannot hold it."""
    if take is None:
        return Container.MKV
    video, audio = formats_of(take)
    return Container(extension(video and video.codec, audio, wanted))


def refused(take: TakeSummary | None, wanted: Container) -> str:
    """Return why a take is in another container than is wanted, in words; empty where it is not."""
    if take is None:
        word = f".{wanted} is made of what roomdeck recorded alone: copied into .mkv"
        return "" if wanted is Container.MKV else word
    video, audio = formats_of(take)
    return refusal(video and video.codec, audio, wanted, "copied")


def remux(source: Path, take: TakeSummary | None, path: Path, container: Container) -> None:
    """Copy a master into a file.

    Args:
        source: The master.
        take: What its recorder said of it; ``None``: nothing.
        path: Where to; what is there is overwritten.
        container: Of the kind that `container_of` gives.

    Raises:
        RecordingError: The one cannot be read, is being written, or the other cannot be written.
        OSError: The same.
    """
    _see_that_it_can_be_read(source)
    if is_held(source.resolve()):
        raise RecordingError(f"{source.name} is being written")
    if take is None:
        _copy(source, path, container)
        return
    file = TakeFile(path, path.open("wb", buffering=0), *formats_of(take), container)
    mend.copy(source, contents_of(take), [], file)
    file.close()


def _see_that_it_can_be_read(source: Path) -> None:
    """Tell what is wrong with the one from what is wrong with the other."""
    try:
        open_media(source).close()
    except (FFmpegError, OSError) as error:
        why = error.strerror or error
        raise RecordingError(f"{source.name} cannot be read: {why}") from error


def _copy(source: Path, path: Path, container: Container) -> None:
    """Copy what somebody else recorded."""
    there: Any
    here: Any
    try:
        with (
            open_media(source) as there,
            av.open(str(path), "w", format=_MUXERS[container]) as here,
        ):
            found = [*there.streams.video[:1], *there.streams.audio[:1]]
            streams = {one.index: here.add_stream_from_template(one) for one in found}
            for packet in there.demux(found):
                if packet.size:
                    packet.stream = streams[packet.stream_index]
                    here.mux_one(packet)
    except FFmpegError as error:
        raise RecordingError(f"cannot copy {source.name}: {error.strerror or error}") from error
