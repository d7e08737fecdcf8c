"""The nodes of a cluster, for jobs: by a process beside this one, which loads Ray."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import IO

import msgspec

from ..cluster.waiting import NO_ANSWER, first_line, no_answer
from ..config import ClusterConfig
from ..errors import UNDECODABLE, ControlError
from .orders import (
    Begin,
    Clear,
    FromBridge,
    Hold,
    Lost,
    News,
    Opened,
    Order,
    State,
    ToBridge,
    from_bridge,
    line,
)
from .placement import place

CLEARING = 20.0
"""Seconds that nodes may take at the end to remove what is not needed any more."""
LOOK = 0.25
"""Seconds between two looks at what else there is to do."""
_BRIDGE = "roomdeck.core.farm.bridge"
_GOES_ON = "the same command goes on from here"


class Farm:
    """Nodes that do jobs.

    Args:
        opened: What there is.
        say: Tells the bridge something.
        heard: What it says; ``None`` when it is gone.
        late: Is asked which nodes should stand still for now.
    """

    def __init__(
        self,
        opened: Opened,
        say: Callable[[ToBridge], None],
        heard: queue.Queue[FromBridge | None],
        late: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self.shelves, self.home = opened.shelves, opened.home
        served = {card.node for card in opened.shelves} | {opened.home}
        # What others made could not be brought.
        self.nodes = tuple(node for node in opened.nodes if node.name in served)
        self._say = say
        self._heard = heard
        self._late = late
        self._held: frozenset[str] = frozenset()
        self._orders: dict[str, Order] = {}
        self._failed: dict[str, list[str]] = {}
        """Nodes that were lost with a job."""
        self.where: dict[str, str] = {}
        """On which node each job is, or was done."""

    def begin(self, job: str, order: Order) -> str:
        """Have a job done; return why not, where no node is left for it."""
        self._orders[job] = order
        failed = self._failed.setdefault(job, [])
        node = place(order.takes, self.nodes, failed)
        if node is None:
            return (
                f"{', '.join(failed)} did not finish it"
                if failed
                else "no node of the cluster has a core for it"
            )
        self.where[job] = node.name
        self._say(Begin(job, node.name, order))
        return ""

    def again(self, job: str, why: str) -> str:
        """Have a job done on another node than before; return why not, as `begin` does."""
        self._failed[job].append(self.where[job])
        refused = self.begin(job, self._orders[job])
        return refused and f"{refused}: {why}; {_GOES_ON}"

    def clear(self, job: str) -> None:
        """Have what a job left removed."""
        self._say(Clear(job))

    def news(self) -> Iterator[tuple[str, State]]:
        """Yield how far jobs are, after a moment at most; who is lost is begun again elsewhere.

        Raises:
            ControlError: Ray answers no more.
        """
        self._hold()
        with contextlib.suppress(queue.Empty):
            message = self._heard.get(timeout=LOOK)
            while True:
                if message is None:
                    raise ControlError(f"{NO_ANSWER} any more: {_GOES_ON}")
                if isinstance(message, News):
                    yield message.job, message.state
                elif isinstance(message, Lost) and (why := self.again(message.job, message.why)):
                    yield message.job, State(error=why)
                message = self._heard.get_nowait()

    def _hold(self) -> None:
        late = self._late()
        if late != self._held:
            self._held = late
            self._say(Hold(tuple(sorted(late))))


def finish(farm: Farm, orders: Mapping[str, Order]) -> Iterator[tuple[str, State]]:
    """Have jobs done, and yield what became of each.

    Raises:
        ControlError: Ray answers no more.
    """
    going = dict(orders)
    for job, order in orders.items():
        if why := farm.begin(job, order):
            del going[job]
            yield job, State(error=why)
    while going:
        for job, state in farm.news():
            if state.over:
                del going[job]
                yield job, state


@contextlib.contextmanager
def farm(
    cluster: ClusterConfig,
    late: Callable[[str], frozenset[str]],
    waits: Callable[[str], None] = lambda text: None,
) -> Generator[Farm]:
    """Have the nodes of a cluster do jobs; all that they do ends with it.

    Args:
        cluster: That.
        late: Is asked which nodes should stand still for now; it is told which this machine is.
        waits: Told what is waited for, where that takes long.

    Raises:
        ControlError: The cluster cannot be used.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", _BRIDGE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, heard = process.stdin, queue.Queue[FromBridge | None]()
    reader = threading.Thread(target=_read, args=(process.stdout, heard), daemon=True)

    def say(message: ToBridge) -> None:
        with contextlib.suppress(BrokenPipeError):  # It is told by who reads.
            stdin.write(line(message))
            stdin.flush()

    try:
        stdin.write(msgspec.json.encode(cluster) + b"\n")
        stdin.flush()
        opened = _opened(first_line(process.stdout, cluster, waits))
        if opened.error:
            raise ControlError(f"the cluster at {cluster.address} cannot be used: {opened.error}")
        reader.start()
        yield Farm(opened, say, heard, lambda: late(opened.home))
        with contextlib.suppress(BrokenPipeError, subprocess.TimeoutExpired):
            stdin.close()
            process.wait(CLEARING)
    finally:
        with contextlib.suppress(BrokenPipeError):
            stdin.close()
        process.kill()
        process.wait()
        if reader.ident is not None:
            reader.join()
        process.stdout.close()


def _read(said: IO[bytes], heard: queue.Queue[FromBridge | None]) -> None:
    with contextlib.suppress(OSError, ValueError, *UNDECODABLE):
        for text in said:
            heard.put(from_bridge.decode(text))
    heard.put(None)


def _opened(said: bytes) -> Opened:
    try:
        opened = from_bridge.decode(said)
    except UNDECODABLE:
        opened = None
    return opened if isinstance(opened, Opened) else Opened(error=no_answer())
