"""The sound of a delivered file: clips of a person → samples at 48 kHz, each in its place."""

from .loudness import Gain, Loudness, Meter, amplified, gain, measure, metered
from .placing import channels, placed
from .wav import Origin, write_wav

__all__ = [
    "Gain",
    "Loudness",
    "Meter",
    "Origin",
    "amplified",
    "channels",
    "gain",
    "measure",
    "metered",
    "placed",
    "write_wav",
]
