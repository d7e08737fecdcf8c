"""Workers that another process makes up, as a fabric gives them to an engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from pathlib import Path

from websockets.asyncio.client import ClientConnection, unix_connect

from roomdeck.core.config import RecordConfig
from roomdeck.core.engine.workers.fabric import OneMachine
from roomdeck.core.engine.workers.nodes import Choice
from roomdeck.core.engine.workers.socket_link import SocketLink
from roomdeck.core.ipc import worker_messages


class FakeLink(SocketLink):
    """One that has no process."""

    def __init__(self, socket: ClientConnection, hello: worker_messages.Hello, node: str) -> None:
        super().__init__(socket, hello)
        self.node = node

    def waits_for_disk(self) -> bool:
        return False

    def dismiss(self) -> None:
        pass

    def kill(self) -> None:
        pass


class FakeFabric(OneMachine):
    """All nodes, of which nothing is told."""

    def __init__(self, folder: Path, nodes: int, limit: int) -> None:
        self.bases = frozenset(f"n{number}" for number in range(nodes))
        self._limit = limit
        self._folder = folder
        self._workers = dict.fromkeys(sorted(self.bases), 0)

    def choice(self, names: Sequence[str] = ()) -> Choice:
        return Choice(dict.fromkeys(self.bases, False), self._limit)

    def numbers(self) -> Set[int]:
        return set()

    async def find(self) -> list[FakeLink]:
        return []

    async def start(self, number: int, among: Collection[str] | None = None) -> FakeLink:
        path = self._folder / f"w{number}.sock"
        socket = await unix_connect(str(path), max_size=worker_messages.MAX_NEWS, compression=None)
        hello = worker_messages.decode_from_worker(await socket.recv())
        assert isinstance(hello, worker_messages.Hello)
        node = min(among or self._workers, key=self._workers.__getitem__)
        self._workers[node] += 1
        return FakeLink(socket, hello, node)

    def stand_by(self) -> None:
        pass

    async def dismiss(self) -> None:
        pass

    def hurry(self) -> bool:
        return False

    async def join(self) -> None:
        pass

    async def bequeath(self, config: RecordConfig) -> None:
        """No other engine comes after this one."""

    async def close(self) -> None:
        pass
