"""WAV with a broadcast extension."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.sound import Origin, write_wav

from .waves import RATE, frames, sine

MORNING = Origin(1_700_000_000.25, 3600.0, "alice", "Älice")
"""2023-11-14, 23:13:20.25 in Berlin."""


def chunks(path: Path) -> dict[bytes, bytes]:
    data = path.read_bytes()
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    found: dict[bytes, bytes] = {}
    at = 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return found


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", [RATE, 4801])
def test_samples_and_their_place(channels: int, samples: int, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    wave = sine(1.0, 0.5)[:samples]
    write_wav(path, frames(wave, channels), MORNING)
    found = chunks(path)
    assert len(found[b"data"]) == samples * channels * 3
    bext = found[b"bext"]
    assert bext[:256].rstrip(b"\0") == b"alice (Alice)"
    assert bext[256:288].rstrip(b"\0") == b"roomdeck"
    assert bext[320:338] == b"2023-11-1423:13:20"
    seconds = 23 * 3600 + 13 * 60 + 20.25
    assert int.from_bytes(bext[338:346], "little") == seconds * RATE
    read = array("f")
    container: Any
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == "pcm_s24le"
        for frame in container.decode(audio=0):
            values = array("i", bytes(frame.planes[0])[: 4 * channels * frame.samples])
            read.extend(value / 2**31 for value in values[::channels])
    assert list(read) == pytest.approx(list(wave), abs=2**-22)


def test_a_name_that_is_not_ascii(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_wav(path, frames(sine(0.1, 0.5)), MORNING._replace(label="Жанна" * 100))
    found = chunks(path)
    assert found[b"bext"][:256].startswith(b"alice (?????")
    assert "Жанна".encode() in found[b"LIST"]


def test_a_place_that_takes_no_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_wav(tmp_path / "no" / "a.wav", frames(sine(0.1, 0.5)), MORNING)
