"""How loud the streams of a worker are, twice a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence

from ..ipc.worker_messages import Hearing
from ..recording.decoding_process import Listen
from .connections.peer import Peer
from .decoding.decoder import Decoder
from .files.ear import Ear

INTERVAL = 0.5
PATIENCE = 0.3
"""Seconds to wait for what must be decoded. What comes later is heard the next time."""


class Listener:
    """Looks at what came of the sound of streams."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._measuring: asyncio.Task[None] | None = None

    async def listen(self, peers: Iterable[Peer]) -> tuple[Hearing, ...]:
        """Look at what came since this was last called."""
        ears = [(peer.name, *one) for peer in peers for one in peer.streams.listen()]
        unclear = [(stream, ear) for _, stream, ear in ears if ear.chosen]
        if unclear and (self._measuring is None or self._measuring.done()):
            self._measuring = asyncio.create_task(self._measure(unclear))
            await asyncio.wait([self._measuring], timeout=PATIENCE)
        now = time.monotonic()
        for _, _, ear in ears:
            ear.hear(now)
        meters = ((peer, stream, ear.meter(now)) for peer, stream, ear in ears)
        return tuple(Hearing(peer, stream, meter) for peer, stream, meter in meters if meter)

    async def _measure(self, ears: Sequence[tuple[str, Ear]]) -> None:
        orders = [Listen(stream, ear.chosen) for stream, ear in ears]
        for (_, ear), found in zip(ears, await self._decoder.decode(*orders), strict=True):
            ear.measured(found and found.reading)
