"""The least that PyAV needs to copy a picture and encode its sound: `tests.bench.deliver` runs it.

It reads each packet once, puts nothing in its place and looks at nothing::

    python -m tests.bench.deliver_floor TAKE FILE
"""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import av
from av.audio.fifo import AudioFifo

RATE = 48000
BATCH = RATE // 2
"""Samples that are encoded at once, as a delivery does."""


def main(take: str, file: str) -> None:
    """Copy and encode."""
    source: Any
    target: Any
    with av.open(take) as source, av.open(file, "w") as target:
        tracks = source.streams.video[0], source.streams.audio[0]
        picture = target.add_stream_from_template(tracks[0])
        sound = target.add_stream("aac", rate=RATE)
        sound.layout, sound.bit_rate = "mono", 128_000
        decoder: Any = av.CodecContext.create("opus", "r")
        decoder.sample_rate, decoder.layout = RATE, "mono"
        fifo, told = AudioFifo(), 0
        for packet in source.demux(tracks):
            if not packet.size:
                continue
            if packet.stream_index == tracks[0].index:
                packet.stream = picture
                target.mux_one(packet)
                continue
            for frame in decoder.decode(packet):
                frame.pts = None
                fifo.write(frame)
            while (batch := _batch(fifo, told)) is not None:
                told += BATCH
                target.mux(sound.encode(batch))
        target.mux(sound.encode(fifo.read()))
        target.mux(sound.encode(None))


def _batch(fifo: AudioFifo, told: int) -> Any:
    if fifo.samples < BATCH:
        return None
    batch: Any = fifo.read(BATCH)
    batch.pts, batch.time_base = told, Fraction(1, RATE)
    return batch


if __name__ == "__main__":
    main(*sys.argv[1:3])
