"""What is known of nodes and of the workers on them; plain JSON wherever it goes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from ..errors import UNDECODABLE
from ..ipc.processes import lives
from ..ipc.runtime_folder import runtime_directory
from ..ipc.worker_messages import Session
from ..recording.place import Place


class WorkerCard(msgspec.Struct, frozen=True):
    """Where a worker is to be reached."""

    node: str
    number: int
    pid: int
    host: str
    port: int


class NodeCard(msgspec.Struct, frozen=True):
    """One machine of a cluster, by what Ray says of it."""

    name: str
    """As it was given to Ray, else its address."""
    host: str
    cores: int
    id: str
    """Of this life of Ray on it."""
    workers: tuple[WorkerCard, ...] = ()
    """Of our room."""
    labels: dict[str, str] = {}
    """Those that somebody gave it."""
    resources: dict[str, float] = {}
    """Custom ones: those that Ray itself does not count."""


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The machine of a worker that is reached over the network, as the worker needs to know it."""

    node: str
    host: str
    """The address to listen at."""
    ports: tuple[int, int] = (0, 0)
    """The first and the last port that it may take; 0: any."""
    output: str = ""
    """The folder of its files; empty: as the engine says."""
    token_file: str

    def session(self, session: Session) -> Session:
        """Return a session with the folder and the disk that it has here."""
        output = self.output or session.output
        sidecar = str(Path(output) / Path(session.sidecar).name)
        place = Place.of(output)
        return msgspec.structs.replace(
            session, output=output, sidecar=sidecar, place=place, node=self.node
        )


def node_folder(room: str, node: str) -> Path:
    """Return the runtime folder of one room on one node; several nodes may share a machine.

    Args:
        room: Name of the room's own runtime folder.
        node: Name of the node.
    """
    name = hashlib.sha256(f"{room}\0{node}".encode()).hexdigest()[:12]
    return runtime_directory() / "nodes" / name


def card_path(socket: Path) -> Path:
    """Return where the card of a worker is, which has this socket as well."""
    return socket.with_suffix(".json")


def cards_in(folder: Path) -> list[WorkerCard]:
    """Return the cards of the workers of a folder; those of dead ones are removed."""
    found: list[WorkerCard] = []
    for path in sorted(folder.glob("worker-*.json")):
        try:
            card = msgspec.json.decode(path.read_bytes(), type=WorkerCard)
        except (OSError, *UNDECODABLE):
            continue
        if lives(card.pid):
            found.append(card)
        else:
            path.unlink(missing_ok=True)
    return found
