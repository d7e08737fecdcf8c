"""The engine's end of its bridge to Ray, a process of its own that may end and is started anew."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable

from ...cluster import messages
from ...cluster.cards import NodeCard, WorkerCard
from ...config import RecordConfig
from ...errors import ControlError

PAUSE = 2.0
"""Seconds after the end of a bridge until another one is started."""
STARTING = 45.0
"""Seconds that a node may take to start a worker."""
MODULE = "roomdeck.core.cluster.bridge"

logger = logging.getLogger(__name__)


class BridgeLink:
    """Knows which nodes there are, and has workers started on them.

    Args:
        join: Which cluster, and for which room.
        changed: Called when nodes or their workers are others than before.
    """

    def __init__(self, join: messages.Join, changed: Callable[[], None]) -> None:
        self._join = join
        self._changed = changed
        self.nodes: tuple[NodeCard, ...] = ()
        """As Ray told last; it may not answer any more."""
        self.trouble = ""
        """Why Ray does not do what it should; empty where it does, or is not known yet."""
        self.completed: list[messages.Completion] = []
        """What was completed on nodes, for who asks for it."""
        self.heard = asyncio.Event()
        """Set when Ray told of nodes, or is known to be in trouble."""
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[tuple[str, int], asyncio.Future[WorkerCard]] = {}
        self._dismissed: dict[tuple[str, int], messages.Dismiss] = {}
        """Who is to leave, as another bridge would have to know."""
        self._heritage: messages.Inherit | None = None
        self._running: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to have a bridge."""
        self._running = self._running or asyncio.create_task(self._run())

    async def start(self, node: str, number: int) -> WorkerCard:
        """Start a worker on a node.

        Raises:
            ControlError: It did not come up, or nobody can say.
        """
        key, answer = (node, number), asyncio.get_running_loop().create_future()
        self._waiting[key] = answer
        try:
            await self._say(messages.Start(node, number))
            async with asyncio.timeout(STARTING):
                return await answer
        except TimeoutError:
            raise ControlError(f"a media worker on {node} did not start in time") from None
        finally:
            self._waiting.pop(key, None)

    async def dismiss(self, node: str, number: int) -> None:
        """Have a worker leave as soon as its node can be told."""
        self._dismissed[node, number] = messages.Dismiss(node, number)
        await self._say(self._dismissed[node, number])

    async def complete(self, left: messages.Leftovers) -> None:
        """Have what a worker left completed on its node; `completed` has what came of it."""
        await self._say(left)

    async def bequeath(self, config: RecordConfig) -> None:
        """Have the bridge, and those after it, know what another engine would need."""
        self._heritage = messages.Inherit(config)
        await self._say(self._heritage)

    async def close(self) -> None:
        """End the bridge."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", MODULE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=1 << 22,
                start_new_session=True,
            )
            try:
                await self._serve(self._process)
            finally:
                await _end(self._process)
            self._troubled(self.trouble or "the bridge to Ray ended")
            await asyncio.sleep(PAUSE)

    async def _serve(self, process: asyncio.subprocess.Process) -> None:
        await self._say(self._join)
        for known in (*self._dismissed.values(), *filter(None, (self._heritage,))):
            await self._say(known)
        assert process.stdout is not None
        async for text in process.stdout:
            self._hear(messages.from_bridge.decode(text))

    def _hear(self, message: messages.FromBridge) -> None:
        match message:
            case messages.Nodes(nodes):
                self.nodes, self.trouble = nodes, ""
                here = {(one.node, one.number) for node in nodes for one in node.workers}
                self._dismissed = {k: one for k, one in self._dismissed.items() if k in here}
                self.heard.set()
                self._changed()
            case messages.Started(card):
                self._answer((card.node, card.number)).set_result(card)
            case messages.Failed(node, number, why):
                error = ControlError(f"a media worker on {node} did not start: {why}")
                self._answer((node, number)).set_exception(error)
            case messages.Completed(_, files):
                self.completed += files
            case messages.Trouble(why):
                self._troubled(why)

    def _answer(self, key: tuple[str, int]) -> asyncio.Future[WorkerCard]:
        waiting = self._waiting.pop(key, None)
        return waiting or asyncio.get_running_loop().create_future()

    def _troubled(self, why: str) -> None:
        logger.warning("the cluster is in trouble: %s", why)
        self.trouble = why
        for waiting in self._waiting.values():
            waiting.set_exception(ControlError(f"the cluster is in trouble: {why}"))
        self._waiting.clear()
        self.heard.set()

    async def _say(self, message: messages.ToBridge) -> None:
        stdin = self._process.stdin if self._process else None
        with contextlib.suppress(ConnectionError):
            if stdin is not None:
                stdin.write(messages.line(message))
                await stdin.drain()


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    # Not before: what it hears as the end of an engine that died has it start another one.
    process.stdin.close()
    with contextlib.suppress(ConnectionError):
        await process.stdin.wait_closed()
