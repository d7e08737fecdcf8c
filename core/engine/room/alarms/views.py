"""What rules look at: clients' own snapshot, and what it does not remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ....model import AlarmKind, Kind, RoomSnapshot, StreamSnapshot

UP = 20.0
DOWN = 300.0
"""Seconds in which what is usual follows most of the way when a rate rises and when it falls."""
KNOWN = 30.0
"""Seconds after which it is known what is usual."""
LOOKED_AT = 3.0
"""Seconds between two looks of which both tell; what was between others nobody knows."""
COLLAPSED = 0.5
"""Share of what is usual below which a rate says nothing of what is."""


@dataclass(slots=True)
class Usual:
    """What a rate usually is."""

    value: float = 0.0
    _seen: float = 0.0
    """Seconds for which there was one."""
    _at: float | None = None

    def see(self, rate: float, now: float) -> None:
        """Take it as it is now."""
        passed = 0.0 if self._at is None else min(LOOKED_AT, max(0.0, now - self._at))
        self._at = now
        if rate <= 0 or (self.known and rate < COLLAPSED * self.value):
            return
        self._seen += passed
        follow = UP if rate > self.value else DOWN
        self.value += (rate - self.value) * min(1.0, passed / follow if self.value else 1.0)

    @property
    def known(self) -> bool:
        """Whether it was seen for long enough."""
        return self._seen >= KNOWN

    def percent(self, rate: float) -> float | None:
        """Return how much of what is usual a rate is; ``None`` where that is not known."""
        return 100 * rate / self.value if self.known else None


@dataclass(slots=True)
class StreamPast:
    """What is remembered of a stream while it is recorded or looked at."""

    bitrate: Usual
    fps: Usual
    key_frames: int = -1
    key_at: float = 0.0
    """When the number of key frames was seen to grow."""
    asked: int = 0
    """Requests that there were by then."""
    key_seen: bool = False
    """Whether it did since then."""
    had_picture: bool = False
    began: float | None = None
    """When it was seen first."""

    def resume(self, kind: AlarmKind) -> None:
        """Know what has to have been for an alarm that has begun elsewhere."""
        self.had_picture |= kind is AlarmKind.NO_PICTURE

    def see(self, stream: StreamSnapshot, now: float) -> None:
        """Take it as it is now."""
        self.began = now if self.began is None else self.began
        if not stream.stalls:
            self.bitrate.see(stream.bitrate, now)
            self.fps.see(stream.fps, now)
        self.had_picture |= stream.video is not None
        video = stream.tracks.get(Kind.VIDEO)
        if video is not None and video.key_frames != self.key_frames:
            self.key_seen = self.key_frames >= 0
            self.key_frames, self.key_at, self.asked = video.key_frames, now, video.plis


@dataclass(slots=True)
class RoomPast:
    """What is remembered of a room."""

    failed: int = 0
    done: int = 0
    joined_at: float | None = None
    uploads_fail: bool = False
    """Attempts to upload failed since one succeeded."""

    def resume(self, kind: AlarmKind) -> None:
        """As for `StreamPast`."""
        self.uploads_fail |= kind is AlarmKind.UPLOAD

    def joined(self, is_joined: bool, now: float) -> float | None:
        """Take whether the server is there; return for how long it has been."""
        if not is_joined:
            self.joined_at = None
        elif self.joined_at is None:
            self.joined_at = now
        return None if self.joined_at is None else now - self.joined_at

    def see(self, room: RoomSnapshot) -> None:
        """Take it as it is now."""
        uploads = room.uploads
        if uploads is None:
            return
        if uploads.done > self.done or not uploads.waiting:
            self.uploads_fail = False
        elif uploads.failed > self.failed:
            self.uploads_fail = True
        self.failed, self.done = uploads.failed, uploads.done


class StreamView(NamedTuple):
    """A stream that is recorded or looked at."""

    stream: StreamSnapshot
    past: StreamPast
    now: float
    pictures: bool
    """Whether anybody here sends some."""
    disk_full: bool
    """Nothing can be recorded at all."""


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as a whole."""

    room: RoomSnapshot
    past: RoomPast
    nobody: str
    """That nobody is here, as far as is known, in words; empty where somebody is."""
    sync: float
    """As in `RecordConfig`."""


@dataclass(frozen=True, slots=True)
class GuestView:
    """Somebody who should be here."""

    guest: str
    """A shell pattern of stream ids."""
    here: bool | None
    """``None``: it cannot be known."""
    away: float | None
    """Seconds since a sign of life, where there was one."""
