"""The sound of a test source: a 1 kHz beep for the first tenth of every second.

Under it faint noise, about 50 dB below full scale, so that no two packets are alike and the
encoder reaches its bit rate.
"""

from __future__ import annotations

import math
import random
from array import array

import av

PACKETS_PER_SECOND = 50
LOWEST = 127
"""The lowest `level`."""
_MEASURED = 240
"""Samples that are enough to tell how loud a packet is."""
BEEP_HERTZ = 1000
_BEEP_PACKETS = 5
_BEEP_AMPLITUDE = 0.5

_FULL_SCALE = {"h": 32768.0, "i": 2147483648.0, "f": 1.0, "d": 1.0}
_TYPES = {"s16": "h", "s32": "i", "flt": "f", "dbl": "d"}


class ToneMaker:
    """Makes the sound of one stream in packets of 20 ms."""

    def __init__(self, number: int, sample_rate: int, channels: int) -> None:
        """Compute the beep.

        Args:
            number: Stream number: each has its own noise.
            sample_rate: Hertz, a multiple of 1000.
            channels: 1 or 2; the beep is the same on both.
        """
        self.samples = sample_rate // PACKETS_PER_SECOND
        self._number = number
        self._rate = sample_rate
        self._layout = "mono" if channels == 1 else "stereo"
        # A packet holds whole waves: one is like the next.
        self._beep = array("h")
        for sample in range(self.samples):
            wave = math.sin(2 * math.pi * BEEP_HERTZ * sample / sample_rate)
            self._beep.extend([round(_BEEP_AMPLITUDE * 32767 * wave)] * channels)

    def packet(self, index: int) -> av.AudioFrame:
        """The packet of this number, 16 bit; ``pts`` counts samples."""
        noise = random.Random(self._number << 32 | index).randbytes(len(self._beep))
        pcm = array("h", array("b", noise))
        if index % PACKETS_PER_SECOND < _BEEP_PACKETS:
            pcm = array("h", map(int.__add__, pcm, self._beep))
        frame = av.AudioFrame("s16", self._layout, self.samples)
        frame.sample_rate = self._rate
        frame.pts = index * self.samples
        # FFmpeg's planes may be longer than their samples.
        frame.planes[0].update(pcm.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        return frame


def is_beep(frame: av.AudioFrame) -> bool:
    """Whether decoded sound is as loud as the beep anywhere."""
    return peak(frame) > _BEEP_AMPLITUDE / 4


def peak(frame: av.AudioFrame) -> float:
    """The loudest sample of the first plane, 0.0 to 1.0."""
    samples = _samples(frame)
    loudest = max((abs(sample) for sample in samples), default=0.0)
    return loudest / _FULL_SCALE[samples.typecode]


def level(frame: av.AudioFrame) -> int:
    """How loud a packet is, by its first plane: 0 to `LOWEST` dB below the loudest (RFC 6464)."""
    samples = _samples(frame)
    # An odd step, so that of two channels in turns both are seen.
    seen = samples[:: len(samples) // _MEASURED | 1]
    mean = math.hypot(*seen) / math.sqrt(max(1, len(seen))) / _FULL_SCALE[samples.typecode]
    return min(LOWEST, max(0, round(-20 * math.log10(mean)))) if mean else LOWEST


def _samples(frame: av.AudioFrame) -> array[float]:
    kind = _TYPES[frame.format.name.removesuffix("p")]
    count = frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
    samples: array[float] = array(kind, bytes(frame.planes[0]))
    return samples[:count]
