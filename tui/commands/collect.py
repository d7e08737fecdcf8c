"""``roomdeck collect``: takes of other machines, into one folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ...core.collection.collect import NOWHERE, Outcome, collect, sessions_in
from ...core.collection.sources import Source, parse
from ...core.config import ClusterConfig
from ...core.units import size
from ..exits import Exit
from ..lines.printer import narrate
from ..text.format import json_line, printable
from ..text.words import count

_GONE = (
    "it stays on {node}, which is not in the cluster: start Ray there again and run the same "
    "command again, or say where its folder is: --from {node}=PATH"
)


def collect_takes(
    paths: Sequence[Path],
    sources: Sequence[str],
    into: Path | None,
    as_json: bool,
    cluster: ClusterConfig | None = None,
) -> Exit:
    """Print a line per file that is brought, or is not.

    Args:
        paths: JSON files of sessions, or folders with such.
        sources: Where machines' folders are, as ``NODE=PATH``.
        into: The folder; ``None``: where each JSON file is.
        as_json: Lines are JSON.
        cluster: The one whose nodes are asked for theirs.

    Raises:
        UsageError: Nothing is there to collect from, or the folder cannot be used.
        ControlError: The cluster cannot be.
        RecordingError: A JSON file cannot be read or written.
    """
    ways, told = parse(sources), _Lines(as_json)
    found = [one for path in paths for one in sessions_in(path)]
    with _shelves(cluster) as more:
        for session in found:
            collect(
                session,
                into or session.parent,
                {**more, **ways},
                told.tell,
                nowhere=_GONE if cluster else NOWHERE,
            )
    if not as_json:
        print(told.total(), flush=True)
    return Exit.RECORDING_FAILED if told.left.total() else Exit.OK


def _shelves(cluster: ClusterConfig | None) -> AbstractContextManager[Mapping[str, Source]]:
    if cluster is None:
        return nullcontext({})
    # Loads what speaks with nodes.
    from ...core.collection.shelves import shelves

    return shelves(cluster, narrate)


class _Lines:
    """Prints what becomes of files."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self.here = 0
        self.left = Counter[str]()
        """By machine."""

    def total(self) -> str:
        """Return how many there were, and on which machines some are left."""
        left = {node: number for node, number in self.left.items() if number}
        where = ", ".join(f"{number} on {node}" for node, number in left.items() if node)
        said = f"{count(self.here, 'file')} brought, {count(sum(left.values()), 'file')} left"
        return printable(said + (f": {where}" if where else ""))

    def tell(self, outcome: Outcome) -> None:
        """Print what became of one."""
        self.here += not outcome.error
        one = outcome.wanted
        self.left[one.take.node] += bool(outcome.error)
        whence = f"from {one.take.node}, " if one.take.node else ""
        text = outcome.error or f"{whence}{size(outcome.size)}"
        data = {
            "type": "collect",
            "file": one.name,
            "stream": one.take.stream,
            "node": one.take.node,
            "path": one.path,
            "bytes": outcome.size,
            "sha256": outcome.sha256,
            "error": outcome.error,
        }
        print(json_line(data) if self._as_json else printable(f"{one.name}: {text}"), flush=True)
