"""Files whose frames turn out to belong elsewhere, read again without any code of ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.errors import DiskFullError, RecordingError
from roomdeck.core.model import (
    Codec,
    Container,
    EncodedFrame,
    Kind,
    Misplaced,
    PictureSize,
    SenderReport,
    TakeSummary,
)
from roomdeck.core.recording import mend_process
from roomdeck.core.recording import take as take_module
from roomdeck.core.recording.check import check

from .media import START, Demuxed, Studio, audio, video

PAIRS = [
    (Codec.H264, Codec.OPUS),
    (Codec.H265, Codec.OPUS),
    (Codec.VP8, Codec.OPUS),
    (Codec.VP9, Codec.OPUS),
    (Codec.AV1, Codec.OPUS),
    (Codec.H264, Codec.PCMU),
]


def late(frames: Sequence[EncodedFrame], until: float, speed: float) -> list[EncodedFrame]:
    """What was queued until then comes at so many times real time."""
    return [
        msgspec.structs.replace(
            f, arrival=max(f.arrival, START + until + (f.arrival - START) / speed)
        )
        for f in frames
    ]


def stood_still(frames: Sequence[EncodedFrame], at: float, by: float) -> list[EncodedFrame]:
    """Nothing is captured for a while, and the RTP clock stands still meanwhile."""
    return [
        f
        if f.arrival < START + at
        else msgspec.structs.replace(f, rtp_time=f.rtp_time - round(by * f.codec.clock_rate))
        for f in frames
        if not START + at <= f.arrival < START + at + by
    ]


class Reporting(Studio):
    """Hands over sender reports of clocks that began with the media, from some moment on."""

    def __init__(
        self,
        output: Path,
        frames: dict[Kind, list[EncodedFrame]],
        since: float,
        container: Container = Container.AUTO,
    ) -> None:
        super().__init__(output, container=container)
        self.now: float = START
        self.frames, self.since = frames, since
        self.first = {kind: part[0] for kind, part in frames.items()}
        self.stood: dict[Kind, tuple[float, float]] = {}
        """(when, seconds) for which the RTP clock of a track stood still."""

    def play_all(self, batch: float = 0.1) -> None:
        everything = sorted((f for part in self.frames.values() for f in part), key=_arrival)
        while everything:
            self.now += batch
            count = sum(f.arrival <= self.now for f in everything)
            part, everything = everything[:count], everything[count:]
            if self.now > START + self.since:
                self.reports = {kind: self._report(kind) for kind in self.frames}
            self.recorder.write(part, self.reports, self.now, self.wall)
            self.recorder.poll(self.now, self.wall)

    def _report(self, kind: Kind) -> SenderReport:
        """As of the last whole second."""
        first, when = self.first[kind], float(int(self.now))
        at, by = self.stood.get(kind, (0.0, 0.0))
        seconds = when - START - min(max(when - START - at, 0.0), by)
        rtp = first.rtp_time + round(seconds * first.codec.clock_rate)
        return SenderReport(5000 + when, rtp, when, 0)


def _arrival(frame: EncodedFrame) -> float:
    return frame.arrival


@pytest.mark.parametrize(("video_codec", "audio_codec"), PAIRS)
@pytest.mark.parametrize("since", [1.5, 99.0], ids=["reports", "arrival"])
def test_sound_that_came_slowly_is_put_into_its_place(
    tmp_path: Path, video_codec: Codec, audio_codec: Codec, since: float
) -> None:
    pictures = list(video(video_codec, seconds=8))
    sounds = late(audio(audio_codec, seconds=8), 1.0137, 2.0)
    studio = Reporting(tmp_path, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, since)
    studio.recorder.expect(video_codec, audio_codec)
    studio.play_all()
    [take] = studio.end()
    assert os.listdir(tmp_path) == [Path(take.file).name]
    assert take.misplaced == {}
    assert take.aligned_by == ("arrival" if since > 50 else "sender-reports")
    moves = [one.moved for one in take.placed[Kind.AUDIO] if abs(one.moved) > 0.1]
    assert moves
    assert sum(moves) < -0.4
    demuxed = Demuxed(take.file)
    assert len(demuxed.data["video"]) == len(pictures)
    assert demuxed.data["audio"] == [f.data for f in sounds]
    begin = demuxed.pts["video"][0]
    for pts, frame in zip(demuxed.pts["audio"], audio(audio_codec, seconds=8), strict=True):
        assert float(pts - begin) == pytest.approx(frame.arrival - START, abs=0.02)
    steps = [float(two - one) for one, two in pairwise(demuxed.pts["audio"])]
    assert steps == [pytest.approx(0.02, abs=0.0021)] * len(steps)
    assert not check(Path(take.file)).problems
    assert take.audio is not None
    assert take.audio.packets == len(sounds)
    assert take.seconds == pytest.approx(8.0, abs=0.1)


def test_sound_from_before_a_picture_that_came_late_is_found_again(tmp_path: Path) -> None:
    """Pictures were queued: at first their sound seemed to be from before the file."""
    pictures = late(video(Codec.VP8, seconds=8), 1.0, 2.0)
    sounds = list(audio(seconds=8))
    studio = Reporting(tmp_path, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, 2.0)
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    studio.play_all()
    [take] = studio.end()
    demuxed = Demuxed(take.file)
    assert len(demuxed.data["video"]) == len(pictures)
    assert demuxed.data["audio"] == [f.data for f in sounds]
    assert demuxed.pts["audio"][0] == demuxed.pts["video"][0]


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize(("older", "lost"), [(1, 0), (400, 0), (500, 1), (2000, 2)])
def test_sound_that_seems_a_little_older_than_the_first_picture_is_in_the_file(
    tmp_path: Path, queued: bool, older: int, lost: int
) -> None:
    """In ticks: what was sent together is measured a little apart; half a packet is 480."""
    pictures = video(Codec.VP8, seconds=8)
    sounds = list(audio(seconds=8))
    frames = {Kind.VIDEO: late(pictures, 1.0, 2.0) if queued else list(pictures)}
    studio = Reporting(tmp_path, {**frames, Kind.AUDIO: sounds}, 2.0 if queued else 0.0)
    first = studio.first[Kind.AUDIO]
    studio.first[Kind.AUDIO] = msgspec.structs.replace(first, rtp_time=first.rtp_time + older)
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    studio.play_all()
    [take] = studio.end()
    demuxed = Demuxed(take.file)
    assert demuxed.data["audio"] == [f.data for f in sounds[lost:]]
    begin, next_ = (float(pts - demuxed.pts["video"][0]) for pts in demuxed.pts["audio"][:2])
    late_by = lost * 0.02 - older / 48000
    assert begin == pytest.approx(max(late_by, 0.0), abs=0.002)
    assert next_ == pytest.approx(late_by + 0.02, abs=0.002)


def test_sound_from_before_a_file_stays_there_when_reports_came_with_it(tmp_path: Path) -> None:
    """All was held back, and the clock is put right between what is from before and the rest."""

    def held(frames: Sequence[EncodedFrame]) -> list[EncodedFrame]:
        until = START + 1.3863835656775336
        return [msgspec.structs.replace(f, arrival=max(f.arrival, until)) for f in frames]

    pictures, sounds = held(video(Codec.H264, seconds=8)[25:]), held(audio(seconds=8)[41:])
    studio = Reporting(tmp_path, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, 1.0)
    studio.first = {Kind.VIDEO: video(Codec.H264, seconds=8)[0], Kind.AUDIO: audio(seconds=8)[0]}
    studio.recorder.expect(Codec.H264, Codec.OPUS)
    studio.play_all(0.04)
    [take] = studio.end()
    assert [round(one.moved, 3) for one in take.placed[Kind.AUDIO]] == [0.0, 0.02]
    demuxed = Demuxed(take.file)
    assert demuxed.data["audio"] == [f.data for f in audio(seconds=8)[50:]]
    assert demuxed.pts["audio"][0] == demuxed.pts["video"][0]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_clock_that_stood_still_leaves_a_gap_where_it_did(tmp_path: Path, kind: Kind) -> None:
    frames = {
        Kind.VIDEO: list(video(Codec.VP8, seconds=12)),
        Kind.AUDIO: list(audio(seconds=12)),
    }
    frames[kind] = stood_still(frames[kind], 5.0, 2.0)
    studio = Reporting(tmp_path, frames, 1.0)
    studio.stood = {kind: (5.0, 2.0)}
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    studio.play_all()
    [take] = studio.end()
    demuxed = Demuxed(take.file)
    begin = demuxed.pts["video"][0]
    for one, sent in frames.items():
        assert len(demuxed.data[one]) == len(sent)
        for pts, frame in zip(demuxed.pts[one], sent, strict=True):
            assert float(pts - begin) == pytest.approx(frame.arrival - START, abs=0.02)
    assert take.misplaced == {}
    assert [round(one.moved, 1) for one in take.placed[kind] if one.moved > 0.1] == [2.0]


def test_a_file_that_cannot_be_mended_stays_and_the_summary_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise DiskFullError("no space left")

    monkeypatch.setattr(take_module, "open_mended_file", full)
    monkeypatch.setattr(take_module, "MEND_BYTES", 0)
    pictures, sounds = list(video(Codec.H264, seconds=8)), late(audio(seconds=8), 1.0, 2.0)
    studio = Reporting(tmp_path, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, 1.5)
    studio.recorder.expect(Codec.H264, Codec.OPUS)
    studio.play_all()
    [take] = studio.end()
    assert take.error == ""
    demuxed = Demuxed(take.file)
    assert len(demuxed.data["audio"]) == len(sounds)
    worst = max(take.misplaced[Kind.AUDIO], key=lambda part: part.late)
    assert worst.late == pytest.approx(1.0, abs=0.1)
    assert worst.begin == pytest.approx(1.0, abs=0.1)


def test_sound_that_turns_out_to_be_from_before_the_file_leaves_a_point_of_its_clock(
    tmp_path: Path,
) -> None:
    """Its first packet is cut off when the file is mended, and the point that it was with it."""
    pictures = list(video(Codec.VP8, seconds=8))
    # All sound takes longer than pictures, and reports that come late say so.
    sounds = [msgspec.structs.replace(f, arrival=f.arrival + 0.3) for f in audio(seconds=8)]
    studio = Reporting(tmp_path, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, 2.0)
    studio.frames[Kind.VIDEO] = pictures[25:]
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    studio.play_all()
    [take] = studio.end()
    assert [round(one.moved, 2) for one in take.placed[Kind.AUDIO] if one.moved] == [-0.3]
    assert take.clocks[Kind.AUDIO]
    assert all(point.ntp is not None for points in take.clocks.values() for point in points)


def misplaced(
    folder: Path, codec: Codec = Codec.VP8, container: Container = Container.AUTO
) -> TakeSummary:
    """A take whose file was too large to be put right where it was written."""
    pictures, sounds = list(video(codec, seconds=8)), late(audio(seconds=8), 1.0, 2.0)
    studio = Reporting(folder, {Kind.VIDEO: pictures, Kind.AUDIO: sounds}, 1.5, container)
    studio.recorder.expect(codec, Codec.OPUS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(take_module, "MEND_BYTES", 0)
        studio.play_all()
        [take] = studio.end()
    assert take.misplaced
    return take


@pytest.mark.parametrize(
    ("codec", "container"),
    [(Codec.H264, "ts"), (Codec.H265, "mkv"), (Codec.VP8, "mkv"), (Codec.H264, "mp4")],
)
def test_a_large_file_is_put_right_by_what_its_summary_says(
    tmp_path: Path, codec: Codec, container: str
) -> None:
    before = misplaced(tmp_path, codec, Container(container))
    take = mend_process.put_right(before)
    assert os.listdir(tmp_path) == [Path(take.file).name]
    assert (take.misplaced, take.bytes) == ({}, Path(take.file).stat().st_size)
    demuxed, sounds = Demuxed(take.file), audio(seconds=8)
    assert len(demuxed.data["video"]) == 200
    assert demuxed.data["audio"] == [f.data for f in sounds]
    begin = demuxed.pts["video"][0]
    for pts, frame in zip(demuxed.pts["audio"], sounds, strict=True):
        assert float(pts - begin) == pytest.approx(frame.arrival - START, abs=0.02)
    assert not check(Path(take.file)).problems
    assert take.seconds == pytest.approx(8.0, abs=0.1)
    assert take.sizes == before.sizes == [PictureSize(0.0, 64, 48)]
    shown = take.clocks[Kind.AUDIO][-1]
    assert shown.pts == pytest.approx((shown.rtp_time - 777000) / 48000, abs=0.02)


def test_sizes_move_with_the_pictures_that_are_put_right(tmp_path: Path) -> None:
    before = misplaced(tmp_path)
    late = Misplaced(begin=2.0, end=9.0, late=-0.5)
    sizes = [PictureSize(0.0, 64, 48), PictureSize(4.0, 32, 24)]
    told = msgspec.structs.replace(
        before, misplaced=before.misplaced | {Kind.VIDEO: [late]}, sizes=sizes
    )
    take = mend_process.put_right(told)
    assert take.sizes == [PictureSize(0.0, 64, 48), PictureSize(4.5, 32, 24)]


def _nothing_more(_: str | Path) -> int:
    return mend_process.RESERVE


def test_without_room_for_a_copy_the_file_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = misplaced(tmp_path)
    before = Path(take.file).read_bytes()
    monkeypatch.setattr(mend_process, "free_bytes", _nothing_more)
    with pytest.raises(RecordingError, match="no room for a copy"):
        mend_process.put_right(take)
    assert (Path(take.file).read_bytes(), len(os.listdir(tmp_path))) == (before, 1)


def test_a_disk_that_is_full_before_the_copy_is_complete_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = misplaced(tmp_path)
    before = Path(take.file).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mend_process, "SYNC_BYTES", 1)
    monkeypatch.setattr(mend_process, "sync_descriptor", full)
    with pytest.raises(RecordingError, match="could not be copied: the disk is full"):
        mend_process.put_right(take)
    assert (Path(take.file).read_bytes(), len(os.listdir(tmp_path))) == (before, 1)
