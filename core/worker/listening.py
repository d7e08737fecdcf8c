"""How loud the streams of a worker are, twice a second; what must be decoded is, in a thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from ..ipc.worker_messages import Hearing
from ..recording.listening.loudness import Reading
from .connections.peer import Peer
from .files.ear import Ear

INTERVAL = 0.5


async def listen(peers: Iterable[Peer]) -> tuple[Hearing, ...]:
    """Look at what came of the sound of all streams since this was last called."""
    ears = [(peer.name, *one) for peer in peers for one in peer.streams.listen()]
    unclear = [ear for _, _, ear in ears if ear.wants_samples]
    readings: dict[Ear, Reading | None] = {}
    if unclear:
        readings = await asyncio.to_thread(_measure, unclear)
    now = time.monotonic()
    for _, _, ear in ears:
        ear.hear(readings.get(ear), now)
    meters = ((peer, stream, ear.meter(now)) for peer, stream, ear in ears)
    return tuple(Hearing(peer, stream, meter) for peer, stream, meter in meters if meter)


def _measure(ears: Sequence[Ear]) -> dict[Ear, Reading | None]:
    return {ear: ear.measure() for ear in ears}
