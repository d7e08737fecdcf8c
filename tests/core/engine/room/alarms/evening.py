"""An evening of a room in virtual time: what clients see of it, changed as a test likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from roomdeck.core.config import AlarmSetting
from roomdeck.core.engine.records.journal import Journal
from roomdeck.core.engine.room.actions import Note
from roomdeck.core.engine.room.alarms.watch import AlarmWatch
from roomdeck.core.model import (
    AlarmKind,
    AudioSummary,
    Codec,
    DiskSnapshot,
    Kind,
    PictureMeter,
    RoomSnapshot,
    SignalingState,
    SoundMeter,
    StreamSnapshot,
    StreamState,
    TrackAges,
    TrackStats,
    VideoSummary,
    WorkerSnapshot,
)

GB = 1_000_000_000
LOUD = SoundMeter(level=-20.0, peak=-9.0)
QUIET = SoundMeter(level=-90.0, peak=-85.0)
VIDEO = VideoSummary(Codec.H264, 1280, 720, 900)
AUDIO = AudioSummary(Codec.OPUS, 1500, 2)

ROOM = RoomSnapshot(
    version=1,
    time=0.0,
    room="stage",
    server="ws://server",
    link=SignalingState.JOINED,
    started=0.0,
    disk=DiskSnapshot(100 * GB, 99_999.0, 200 * GB, GB // 3, GB),
    workers=(WorkerSnapshot(number=1, pid=1),),
)


def well(name: str, **changes: Any) -> StreamSnapshot:
    """Return a stream of which nothing is to be said."""
    stream = StreamSnapshot(
        stream=name,
        state=StreamState.REC,
        video=VIDEO,
        audio=AUDIO,
        fps=30.0,
        bitrate=2_500_000.0,
        sound=LOUD,
        picture=PictureMeter(),
        worker=1,
        here=True,
        tracks={Kind.VIDEO: TrackStats(key_frames=1), Kind.AUDIO: TrackStats()},
        ages={Kind.VIDEO: TrackAges(0.1, 0.5), Kind.AUDIO: TrackAges(0.1, 0.5)},
    )
    return msgspec.structs.replace(stream, **changes)


@dataclass
class Evening:
    """A room with a clock; one look a second."""

    settings: Mapping[AlarmKind, AlarmSetting] = field(
        default_factory=lambda: dict[AlarmKind, AlarmSetting]()
    )
    expected: Sequence[str] = ()
    audio: bool = True
    video: bool = True
    now: float = 1000.0
    nobody: str = ""
    notes: list[Note] = field(default_factory=list[Note])
    people: dict[str, StreamSnapshot] = field(default_factory=dict[str, StreamSnapshot])
    ended: list[Note] = field(default_factory=list[Note])
    room: RoomSnapshot = ROOM
    journal: Journal = field(default_factory=Journal)
    _heard_at: dict[str, float] = field(default_factory=dict[str, float])

    def __post_init__(self) -> None:
        self.watch = AlarmWatch(
            self.settings, self.expected, 2.0, audio=self.audio, video=self.video
        )

    def be(self, name: str, **changes: Any) -> None:
        """Have a stream be well but for what is said."""
        self.people[name] = well(name, **changes)

    def turn(self, **changes: Any) -> None:
        """Change the room."""
        self.room = msgspec.structs.replace(self.room, **changes)

    def wait(self, seconds: float) -> list[tuple[str, str]]:
        """Let time pass; return what began and ended meanwhile: ``+silence`` and of whom."""
        before = len(self.notes)
        for _ in range(round(seconds)):
            self.now += 1
            self.look()
        return [_word(note) for note in self.notes[before:]]

    def look(self) -> RoomSnapshot:
        """Look once; return what clients see."""
        for name, stream in self.people.items():
            if stream.muted or stream.sound is None or stream.sound.level > -60:
                self._heard_at[name] = self.now
        streams = tuple(self._heard(stream) for stream in self.people.values())
        room = msgspec.structs.replace(self.room, streams=streams)
        self._tell(self.watch.look(room, self.nobody, self.now))
        return self.watch.shown(room, self.now)

    def _heard(self, stream: StreamSnapshot) -> StreamSnapshot:
        if stream.sound is None:
            return stream
        silent = self.now - self._heard_at.setdefault(stream.stream, self.now)
        sound = msgspec.structs.replace(stream.sound, silent=silent)
        return msgspec.structs.replace(stream, sound=sound)

    def take_over(self) -> None:
        """Have another engine look from now on, which knows of the room what workers say."""
        standing = self.journal.standing.alarms(0.0)
        self.__post_init__()
        self.watch.resume(standing)

    def _tell(self, notes: Sequence[Note]) -> None:
        self.notes += notes
        for note in notes:
            now, stream, data = self.now, note.stream, note.data
            self.journal.add(0.0, note.type, note.text, elapsed=now, stream=stream, data=data)

    def end(self) -> list[tuple[str, str]]:
        """End the recording."""
        self.ended = self.watch.end(self.now)
        return [_word(note) for note in self.ended]


def _word(note: Note) -> tuple[str, str]:
    sign = {"alarm.begin": "+", "alarm.end": "-"}[note.type]
    return f"{sign}{note.data['alarm']}", note.stream or note.data.get("guest", "")
