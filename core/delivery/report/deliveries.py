"""What is known of a session since files were made of it: what they were found to be made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...config import DELIVERIES
from ..manifest import Manifest, folder_of, load_manifest
from .model import Levels


class Learned(NamedTuple):
    """What deliveries tell, by stream."""

    levels: Mapping[str, Levels]
    """Loudness over time in LUFS, in seconds of the session."""
    remarks: Mapping[str, Sequence[str]]


def deliveries(folder: Path, session: str) -> Iterator[Manifest]:
    """Yield what was delivered of a session beside its takes.

    Args:
        folder: Of the takes.
        session: What it is called.
    """
    for preset in DELIVERIES:
        found = load_manifest(folder_of(folder, session, preset))
        if found is not None and found.session == session:
            yield found


def learned(manifests: Iterable[Manifest]) -> Learned:
    """Return what they tell; of several that measured a stream, the last one. Pure."""
    levels: dict[str, Levels] = {}
    remarks: dict[str, dict[str, None]] = {}
    for manifest in manifests:
        for one in manifest.files:
            if one.levels:
                levels[one.stream] = [
                    (manifest.begin + second, level) for second, level in enumerate(one.levels)
                ]
            said = [f"{one.file}: {note}" for note in one.notes]
            said += [f"{one.file} could not be made: {one.error}"] if one.error else []
            remarks.setdefault(one.stream, {}).update(dict.fromkeys(said))
    return Learned(levels, {stream: tuple(said) for stream, said in remarks.items()})
