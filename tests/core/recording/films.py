"""Files with any times in them, as a recorder with a fault would leave them, and their sidecars.

Frames go to the muxer directly: roomdeck's own way to a file does not let such times through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import msgspec

from roomdeck.core.model import (
    AudioSummary,
    ClockPoint,
    Codec,
    EncodedFrame,
    EndReason,
    Kind,
    PacketCounts,
    TakeSummary,
    VideoSummary,
)
from roomdeck.core.recording.sidecar import SessionInfo, merge
from roomdeck.core.recording.templates import template

from .media import SECONDS, START, WALL

FORMATS = {".ts": "mpegts", ".mkv": "matroska", ".mp4": "mp4"}
NAMES = {
    Codec.H264: "h264",
    Codec.H265: "hevc",
    Codec.VP8: "vp8",
    Codec.VP9: "vp9",
    Codec.AV1: "av1",
}
SESSION = SessionInfo(room="lab", server="wss://h.example", started=WALL, version="1")


class Stored(NamedTuple):
    """A frame and its times in a file, in seconds."""

    frame: EncodedFrame
    time: float
    decode: float | None = None
    """Not given: the same."""


def timed(frames: Iterable[EncodedFrame], late: float = 0.0) -> list[Stored]:
    """Frames at the time of their capture, or so much later."""
    return [Stored(frame, frame.arrival - START + late) for frame in frames]


def looped(frames: Sequence[EncodedFrame], seconds: float) -> list[EncodedFrame]:
    """Three seconds of frames again and again, up to a length."""
    rate = frames[0].codec.clock_rate
    found = [
        msgspec.structs.replace(
            frame,
            arrival=frame.arrival + turn * SECONDS,
            rtp_time=frame.rtp_time + turn * SECONDS * rate,
        )
        for turn in range(int(seconds / SECONDS) + 1)
        for frame in frames
    ]
    return [frame for frame in found if frame.arrival < START + seconds - 0.001]


def spread(frames: Sequence[EncodedFrame], times: Iterable[float]) -> list[EncodedFrame]:
    """Frames, again and again, captured at these times."""
    found: list[EncodedFrame] = []
    for number, time in enumerate(times):
        frame = frames[number % len(frames)]
        ticks = round(time * frame.codec.clock_rate)
        found.append(msgspec.structs.replace(frame, arrival=START + time, rtp_time=ticks))
    return found


def save(
    path: Path,
    pictures: Sequence[Stored] = (),
    sounds: Sequence[Stored] = (),
    *,
    header: tuple[int, int] = (64, 48),
    codecs: Iterable[Codec] = (),
) -> Path:
    """Write a file; its name says of which kind.

    Args:
        path: Of the file.
        pictures: In order of decoding.
        sounds: In the order of the file.
        header: What the container says of the size.
        codecs: Of tracks that are declared and have no frames.
    """
    container: Any
    first = pictures[0].time if pictures else 0.0
    with av.open(str(path), "w", format=FORMATS[path.suffix]) as container:
        tracks: dict[Codec, Any] = {}
        for codec in (*(track[0].frame.codec for track in (pictures, sounds) if track), *codecs):
            tracks[codec] = _track(container, codec, header)
        # Decode times only have to increase: where presentation times do not, they are behind.
        for stored in sorted([*pictures, *sounds], key=lambda one: _order(one, first)):
            container.mux_one(_packet(stored, tracks[stored.frame.codec]))
    return path


def _order(stored: Stored, first: float) -> float:
    return max(first, stored.time if stored.decode is None else stored.decode)


def _track(container: Any, codec: Codec, header: tuple[int, int]) -> Any:
    if codec is Codec.OPUS:
        stream = container.add_stream_from_template(template(codec).stream)
    else:
        stream = container.add_mux_stream(NAMES[codec], width=header[0], height=header[1])
    stream.time_base = Fraction(1, codec.clock_rate)
    return stream


def _packet(stored: Stored, stream: Any) -> Any:
    packet: Any = av.Packet(stored.frame.data)
    rate = stored.frame.codec.clock_rate
    decode = stored.time if stored.decode is None else stored.decode
    packet.stream, packet.time_base = stream, Fraction(1, rate)
    packet.pts, packet.dts = round(stored.time * rate), round(decode * rate)
    packet.duration = rate // 50 if stored.frame.codec.kind is Kind.AUDIO else rate // 25
    packet.is_keyframe = stored.frame.key
    return packet


def take(
    path: Path,
    pictures: Sequence[Stored] = (),
    sounds: Sequence[Stored] = (),
    *,
    reports: bool = True,
    **changes: Any,
) -> TakeSummary:
    """What a recorder says of a file when nothing was lost."""
    tracks = {Kind.VIDEO: pictures, Kind.AUDIO: sounds}
    there = {kind: track for kind, track in tracks.items() if track}
    summary = TakeSummary(
        stream="alice",
        raw_id="alice0ff1ce",
        file=str(path),
        started=WALL,
        offset=0.0,
        bytes=path.stat().st_size if path.exists() else 0,
        seconds=max(stored.time for track in there.values() for stored in track),
        video=VideoSummary(pictures[0].frame.codec, 64, 48, len(pictures)) if pictures else None,
        audio=AudioSummary(sounds[0].frame.codec, len(sounds)) if sounds else None,
        packets={k: PacketCounts(len(t), len(t)) for k, t in there.items()},
        aligned_by="sender-reports" if reports else "arrival",
        clocks={kind: clock(track, reports) for kind, track in there.items()},
        reason=EndReason.BYE,
    )
    return msgspec.structs.replace(summary, **changes)


def clock(track: Sequence[Stored], reports: bool) -> list[ClockPoint]:
    """A point in 30 s, as a recorder keeps them."""
    points: list[ClockPoint] = []
    due = 0.0
    for frame, time, _ in track:
        if frame.arrival >= due:
            due = frame.arrival + 30
            at = frame.arrival - START + WALL
            points.append(ClockPoint(at, frame.rtp_time, time, at if reports else None))
    return points


def write_sidecar(folder: Path, *takes: TakeSummary) -> Path:
    path = folder / "lab_20231114-221320.json"
    merge(path, SESSION, takes)
    return path
