"""When something stands still, and when it goes on: seconds are counted, not waited for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import pytest

from roomdeck.core.engine.room.stalls import Change, StallWatch, quiet_kinds
from roomdeck.core.ipc.worker_messages import StreamStatus
from roomdeck.core.model import Kind, Stall, TakeSummary, TrackAges, TrackStats

VIDEO, AUDIO = Kind.VIDEO, Kind.AUDIO
TAKE = TakeSummary(stream="alice", raw_id="alice", file="/out/a.ts", started=1.0, offset=0.0)
SOON = 5.0
"""Seconds within which a stall, or its end, has to be told."""


@dataclass
class Sent:
    """What a track does from now on."""

    every: float = 0.03
    """Seconds between two frames; 0 is never."""
    written: bool = True
    whole: bool = True
    refused: str = ""
    """Counter of `TrackStats` that counts its packets."""


@dataclass
class _Line:
    stats: TrackStats = field(default_factory=TrackStats)
    came: float | None = None
    written: float | None = None
    due: float = 0.0
    reported: int = 0
    """Frames that were said to be written."""


@dataclass
class Lab:
    """A stream whose worker is looked at once a second."""

    tracks: dict[Kind, Sent] = field(default_factory=lambda: {VIDEO: Sent(), AUDIO: Sent(0.02)})
    answers: bool = True
    """The peer reports and answers consent checks."""
    open: bool = True
    quiet: frozenset[Kind] = frozenset()
    disk: bool = True
    now: float = 1000.0
    watch: StallWatch = field(default_factory=StallWatch)
    changes: list[tuple[float, Change]] = field(default_factory=list[tuple[float, Change]])
    _lines: dict[Kind, _Line] = field(default_factory=dict[Kind, _Line])
    _reported: float = 1000.0
    _progress: float = 1000.0

    def run(self, seconds: float, jitter: Callable[[int], float] = lambda _: 0.0) -> list[Change]:
        """Let time pass; return what was told meanwhile."""
        before, end, looks = len(self.changes), self.now + seconds, 0
        look_at = self.now
        while self.now < end - 1e-6:
            self.now = round(self.now + 0.01, 2)
            self._send()
            if self.now >= look_at:
                looks += 1
                look_at = self.now + 1.0 + jitter(looks)
                self._look()
        return [change for _, change in self.changes[before:]]

    def _send(self) -> None:
        if self.answers and self.now - self._reported >= 1.0:
            self._reported = self.now
        report = self.now - self._progress >= 1.2
        if report:
            self._progress = self.now
        for kind, sent in self.tracks.items():
            line = self._lines.setdefault(kind, _Line(due=self.now))
            if not sent.every:
                line.due = self.now
            elif self.now >= line.due:
                line.due = self.now + sent.every
                self._packet(line, sent)
            if report and sent.written and self.disk and line.stats.frames > line.reported:
                line.written, line.reported = self.now, line.stats.frames

    def _packet(self, line: _Line, sent: Sent) -> None:
        counter = sent.refused or "received"
        changed = {counter: getattr(line.stats, counter) + 1}
        if sent.whole and not sent.refused:
            changed["frames"] = line.stats.frames + 1
        elif not sent.refused:
            changed["dropped_frames"] = line.stats.dropped_frames + 1
            changed["plis"] = line.stats.plis + 1
        line.stats = msgspec.structs.replace(line.stats, **changed)
        if not sent.refused:
            line.came = self.now

    def _look(self) -> None:
        def age(at: float | None) -> float | None:
            return None if at is None else self.now - at

        heard = [self._reported, *(line.came for line in self._lines.values() if line.came)]
        lines = {kind: self._lines.get(kind, _Line()) for kind in self.tracks}
        status = StreamStatus(
            peer="p",
            stream="alice",
            wanted=True,
            take=TAKE if self.open else None,
            tracks={kind: line.stats for kind, line in lines.items()},
            ages={
                kind: TrackAges(age(line.came), age(line.written) if self.open else None)
                for kind, line in lines.items()
            },
            heard_age=self.now - max(heard),
        )
        for change in self.watch.inspect(status, self.quiet, self.now):
            self.changes.append((self.now, change))

    def stop(self, *kinds: Kind) -> None:
        for kind in kinds:
            self.tracks[kind] = Sent(0.0)

    def restart(self, *kinds: Kind) -> None:
        for kind in kinds:
            self.tracks[kind] = Sent()


def told(changes: list[Change]) -> list[tuple[Stall, bool]]:
    return [(change.what, change.over) for change in changes]


@pytest.fixture
def lab() -> Lab:
    made = Lab()
    assert made.run(20) == []
    return made


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(("kind", "what"), [(VIDEO, Stall.PICTURE), (AUDIO, Stall.SOUND)])
def test_one_track_that_stops_is_told_within_seconds_and_once(
    lab: Lab, kind: Kind, what: Stall, phase: float
) -> None:
    lab.run(phase)
    lab.stop(kind)
    (begun,) = lab.run(SOON)
    assert (begun.what, begun.over) == (what, False)
    assert "goes on" in begun.why
    assert lab.run(20 - SOON) == []
    assert lab.watch.lasts == pytest.approx(20, abs=1.1)  # pyright: ignore[reportUnknownMemberType]
    lab.restart(kind)
    (over,) = lab.run(SOON)
    assert (over.what, over.over) == (what, True)
    assert 18 < over.seconds < 25
    assert lab.run(60) == []
    lab.stop(kind)
    assert told(lab.run(SOON)) == [(what, False)]


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.6, 0.9])
def test_a_dead_guest_is_the_network_and_nothing_else(lab: Lab, phase: float) -> None:
    lab.run(phase)
    lab.answers = False
    lab.stop(VIDEO, AUDIO)
    assert told(lab.run(SOON)) == [(Stall.NETWORK, False)]
    assert lab.run(20) == []
    lab.answers = True
    lab.restart(VIDEO, AUDIO)
    assert told(lab.run(SOON)) == [(Stall.NETWORK, True)]
    assert lab.run(60) == []


def test_a_guest_in_the_background_answers_and_sends_neither(lab: Lab) -> None:
    lab.stop(VIDEO, AUDIO)
    assert sorted(told(lab.run(SOON))) == [(Stall.PICTURE, False), (Stall.SOUND, False)]
    lab.answers = False
    assert lab.run(20) == []
    lab.restart(VIDEO, AUDIO)
    assert sorted(told(lab.run(SOON))) == [(Stall.PICTURE, True), (Stall.SOUND, True)]


def test_sound_that_comes_back_alone_leaves_the_picture_standing(lab: Lab) -> None:
    lab.answers = False
    lab.stop(VIDEO, AUDIO)
    lab.run(10)
    lab.answers = True
    lab.restart(AUDIO)
    assert told(lab.run(2 * SOON)) == [(Stall.NETWORK, True), (Stall.PICTURE, False)]


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.6, 0.9])
def test_a_disk_that_stands_still(lab: Lab, phase: float) -> None:
    lab.run(phase)
    lab.disk = False
    assert told(lab.run(SOON)) == [(Stall.DISK, False)]
    assert lab.run(20) == []
    lab.disk = True
    assert told(lab.run(SOON)) == [(Stall.DISK, True)]
    assert lab.run(60) == []


def test_pictures_without_a_key_frame(lab: Lab) -> None:
    lab.tracks[VIDEO] = Sent(written=False, whole=False)
    (begun,) = lab.run(SOON)
    assert begun.what is Stall.PICTURE
    assert "no key frame comes, asked for" in begun.why
    lab.restart(VIDEO)
    assert told(lab.run(SOON)) == [(Stall.PICTURE, True)]


def test_pictures_that_come_back_but_wait_for_their_key_frame_are_one_stall(lab: Lab) -> None:
    lab.stop(VIDEO)
    lab.run(20)
    lab.tracks[VIDEO] = Sent(written=False, whole=False)
    assert lab.run(10) == []
    lab.restart(VIDEO)
    assert told(lab.run(SOON)) == [(Stall.PICTURE, True)]


@pytest.mark.parametrize(
    ("counter", "word"),
    [("too_long", "longer than 16384"), ("undecryptable", "decrypted"), ("unknown", "agreed on")],
)
def test_what_cannot_be_used_is_not_recorded_from_the_start_and_says_why(
    counter: str, word: str
) -> None:
    lab = Lab({VIDEO: Sent(written=False, refused=counter), AUDIO: Sent(0.02)})
    lab.run(2.1)
    assert word in lab.watch.pending
    (begun,) = lab.run(SOON - 2.1)
    assert begun.what is Stall.PICTURE
    assert word in begun.why


def test_what_was_announced_and_never_came() -> None:
    lab = Lab({VIDEO: Sent(), AUDIO: Sent(0.0)})
    (begun,) = lab.run(SOON + 1)
    assert begun.what is Stall.SOUND
    assert "nothing of it has come" in begun.why
    nothing = Lab({VIDEO: Sent(0.0), AUDIO: Sent(0.0)}, open=False)
    (begun,) = nothing.run(60)
    assert begun.what is Stall.NETWORK
    assert "nothing comes of what was announced" in begun.why


def test_who_announces_nothing_is_idle_and_no_stall() -> None:
    lab = Lab({}, open=False)
    assert lab.run(60) == []
    assert lab.watch.sends_nothing
    lab.tracks = {VIDEO: Sent(), AUDIO: Sent()}
    lab.open = True
    assert lab.run(10) == []
    assert not lab.watch.sends_nothing


def test_muted_tracks_may_be_silent(lab: Lab) -> None:
    lab.quiet = frozenset({AUDIO})
    lab.stop(AUDIO)
    assert lab.run(60) == []
    lab.quiet = quiet_kinds(muted=True, camera_off=True, screen=False)
    lab.stop(VIDEO)
    assert lab.run(60) == []
    lab.answers = False
    assert told(lab.run(12)) == [(Stall.NETWORK, False)]
    lab.answers = True
    assert told(lab.run(5)) == [(Stall.NETWORK, True)]


def test_a_mute_that_is_told_late_ends_the_stall(lab: Lab) -> None:
    lab.stop(AUDIO)
    assert told(lab.run(SOON)) == [(Stall.SOUND, False)]
    lab.quiet = frozenset({AUDIO})
    (over,) = lab.run(2)
    assert (over.what, over.over) == (Stall.SOUND, True)
    assert "off, its sender says" in over.why


def test_a_still_screen_is_no_stall() -> None:
    lab = Lab({VIDEO: Sent()}, quiet=quiet_kinds(muted=False, camera_off=False, screen=True))
    lab.run(10)
    lab.tracks[VIDEO] = Sent(28.0)
    assert lab.run(300) == []


def test_discontinuous_sound_is_no_stall(lab: Lab) -> None:
    lab.tracks[AUDIO] = Sent(0.4)
    assert lab.run(120) == []


@pytest.mark.parametrize("every", [0.5, 1.0, 2.0, 2.4, 3.0, 5.0])
def test_slow_pictures_do_not_flap(every: float) -> None:
    lab = Lab({VIDEO: Sent(every), AUDIO: Sent(0.02)})
    assert len(lab.run(600)) <= 2
    assert not lab.watch.standing


def test_pictures_that_become_rare_stop_being_told() -> None:
    lab = Lab()
    lab.run(20)
    lab.tracks[VIDEO] = Sent(12.0)
    assert told(lab.run(600)) == [(Stall.PICTURE, False), (Stall.PICTURE, True)]


def test_a_freeze_right_after_the_start_is_told() -> None:
    lab = Lab()
    lab.run(1.2)
    lab.stop(VIDEO)
    assert told(lab.run(SOON + 1)) == [(Stall.PICTURE, False)]


def test_looks_that_are_late_tell_nothing_that_is_not_so(lab: Lab) -> None:
    assert lab.run(120, jitter=lambda number: (number * 7 % 10) / 4) == []


def test_a_worker_that_is_not_heard_is_a_stall_of_its_own(lab: Lab) -> None:
    (begun,) = lab.watch.unheard(4.2, lab.now)
    assert (begun.what, begun.seconds) == (Stall.WORKER, pytest.approx(4.2))
    assert lab.watch.unheard(5.2, lab.now) == []
    assert told(lab.run(1)) == [(Stall.WORKER, True)]
    assert lab.run(60) == []


def test_a_track_that_is_taken_away_stands_still_no_more(lab: Lab) -> None:
    lab.stop(AUDIO)
    lab.run(SOON)
    del lab.tracks[AUDIO]
    assert told(lab.run(2)) == [(Stall.SOUND, True)]
    assert lab.run(60) == []
