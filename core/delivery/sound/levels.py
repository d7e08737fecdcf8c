"""How loud sound is from moment to moment, for finding out who speaks."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from fractions import Fraction

from av.audio.frame import AudioFrame

from ..window import SAMPLE_RATE
from .chain import Filter, filtered

SILENCE = -100.0
"""Decibels of full scale: nothing is less."""
_SAMPLES = SAMPLE_RATE // 10
_TELL = 100
_LEVEL = "lavfi.astats.Overall.RMS_level"
_FILTERS = (
    # What is below a voice: hum, steps, wind.
    Filter("highpass", "f=120"),
    Filter("asetnsamples", f"n={_SAMPLES}"),
    Filter("astats", "metadata=1:reset=1:measure_perchannel=none:measure_overall=RMS_level"),
)


def levels(frames: Iterable[AudioFrame], progress: Callable[[int], None]) -> array[float]:
    """Return the level of each tenth of a second, in decibels of full scale (RMS).

    Args:
        frames: At 48 kHz, without a hole.
        progress: Called with how many levels are known.
    """
    found: array[float] = array("f")
    for tenth in filtered(frames, Fraction(1, SAMPLE_RATE), _FILTERS):
        found.append(_level(tenth))
        if len(found) % _TELL == 0:
            progress(len(found))
    return found


def _level(frame: AudioFrame) -> float:
    level = float(frame.metadata.get(_LEVEL, "nan"))
    return SILENCE if math.isnan(level) else max(SILENCE, level)
