"""What publishers truly sent, and when: a busy machine makes them late, and skip pictures."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncGenerator, Collection, Iterable, Iterator
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from roomdeck.core.model import SCREEN_SHARE, EncodedFrame, Kind
from roomdeck.core.publishing.clock import sender_time
from roomdeck.core.publishing.files import FileProducer
from roomdeck.core.publishing.live import LiveProducer
from roomdeck.core.publishing.pictures import flashes
from roomdeck.core.publishing.source_config import SourceConfig
from roomdeck.core.publishing.sources import Opener, PacedSource
from roomdeck.core.recording.check.demux import CODECS
from roomdeck.core.recording.reading import open_media
from roomdeck.core.recording.sentlog import SentFrame, read_sent_log
from roomdeck.core.rtp.bitstream import canonical

_SLOT = 1 / 30
_PACKET = 0.02
"""Seconds of sound in a packet."""


class WatchedSource(PacedSource):
    """A source of which is known how late it was at least.

    It begins where pictures of its number are to lie in the slots of a delivery, which are on whole
    seconds of the clock: few people are spread as many are.
    """

    def __init__(self, config: SourceConfig, delay: float) -> None:
        super().__init__(FileProducer(config) if config.file else LiveProducer(config))
        self._phase = _SLOT * (config.number % 8 - 4) / 8 - delay
        self.late = math.inf
        """Seconds from the moment at which a frame is due to its sending, at least."""
        self.pictures = 0
        """Sent so far."""

    async def frames(self) -> AsyncGenerator[EncodedFrame]:
        await asyncio.sleep((self._phase - sender_time()) % _SLOT)
        async with aclosing(super().frames()) as frames:
            async for frame in frames:
                self.late = min(self.late, sender_time() - self.started - frame.arrival)
                self.pictures += frame.codec.kind is Kind.VIDEO
                yield frame


class Onsets(NamedTuple):
    """When somebody's flashes or beeps begin, Unix times."""

    times: tuple[float, ...] = ()
    others: int = 0
    """Beeps of which the first packet is not there: a decoder guesses when they begin."""

    def __add__(self, more: Onsets) -> Onsets:  # type: ignore[override]
        return Onsets(self.times + more.times, self.others + more.others)


class Stay(NamedTuple):
    """What one source of one publisher sent."""

    stream: str
    log: Path
    source: WatchedSource
    delay: float
    """Seconds that its network takes."""

    def onsets(self, kind: Kind, recorded: Collection[str]) -> Onsets:
        """Return when flashes or beeps were sent, of what is in the takes.

        Args:
            kind: Pictures, or sound.
            recorded: Hashes of all frames in the takes of the stream.
        """
        zero = self.source.started + self.source.late + self.delay
        sent = (frame for frame in read_sent_log(self.log) if frame.kind is kind)
        there = sorted(_seconds(frame) for frame in sent if frame.sha256 in recorded)
        begins = [
            time
            for before, time in pairwise([-1.0, *there])
            if flashes(time) and (before < 0 or not flashes(before) or time - before > 0.5)
        ]
        whole = [time for time in begins if kind is Kind.VIDEO or time % 1.0 < _PACKET / 2]
        return Onsets(tuple(zero + time for time in whole), len(begins) - len(whole))


def _seconds(frame: SentFrame) -> float:
    return frame.rtp / frame.codec.clock_rate


def watching(stream: str, log: Path, delay: float, stays: dict[Path, Stay]) -> Opener:
    """Return what opens the sources of a publisher, and keeps them.

    Args:
        stream: Its id.
        log: Where it lists what it sent.
        delay: Seconds that its network takes.
        stays: Gets each source, by its list.
    """

    def opened(config: SourceConfig) -> WatchedSource:
        source = WatchedSource(config, delay)
        suffix = "" if config.name == stream else SCREEN_SHARE
        own = log.with_name(log.stem + suffix + log.suffix)
        # One that is opened again goes on from the zero of the first.
        stays.setdefault(own, Stay(stream + suffix, own, source, delay))
        return source

    return opened


def hashes(takes: Iterable[Path]) -> set[str]:
    """Return the hashes of all frames in some files, as lists of what was sent have them."""
    return {one for take in takes for one in _hashes(take)}


def _hashes(take: Path) -> Iterator[str]:
    container: Any
    with open_media(take) as container:
        for packet in container.demux():
            if packet.size:
                codec = CODECS[packet.stream.codec_context.name]
                yield hashlib.sha256(canonical(codec, bytes(packet))).hexdigest()
