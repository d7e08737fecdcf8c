"""Workers on the nodes of a Ray cluster.

Ray is asked where they can be started, by the bridge. What is said to them goes to them directly,
and where they are is kept in the room's folder: an engine finds them when Ray is down.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from pathlib import Path
from typing import TypeVar

import msgspec

from ...atomic import replace_file
from ...cluster.cards import NodeCard, WorkerCard
from ...cluster.messages import Join, Leftovers
from ...cluster.token import read_token
from ...config import FLOOR, ClusterConfig, RecordConfig
from ...errors import UNDECODABLE, ControlError, ProtocolError
from ...ipc import spare_worker, worker_messages
from ...ipc.room_folder import RoomFolder
from ...model import ClusterSnapshot, EndReason, NodeSnapshot, NodeState, TakeSummary
from ...recording.sidecar import SessionInfo
from ...tasks import Tasks
from .bridge_link import BridgeLink
from .node_disks import NodeDisks
from .node_link import End, NodeLink, SupersededError, reach
from .nodes import (
    Choice,
    Openness,
    Site,
    choice,
    choose_node,
    labels_of,
    strain,
    unknown_labels,
    wanted_labels,
)

PATIENCE = 60.0
"""Seconds that Ray may take to tell of nodes, where there is nothing else to go by."""
SHUN = 30.0
"""Seconds in which nothing is started on a node whose machine did not answer."""
AGAIN = 2.0
"""Seconds from one attempt to reach a worker that was given up to the next."""
OTHERS_TAKE_OVER = 60.0
"""Seconds from when a worker cannot be reached until its node is told to have it finish: as long
as it may be reached again, what it records is told by itself."""
GIVE_UP = 6 * 3600.0
"""Seconds after which nobody tries to reach one any more."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class ClusterFabric:
    """Starts workers on nodes, and reaches them.

    Args:
        folder: Where is kept where they are.
        cluster: Which one.
        limit: How many there may be that streams share; ``None``: one for each core of all nodes.
        floor: Bytes that are to stay free on the disk of each node.

    Raises:
        UsageError: There is no token, or others can read it.
    """

    def __init__(
        self,
        folder: RoomFolder,
        cluster: ClusterConfig,
        limit: int | None = None,
        floor: int = FLOOR,
    ) -> None:
        self._folder = folder
        self._address = cluster.address
        self._token = read_token(Path(cluster.token_file))
        self._most = limit or None
        self._rules = cluster.place
        join = Join(cluster.address, folder.path.name, cluster.token_file)
        self._bridge = BridgeLink(join, self._look)
        self._cards = dict[int, WorkerCard]()
        """Of all workers that are ours, by number."""
        self._starting: Counter[str] = Counter()
        """How many are being started, by node."""
        self._numbers: set[int] = set()
        """Theirs."""
        self._finding = True
        """It is not known yet which are ours."""
        self._strangers: set[WorkerCard] = set()
        """Workers that could not be reached, or that nobody knows: others have their streams."""
        self._left: dict[int, Leftovers] = {}
        """What they were writing when they were given up, by number."""
        self._back: list[NodeLink] = []
        """Those of them that are reached again."""
        self._shunned: dict[str, float] = {}
        """Nodes that cannot be reached, and until when they are taken not to be."""
        self._machines: dict[str, worker_messages.Machine] = {}
        """How nodes are, as their workers told last."""
        self._attendants = dict[str, WorkerCard]()
        """Where it is told what goes on on nodes beside recording."""
        self._disks = NodeDisks(floor)
        self.drained: Set[str] = frozenset(_read(folder.drained, list[str]))
        """Names of nodes that somebody wants empty."""
        self._leaving = Tasks("dismissing a worker that could not be reached")
        self._term = time.time()
        self.superseded = False
        """Whether a worker was seen to have a later engine."""

    def choice(self, names: Sequence[str] = ()) -> Choice:
        """Return where a stream may go; while Ray is in trouble, to no new worker."""
        labels = wanted_labels(self._rules, names)
        found = choice(self._sites(), labels, self._most, self._have())
        return found._replace(limit=0) if self._bridge.trouble else found

    @property
    def bases(self) -> Set[str]:
        """Those that have a worker, and as many more as there may be."""
        have = self._have()
        if self._bridge.trouble or not self._bridge.heard.is_set():
            return have.keys() or {""}
        open_ones = {one.name for one in self._sites() if one.cores and not one.openness}
        more = sorted(open_ones - have.keys())
        left = len(more) if not self._most else max(self._most - have.total(), 0)
        return {*(open_ones & have.keys()), *more[:left]} or {""}

    def measured(self, node: str, machine: worker_messages.Machine) -> None:
        """A worker on a node tells how that is."""
        self._machines[node] = machine
        self._hear_of(node, *machine.attendant)
        self._disks.update(node, machine, time.monotonic())

    def _hear_of(self, node: str, pid: int, port: int) -> None:
        """Keep where it is told what goes on on a node, for those who follow it."""
        hosts = (card.host for card in self._cards.values() if card.node == node)
        if port and (host := next(hosts, "")):
            card = WorkerCard(node, 0, pid, host, port)
            if self._attendants.get(node) != card:
                self._attendants[node] = card
                known = msgspec.json.encode(list(self._attendants.values()))
                replace_file(self._folder.attendants, known, 0o600)

    def leaving(self) -> Mapping[str, EndReason]:
        """Return the nodes that are drained, or whose disks are full or nearly, and why.

        None where no other is there to go to: better on such a node than on none.
        """
        closed = {one.name: one.openness for one in self._sites() if one.openness}
        if not any(one.cores and not one.openness for one in self._sites()):
            closed = {name: it for name, it in closed.items() if it is Openness.FULL}
        why = {Openness.FULL: EndReason.DISK_FULL, Openness.LEAVING: EndReason.RELOCATED}
        return {name: why[it] for name, it in closed.items()}

    def unwritable(self) -> str:
        """Return that the disks of all nodes are full, if they are."""
        sites = [one for one in self._sites() if one.cores]
        if not sites or any(one.openness is not Openness.FULL for one in sites):
            return ""
        names = ", ".join(one.name for one in sites)
        return f"the disk is full, on every node ({names}); recording goes on by itself"

    def drain(self, node: str, leave: bool) -> str:
        """Have all streams leave a node, and none come, or end that; engines that follow know it.

        Raises:
            ControlError: There is no such node; says which there are.
        """
        known = sorted({one.name for one in self._bridge.nodes} | self.drained)
        if node not in known:
            raise ControlError(
                f"no node called {node}; there are: {', '.join(known) or 'none yet'}"
            )
        self.drained = self.drained | {node} if leave else self.drained - {node}
        replace_file(self._folder.drained, msgspec.json.encode(sorted(self.drained)), 0o600)
        return f"{node} is drained" if leave else f"{node} gets streams again"

    @property
    def cluster(self) -> ClusterSnapshot:
        """Its nodes, and what is wrong with it."""
        able = {one.name for one in self._able()}
        told = (
            NodeSnapshot(
                name=one.name,
                host=one.host,
                cores=one.cores,
                state=self._state(one.name) if one.name in able else NodeState.UNREACHABLE,
                disk=self._disks.snapshot(one.name),
            )
            for one in self._bridge.nodes
        )
        return ClusterSnapshot(nodes=tuple(told), trouble=self._bridge.trouble)

    def numbers(self) -> Set[int]:
        """Return those of all workers that were ever started and are not known to be gone."""
        told = {one.number for node in self._bridge.nodes for one in node.workers}
        return told | self._cards.keys() | {card.number for card in self._strangers}

    async def find(self) -> list[NodeLink]:
        """Return the workers of an engine that is gone, by what it left, else by what Ray tells.

        Raises:
            ControlError: Nothing was left, and Ray does not answer, or no node has a label that a
                rule names.
        """
        self._bridge.open()
        # The program may have started one for an engine of its own machine.
        await asyncio.to_thread(spare_worker.dismiss)
        cards = self._kept()
        if not cards:
            await self._wait_for_ray()
            cards = [one for node in self._bridge.nodes for one in node.workers]
            if not cards:
                self._check_rules()
        links = await asyncio.gather(*map(self._reach, cards))
        found: list[NodeLink] = []
        for link in links:
            if link is not None and link.hello.settings is None:
                await link.close()
            elif link is not None:
                found.append(link)
        self._cards = {link.card.number: link.card for link in found}
        self._keep()
        if found:
            self._attendants = {
                card.node: card for card in _read(self._folder.attendants, list[WorkerCard])
            }
        else:
            self._folder.attendants.unlink(missing_ok=True)
        self._finding = False
        return found

    def returned(self) -> list[NodeLink]:
        """Return workers that could not be reached and can be again; each once."""
        back, self._back = self._back, []
        return back

    def leave(
        self, number: int, session: worker_messages.Session, takes: Sequence[TakeSummary]
    ) -> None:
        """Have these takes of a worker completed on its node, once that says that it is gone."""
        if takes:
            info = SessionInfo(room=session.room, server=session.server, started=session.started)
            name = Path(session.sidecar).name
            self._left[number] = Leftovers(takes[0].node, info, name, tuple(takes))

    def completed(self) -> list[tuple[str, TakeSummary | None]]:
        """Return what was completed on nodes; each once."""
        done, self._bridge.completed = self._bridge.completed, []
        return [(one.text, one.take) for one in done]

    async def start(self, number: int, among: Collection[str] | None = None) -> NodeLink:
        """Start a worker on the node with most room.

        Raises:
            ControlError: It did not come up, or cannot be reached.
        """
        await self._wait_for_ray()
        node = self._choose(among)
        self._starting[node] += 1
        self._numbers.add(number)
        try:
            card = self._cards[number] = await self._bridge.start(node, number)
            self._keep()
            link = await self._reach(card)
        finally:
            self._starting[node] -= 1
            self._numbers.discard(number)
        if link is None:
            raise ControlError(
                f"a media worker runs on {node} but cannot be reached at {card.host}:{card.port}; "
                "see that no firewall is between (docs/cluster.md has the ports)"
            )
        return link

    def stand_by(self) -> None:
        """There is one on each node anyway."""

    async def dismiss(self) -> None:
        """None stands by."""

    def hurry(self) -> bool:
        """Leave workers to themselves: they finish their files where they are."""
        return False

    async def join(self) -> None:
        """They are gone as soon as their links are."""

    async def bequeath(self, config: RecordConfig) -> None:
        """The bridge notices that its engine is gone."""
        await self._bridge.bequeath(config)

    async def close(self) -> None:
        """Ask nothing of Ray any more; workers are left to themselves."""
        self._leaving.cancel()
        await self._leaving.join()
        for link in self.returned():
            await link.close()
        await self._bridge.close()

    def _choose(self, among: Collection[str] | None) -> str:
        sites = [one for one in self._sites() if one.openness is not Openness.FULL]
        node = choose_node(sites, self._have(), among)
        if node is None:
            raise ControlError("no node of the cluster can have a media worker now")
        return node

    def _have(self) -> Counter[str]:
        """Return how many workers each node has, or is to have in a moment."""
        return Counter(card.node for card in self._cards.values()) + self._starting

    def _sites(self) -> list[Site]:
        return [self._site(node) for node in self._able()]

    def _site(self, node: NodeCard) -> Site:
        return Site(
            name=node.name,
            cores=node.cores,
            labels=labels_of(node),
            strain=strain(node, self._machines.get(node.name)),
            openness=self._openness(node.name),
        )

    def _state(self, node: str) -> NodeState:
        if node in self.drained:
            return NodeState.DRAINED
        return NodeState.FULL if self._disks.openness(node) else NodeState.UP

    def _openness(self, node: str) -> Openness:
        least = Openness.LEAVING if node in self.drained else Openness.OPEN
        return max(self._disks.openness(node), least)

    def _check_rules(self) -> None:
        """Refuse to begin where nobody can be meant; who is gone later is done without."""
        unknown = unknown_labels(self._rules, [self._site(one) for one in self._bridge.nodes])
        if unknown:
            there = "; ".join(
                f"{one.name} has {', '.join(sorted(labels_of(one) - {one.name})) or 'no label'}"
                for one in self._bridge.nodes
            )
            raise ControlError(
                f"--place: no node of the cluster has {', '.join(unknown)} ({there}); label it by "
                "ray start --labels KEY=VALUE"
            )

    def _able(self) -> list[NodeCard]:
        """Return the nodes that can be reached, as far as is known: Ray notices that much later."""
        now = time.monotonic()
        return [one for one in self._bridge.nodes if self._shunned.get(one.name, 0.0) <= now]

    async def _wait_for_ray(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._bridge.heard.wait()
        if self._bridge.trouble or not self._bridge.heard.is_set():
            why = self._bridge.trouble or "it does not answer"
            raise ControlError(f"the cluster at {self._address} cannot be used: {why}")

    async def _reach(self, card: WorkerCard) -> NodeLink | None:
        try:
            return await reach(card, self._token, self._term, self._ended)
        except SupersededError:
            self.superseded = True
        except ProtocolError as error:
            logger.warning("%s", error)
        except OSError:
            self._shun(card.node)
        return None

    def _shun(self, node: str) -> None:
        """Take a node not to be there for a while: longer, each time that it does not answer."""
        self._shunned[node] = time.monotonic() + SHUN

    def _ended(self, card: WorkerCard, end: End) -> None:
        if end is End.SILENT:
            self._shun(card.node)
        self._cards.pop(card.number, None)
        self._keep()
        if end is End.SUPERSEDED:
            self.superseded = True
        elif end is not End.LEFT:
            self._estrange(card)

    def _look(self) -> None:
        """Ray told of workers: those that are not ours any more, or never were, are to leave."""
        for node in self._bridge.nodes:
            for card in node.workers:
                if card.number not in {*self._cards, *self._numbers} and not self._finding:
                    self._estrange(card)

    def _estrange(self, card: WorkerCard) -> None:
        if card not in self._strangers and not self.superseded:
            self._strangers.add(card)
            self._leaving.spawn(self._win_back(card))

    async def _win_back(self, card: WorkerCard) -> None:
        """Reach a worker again; one that only its node reaches is to finish its files."""
        begun, told = time.monotonic(), False
        while time.monotonic() - begun < GIVE_UP:
            await asyncio.sleep(AGAIN)
            if self.superseded:
                # It may be the other engine's, and that one sees to it.
                break
            if self._is_gone(card):
                if left := self._left.pop(card.number, None):
                    await self._bridge.complete(left)
                break
            if (link := await self._reach(card)) and await self._welcome(link):
                break
            if not told and time.monotonic() - begun >= OTHERS_TAKE_OVER:
                told = True
                await self._bridge.dismiss(card.node, card.number)
        self._strangers.discard(card)

    async def _welcome(self, link: NodeLink) -> bool:
        """Have a worker again; one that was never used has nothing to tell."""
        if link.hello.settings is None:
            await link.close()
            return False
        self._cards[link.card.number] = link.card
        self._left.pop(link.card.number, None)
        self._keep()
        self._shunned.pop(link.card.node, None)
        self._back.append(link)
        return True

    def _is_gone(self, card: WorkerCard) -> bool:
        """Whether its node says that it is not there any more."""
        mine = (one for one in self._bridge.nodes if one.name == card.node)
        known = not self._bridge.trouble and any(card not in one.workers for one in mine)
        return known and card not in self._cards.values()

    def _kept(self) -> list[WorkerCard]:
        return _read(self._folder.nodes, list[WorkerCard])

    def _keep(self) -> None:
        cards = list(self._cards.values())
        if cards:
            replace_file(self._folder.nodes, msgspec.json.encode(cards), 0o600)
        else:
            self._folder.nodes.unlink(missing_ok=True)


def _read(path: Path, kind: type[list[T]]) -> list[T]:
    """Return what a file of the room's folder says; nothing where there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, *UNDECODABLE):
        return []
