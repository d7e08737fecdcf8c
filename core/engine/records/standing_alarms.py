"""Alarms that have begun, on the disk for an engine that takes over from one that is gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ...errors import UNDECODABLE
from ...model import StandingAlarm

logger = logging.getLogger(__name__)


class _Kept(msgspec.Struct, frozen=True):
    session: str
    alarms: tuple[StandingAlarm, ...]


class StandingAlarms:
    """Keeps those of one session, in the runtime folder of its room.

    Args:
        path: Of the file.
        session: Path of its sidecar, by which it is known.
    """

    def __init__(self, path: Path, session: str) -> None:
        self._path = path
        self._session = session

    def keep(self, alarms: Sequence[StandingAlarm]) -> None:
        """Replace what is kept; where that cannot be, another engine begins anew."""
        new = self._path.with_suffix(".new")
        try:
            # After a power cut there is no session to go on with: nothing waits for the disk.
            new.write_bytes(msgspec.json.encode(_Kept(self._session, tuple(alarms))))
            new.replace(self._path)
        except OSError as error:
            logger.warning("alarms are not kept for another engine: %s", error)

    def kept(self) -> tuple[StandingAlarm, ...]:
        """Return what an engine of this session kept."""
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, *UNDECODABLE):
            return ()
        return found.alarms if found.session == self._session else ()
