"""Where workers are, and how they are reached: all that the engine needs of it.

A fabric starts workers, finds those that are there, and links the engine with each; what engine and
worker say to each other is the same in all of them (`core/ipc/worker_messages/`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Protocol

from ...config import RecordConfig
from ...errors import ControlError
from ...ipc import worker_messages
from ...model import ClusterSnapshot, EndReason, TakeSummary
from .nodes import Choice


class WorkerLink(Protocol):
    """One worker where it runs: what is said to it and by it, and its process."""

    @property
    def hello(self) -> worker_messages.Hello:
        """What it said first."""
        ...

    @property
    def node(self) -> str:
        """Name of its machine; empty: it is on that of the engine."""
        ...

    @property
    def silent(self) -> bool:
        """Whether the link ended because nothing came over it: the worker may live."""
        ...

    @property
    def left(self) -> bool:
        """Whether it ended the link itself, with its files finished."""
        ...

    @property
    def superseded(self) -> bool:
        """Whether it ended the link itself, as another engine has it: it goes on for that one."""
        ...

    async def send(self, frame: str) -> None:
        """Say something; a worker that is gone does not hear it."""
        ...

    async def receive(self) -> str | bytes | None:
        """Wait for what it says next; ``None``: it is gone."""
        ...

    async def close(self) -> None:
        """Leave it to itself."""
        ...

    def waits_for_disk(self) -> bool:
        """Whether it waits for its system, which nothing can hurry."""
        ...

    def dismiss(self) -> None:
        """Have one that hangs rather than died finish its files, for others take over."""
        ...

    def kill(self) -> None:
        """End it, whatever it does; one that is gone stays so."""
        ...

    async def exit_status(self) -> int | None:
        """Return how its process ended, as of `subprocess`; ``None``: nobody knows."""
        ...


class Fabric(Protocol):
    """Where workers are."""

    def choice(self, names: Sequence[str] = ()) -> Choice:
        """Return where a stream may go at present, by what it is called."""
        ...

    @property
    def cluster(self) -> ClusterSnapshot | None:
        """The machines that it has; ``None``: that of the engine alone."""
        ...

    @property
    def bases(self) -> Set[str]:
        """Names of the machines of which each is to have a worker before streams come."""
        ...

    def measured(self, node: str, machine: worker_messages.Machine) -> None:
        """A worker on a machine that is not the engine's tells how that is."""
        ...

    def leaving(self) -> Mapping[str, EndReason]:
        """Return the machines whose streams are to go on elsewhere, where there is one, and why."""
        ...

    @property
    def drained(self) -> Set[str]:
        """Names of machines that somebody wants empty."""
        ...

    def unwritable(self) -> str:
        """Return why nothing can be recorded on any machine; empty where it can, or is unknown."""
        ...

    @property
    def superseded(self) -> bool:
        """Whether a later engine has this room, on a machine that was cut off from this one."""
        ...

    def drain(self, node: str, leave: bool) -> str:
        """Have all streams leave a machine, and none come, or end that; says what was done.

        Raises:
            ControlError: There is no such machine; says which there are.
        """
        ...

    def numbers(self) -> Set[int]:
        """Numbers that no new worker can have."""
        ...

    async def find(self) -> Sequence[WorkerLink]:
        """Return links with the workers of an engine that is gone."""
        ...

    def returned(self) -> Sequence[WorkerLink]:
        """Return workers that could not be reached and can be again; each once."""
        ...

    def leave(
        self, number: int, session: worker_messages.Session, takes: Sequence[TakeSummary]
    ) -> None:
        """Have these takes of a worker that is gone completed where they are, if not here."""
        ...

    def completed(self) -> Sequence[tuple[str, TakeSummary | None]]:
        """Return what was completed there, in words and as it is now; each once."""
        ...

    async def start(self, number: int, among: Collection[str] | None = None) -> WorkerLink:
        """Start a worker.

        Args:
            number: Which it is to be.
            among: Names of machines of which one is to have it; ``None``: all there are.

        Raises:
            ControlError: It did not come up; says where to look.
        """
        ...

    def stand_by(self) -> None:
        """Have a worker ready that no stream is given: what it imports takes seconds."""
        ...

    async def dismiss(self) -> None:
        """Let the one that stands by go."""
        ...

    def hurry(self) -> bool:
        """End all workers that were started here; return whether any ran."""
        ...

    async def join(self) -> None:
        """Wait until every worker that was started here is gone."""
        ...

    async def bequeath(self, config: RecordConfig) -> None:
        """Have it known what another engine would need, where workers start none."""
        ...

    async def close(self) -> None:
        """Leave what workers there are to themselves."""
        ...


class OneMachine:
    """The part of a `Fabric` that is about other machines, where there is none."""

    cluster: ClusterSnapshot | None = None

    @property
    def drained(self) -> Set[str]:
        """None is to be empty."""
        return frozenset()

    def measured(self, node: str, machine: worker_messages.Machine) -> None:
        """No other machine is known."""

    def leaving(self) -> Mapping[str, EndReason]:
        """There is no other machine."""
        return {}

    def unwritable(self) -> str:
        """Nothing is known that the engine does not see itself."""
        return ""

    @property
    def superseded(self) -> bool:
        """The room's lock keeps another engine away."""
        return False

    def drain(self, node: str, leave: bool) -> str:
        """Refuse it.

        Raises:
            ControlError: Always.
        """
        raise ControlError("this room is recorded on one machine; nodes are of --cluster")

    def returned(self) -> Sequence[WorkerLink]:
        """None was ever out of reach."""
        return ()

    def leave(
        self, number: int, session: worker_messages.Session, takes: Sequence[TakeSummary]
    ) -> None:
        """The engine repairs its own folder."""

    def completed(self) -> Sequence[tuple[str, TakeSummary | None]]:
        """Nothing is anywhere else."""
        return ()
