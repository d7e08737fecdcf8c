"""What is in takes that lie on nodes, as these told: enough to plan by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from ..atomic import replace_file
from ..delivery.deliver import PIECES
from ..delivery.picture.index import Index
from ..delivery.session import Clip
from ..errors import UNDECODABLE, RecordingError
from ..recording.disk import cannot_write
from .farm import Farm, finish
from .orders import Lying, Order, Seen
from .placement import shares

_SEEN = f"{PIECES}/seen.json"
_kept = msgspec.json.Decoder(dict[str, Seen])


class Known:
    """What is in the takes of a session.

    Args:
        farm: Nodes that read them.
        lying: Where they are, by the files that they would be here.
        order: Returns how so many of them are ordered to be read.
        folder: Of the delivery, where it is kept until all is made.
    """

    def __init__(
        self,
        farm: Farm,
        lying: Mapping[Path, Lying],
        order: Callable[[tuple[Lying, ...]], Order],
        folder: Path,
    ) -> None:
        self._kept = folder / _SEEN
        self._seen = _read(farm, lying, order)
        self.away = frozenset(file for file, seen in self._seen.items() if seen.error)
        """Takes that cannot be read now, also those of which it is known what is in them."""
        self._remember()
        wrong = [seen.error for seen in self._seen.values() if seen.error]
        if wrong and len(wrong) == len(self._seen):
            raise RecordingError(wrong[0])
        self.indexes: dict[Path, Index] = {
            file: seen.pictures.index for file, seen in self._seen.items()
        }
        """Empty ones of takes that nobody could read."""

    def stamps(self, clips: Iterable[Clip]) -> list[str]:
        """Return what is another one when a take is another file."""
        return [self._seen[clip.file].stamp for clip in clips]

    def wrong(self, clips: Iterable[Clip]) -> str:
        """Return why takes cannot be read; empty where all can."""
        return next((error for clip in clips if (error := self._seen[clip.file].error)), "")

    def keep(self) -> None:
        """Keep it for when this is interrupted, and takes are out of reach then.

        Raises:
            RecordingError: It cannot be written.
        """
        known = {file.name: seen for file, seen in self._seen.items() if not seen.error}
        try:
            replace_file(self._kept, msgspec.json.encode(known), 0o666)
        except OSError as error:
            raise cannot_write(self._kept, error) from error

    def _remember(self) -> None:
        try:
            before = _kept.decode(self._kept.read_bytes())
        except (OSError, *UNDECODABLE):
            return
        for file, seen in self._seen.items():
            if seen.error and file.name in before:
                self._seen[file] = before[file.name]


def _read(
    farm: Farm, lying: Mapping[Path, Lying], order: Callable[[tuple[Lying, ...]], Order]
) -> dict[Path, Seen]:
    """Have all takes read, each where it lies."""
    orders = {
        f"read-{number}": order(takes)
        for number, takes in enumerate(shares(lying.values(), farm.nodes))
    }
    files = {one.take.file: file for file, one in lying.items()}
    return {
        files[one.take.file]: (state.seen or {}).get(one.take.file, Seen(error=state.error))
        for job, state in finish(farm, orders)
        for one in orders[job].takes
    }
