"""WAV of 48 kHz and 24 bit with a broadcast extension (EBU Tech 3285), RF64 above 4 GB."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import av
from av.audio.frame import AudioFrame

from ..timecode import day_samples
from ..window import SAMPLE_RATE

_DESCRIPTION = 256
"""Bytes of ASCII (EBU Tech 3285, 2.3)."""


class Origin(NamedTuple):
    """What a WAV says of itself."""

    wall: float
    """Unix time of its first sample."""
    utc_offset: float
    """Seconds that local time is ahead of UTC, then."""
    stream: str
    label: str


def write_wav(path: Path, frames: Iterable[AudioFrame], origin: Origin) -> None:
    """Write sound to a file, which is complete when this returns.

    Args:
        path: Of a file that may be there already.
        frames: At 48 kHz, one at least.
        origin: When and by whom.

    Raises:
        FFmpegError: It cannot be written.
        OSError: The same.
    """
    options = {"write_bext": "1", "rf64": "auto"}
    container: Any
    with av.open(str(path), "w", format="wav", options=options) as container:
        container.metadata.update(_metadata(origin))
        stream: Any = None
        for frame in frames:
            if stream is None:
                stream = container.add_stream("pcm_s24le", rate=SAMPLE_RATE)
                stream.layout = frame.layout.name
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))


def _metadata(origin: Origin) -> dict[str, str]:
    local = datetime.fromtimestamp(origin.wall, UTC) + timedelta(seconds=origin.utc_offset)
    name = f"{origin.stream} ({origin.label})" if origin.label else origin.stream
    return {
        "title": origin.label or origin.stream,
        "description": _ascii(name)[:_DESCRIPTION],
        "originator": "roomdeck",
        "origination_date": local.strftime("%Y-%m-%d"),
        "origination_time": local.strftime("%H:%M:%S"),
        "time_reference": str(day_samples(origin.wall, origin.utc_offset, SAMPLE_RATE)),
    }


def _ascii(text: str) -> str:
    """Letters without their accents, and question marks for what is none."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return kept.encode("ascii", "replace").decode()
