"""How far the uploads of several machines are, together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ...model import Upload, UploadsSnapshot, UploadState

MOST = 200
"""Files that are shown."""


class _Counted(NamedTuple):
    """What only grows as long as one process counts it."""

    done: int = 0
    done_bytes: int = 0
    failed: int = 0

    @classmethod
    def of(cls, told: UploadsSnapshot) -> _Counted:
        return cls(told.done, told.done_bytes, told.failed)

    def and_(self, other: _Counted) -> _Counted:
        return _Counted(*(one + two for one, two in zip(self, other, strict=True)))


class Sums:
    """Knows how far nodes are; one that begins to count anew loses nothing of what it had told."""

    def __init__(self) -> None:
        self._now: dict[str, UploadsSnapshot] = {}
        self._before: dict[str, _Counted] = {}

    def see(self, node: str, told: UploadsSnapshot) -> None:
        """Take how far a node is."""
        last = _Counted.of(self._now.get(node, UploadsSnapshot()))
        if any(now < then for now, then in zip(_Counted.of(told), last, strict=True)):
            self._before[node] = self._before.get(node, _Counted()).and_(last)
        self._now[node] = told

    def total(self, own: UploadsSnapshot) -> UploadsSnapshot:
        """Return how far all are, with what is uploaded here."""
        told = (own, *self._now.values())
        counted = _Counted.of(own)
        for one in (*map(_Counted.of, self._now.values()), *self._before.values()):
            counted = counted.and_(one)
        files = [*own.files]
        for node, one in self._now.items():
            files += (msgspec.structs.replace(file, node=node) for file in one.files)
        return UploadsSnapshot(
            files=tuple(_shown(files)),
            waiting=sum(one.waiting for one in told),
            waiting_bytes=sum(one.waiting_bytes for one in told),
            rate=sum(one.rate for one in told),
            **counted._asdict(),
        )


def _shown(files: Iterable[Upload]) -> list[Upload]:
    """Return those that are not done first, and no more than are shown."""
    return sorted(files, key=lambda one: one.state is UploadState.DONE)[:MOST]
