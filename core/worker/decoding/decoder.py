"""Has pictures and sound decoded beside a worker, by a process that may break.

What is recorded never waits for it, and what cannot be looked at now is not looked at.
"""

from __future__ import annotations

import asyncio
import logging
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence

from ...errors import UNDECODABLE
from ...model import Kind
from ...recording.decoding_process import PATIENCE, Found, Listen, Order
from .blame import STRIKES, Blame
from .link import Link, open_link

COMMAND = (sys.executable, "-m", "roomdeck.core.recording.decoding_process")
START = 30.0
"""Seconds that a process has to come up, on a machine that is busy."""
MOST = 32
"""Askers that may wait; of more the oldest go away with nothing."""
LEFT_ALONE = {
    Kind.VIDEO: "pictures are not looked at any more: they broke what decodes them "
    f"{STRIKES} times. They are recorded as before; whether they are black or frozen is not known",
    Kind.AUDIO: "how loud it is cannot be told any more: its sound broke what decodes it "
    f"{STRIKES} times. It is recorded as before",
}
_FAILURES = (OSError, EOFError, *UNDECODABLE)

logger = logging.getLogger(__name__)


class Decoder:
    """The decoding process of a worker: started when there is something, and after it broke.

    Args:
        tell: Hears of who is not looked at any more: the stream, and what that means in words.
        command: What to start.
        patience: Seconds of a core after which an order counts as hanging, or for which it does
            nothing.
    """

    def __init__(
        self,
        tell: Callable[[str, str], None],
        command: Sequence[str] = COMMAND,
        patience: float = PATIENCE,
    ) -> None:
        self._tell = tell
        self._command = command
        self._patience = patience
        self._waiting: deque[_Asked] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._blame = Blame()
        self._not_before = 0.0

    async def decode(self, *orders: Order) -> list[Found | None]:
        """Carry out orders, one after the other.

        Returns:
            What came of each; ``None`` where it was not tried, or broke the decoder.
        """
        asked = _Asked(orders)
        self._waiting.append(asked)
        if len(self._waiting) > MOST:
            self._waiting.popleft().answer([])
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await asked.answered

    async def close(self) -> None:
        """End the process; who still asks goes away with nothing."""
        if self._runner is not None:
            self._runner.cancel()
        while self._waiting:
            self._waiting.popleft().answer([])
        if self._link is not None:
            await self._link.end()

    async def _run(self) -> None:
        while self._waiting:
            asked = self._waiting.popleft()
            found: Sequence[Found | None] = []
            try:
                # Who asked may have left meanwhile.
                if not asked.answered.done():
                    found = await self._carry_out(asked.orders)
            except Exception:
                logger.exception("something could not be decoded")
            finally:
                asked.answer(found)
        self._runner = None

    async def _carry_out(self, orders: Sequence[Order]) -> Sequence[Found | None]:
        tried = [order for order in orders if not self._blame.is_guilty(order.stream, _kind(order))]
        link = await self._linked() if tried else None
        if link is None:
            return []
        found: dict[int, Found] = {}
        try:
            link.send(tried)
            for order in tried:
                found[id(order)] = await link.answer(self._patience)
        except _FAILURES as error:
            await self._broke(error, tried[len(found)])
        return [found.get(id(order)) for order in orders]

    async def _linked(self) -> Link | None:
        """Return the link to a process; ``None`` where it is too early for another one."""
        if self._link is None and time.monotonic() >= self._not_before:
            try:
                self._link = await open_link(self._command)
                await self._link.answer(START)
            except _FAILURES as error:
                await self._broke(error)
        return self._link

    async def _broke(self, error: Exception, order: Order | None = None) -> None:
        link, self._link = self._link, None
        status = await link.end() if link is not None else None
        now = time.monotonic()
        self._not_before = now + self._blame.broke(now, random.random())
        at = f"at what {order.stream} sent" if order is not None else "before it was up"
        logger.warning("what decodes ended with %s %s: %r", status, at, error)
        if order is not None and self._blame.broken_by(order.stream, _kind(order), now):
            self._tell(order.stream, LEFT_ALONE[_kind(order)])


class _Asked:
    """Orders, and who waits for what comes of them."""

    def __init__(self, orders: Sequence[Order]) -> None:
        self.orders = orders
        self.answered: asyncio.Future[list[Found | None]] = asyncio.Future()

    def answer(self, found: Sequence[Found | None]) -> None:
        if not self.answered.done():
            missing = [None] * (len(self.orders) - len(found))
            self.answered.set_result([*found, *missing])


def _kind(order: Order) -> Kind:
    return Kind.AUDIO if isinstance(order, Listen) else Kind.VIDEO
