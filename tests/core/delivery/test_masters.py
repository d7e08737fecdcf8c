"""Times in masters, of each container."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.masters import file_seconds, file_zero
from roomdeck.core.model import Codec, Container, EncodedFrame, Kind, TakeSummary
from roomdeck.core.recording.container import TakeFile, VideoFormat

from ..recording.films import looped, save, timed
from ..recording.media import audio, video
from ..recording.test_decode_order import movie

SUFFIXES = pytest.mark.parametrize("suffix", ["ts", "mkv", "mp4"])
PICTURE, SOUND = 0.25, 0.2637
"""Seconds in the file at which the tracks begin."""


def record(path: Path, pictures: Iterable[tuple[float, EncodedFrame]], sound: float) -> TakeSummary:
    """A file as a take writes it, and what it says of it."""
    frames = list(pictures)
    begin = frames[0][0]
    container = Container(path.suffix[1:])
    with path.open("xb", buffering=0) as file:
        take = TakeFile(path, file, VideoFormat(Codec.H264, 96, 64), Codec.OPUS, container)
        for number, (time, frame) in enumerate(frames):
            take.write(frame, round(time * 90000))
            take.write(audio()[number], round((sound + number / 50) * 48000))
        take.close()
    return TakeSummary(
        stream="a",
        raw_id="a",
        file=str(path),
        started=0.0,
        offset=0.0,
        starts={Kind.VIDEO: begin, Kind.AUDIO: sound},
    )


def times(path: Path, zero: Fraction) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"video": [], "audio": []}
    container: Any
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None:
                found[packet.stream.type].append(file_seconds(packet.pts, packet.time_base, zero))
    return found


@SUFFIXES
@pytest.mark.parametrize("begin", [0.0, PICTURE])
@pytest.mark.parametrize("b_frames", [False, True])
def test_times_are_those_that_were_written(
    suffix: str, begin: float, b_frames: bool, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    frames = movie(Codec.H264, 3).frames[:60] if b_frames else video(Codec.H264)[:60]
    first = frames[0].rtp_time
    written = [(begin + (frame.rtp_time - first) / 90000, frame) for frame in frames]
    take = record(path, written, SOUND)
    found = times(path, file_zero(path, take))
    tolerance = 0.00051 if suffix == "mkv" else 0.00002
    assert found["video"] == pytest.approx([time for time, _ in written], abs=tolerance)
    sounds = [SOUND + number / 50 for number in range(60)]
    assert found["audio"] == pytest.approx(sounds, abs=tolerance)


def test_a_transport_stream_whose_begin_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    take = record(path, [(n / 25, frame) for n, frame in enumerate(video(Codec.H264))], 0.0136)
    data = path.read_bytes()
    # The tables of a stream come again and again: what is left can be read.
    path.write_bytes(data[len(data) // 2 // 188 * 188 :])
    assert file_zero(path, take) == 0


@SUFFIXES
def test_without_a_take_the_first_thing_is_at_zero(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    pictures = timed(looped(video(Codec.H264), 1.0), late=2.5)
    save(path, pictures, timed(looped(audio(), 1.0), late=2.45))
    assert min(min(track) for track in times(path, file_zero(path, None)).values()) == 0.0


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        file_zero(tmp_path / "a.ts", None)


def test_a_transport_stream_of_sound_alone(tmp_path: Path) -> None:
    path = save(tmp_path / "a.ts", sounds=timed(audio(), late=1.25))
    take = TakeSummary(
        stream="a", raw_id="a", file="a.ts", started=0.0, offset=0.0, starts={Kind.AUDIO: 1.25}
    )
    assert file_zero(path, take) == 0
