"""Another engine, where the one that a worker had is gone.

Workers record on without one, but nobody new. So they start one, whoever had started the first.
The first of a room's workers that has its lock does; who ends a recording takes the same lock,
and what it told to leave starts nothing.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import msgspec

from .. import locks
from ..config import RecordConfig
from .launch import Launch
from .room_folder import RoomFolder

AFTER = 4
AFTER_SUPERVISED = 30
"""Seconds without an engine after which one is started: who would start it by themselves, as
systemd does, go first."""
PAUSES = (5.0, 10.0, 30.0, 60.0)
"""Seconds after one that did not come up."""

logger = logging.getLogger(__name__)


class Heir:
    """Starts another engine.

    Args:
        folder: Of the room.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = RoomFolder(folder)
        self._config: RecordConfig | None = None
        self._until = float("inf")
        """When the recording ends, monotonic seconds."""
        self._met = True
        """An engine came and did not say yet what another one needs to know."""
        self._patience = AFTER_SUPERVISED if "NOTIFY_SOCKET" in os.environ else AFTER
        self._launch: Launch | None = None
        self._failures = 0
        self._not_before = 0.0
        self._over = False

    def meet(self) -> None:
        """Another engine is here: its seconds begin with what it says first."""
        self._met = True

    def inherit(self, config: RecordConfig) -> None:
        """Take what the engine says that another one needs to know."""
        self._config, self._failures = config, 0
        if self._met and config.seconds is not None:
            self._until = time.monotonic() + config.seconds
        self._met = False

    def records(self, stream: str) -> bool:
        """Whether a stream is recorded of which no engine could be asked."""
        return self._config is None or self._config.records(stream)

    def is_due(self, alone: int) -> bool:
        """Whether to `start` one after so many seconds without."""
        due = alone >= self._patience and time.monotonic() >= self._not_before
        return due and self._config is not None and self._launch is None

    def start(self) -> None:
        """Start one, unless somebody else does; returns when it is up, or did not come up."""
        if self._config is None or self._over:
            return
        self._launch = Launch(self._folder, heir=True)
        try:
            with locks.alone(self._folder.heir_lock) as mine:
                if mine:
                    self._begin(self._launch, self._config)
        except OSError as error:
            logger.debug("another engine is not started here: %s", error)
        finally:
            self._launch = None

    def _begin(self, launch: Launch, config: RecordConfig) -> None:
        left = self._until - time.monotonic()
        if config.seconds is not None:
            config = msgspec.structs.replace(config, seconds=max(left, 1.0))
        if self._over or launch.run(config):
            return
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._not_before = time.monotonic() + pause
        logger.warning("another engine did not come up: %s", launch.said())

    def leave(self) -> None:
        """Start none any more, and end one that is not up yet."""
        self._over = True
        if self._launch is not None:
            self._launch.kill()
