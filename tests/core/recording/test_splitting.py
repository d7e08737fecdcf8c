"""Recordings that go on in another file by themselves, and what their parts say of each other."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.model import Codec, Container, EncodedFrame, EndReason, Kind, TakeSummary
from roomdeck.core.recording.splitting import Growth, next_split

from .media import START, Demuxed, Studio, audio, moved, video

H264, OPUS = Codec.H264, Codec.OPUS


@pytest.mark.parametrize(
    ("began", "every", "asked"),
    [
        (0.0, 1800.0, 1799.0),
        (1799.3, 1800.0, 3599.0),  # the one before was early
        (1803.0, 1800.0, 3599.0),  # or late
        (1200.0, 1800.0, 1799.0),  # or was split by hand
        (1797.0, 1800.0, 1799.0),
        (0.0, 2.0, 1.5),
        (1.6, 2.0, 3.5),
    ],
)
def test_files_end_at_multiples_of_a_time(began: float, every: float, asked: float) -> None:
    assert next_split(100 + began, 100, every) == pytest.approx(100 + asked)


def test_growth_is_that_of_the_last_seconds() -> None:
    growth = Growth()
    for second in range(5):
        growth.after(2.0, second * 1000, second)
    assert growth.after(2.0, 14_000, 5) == 34_000
    assert growth.after(2.0, 3000, 5.5) == 3000 + 2 * 10_000, "put right, and smaller for it"


def is_one_recording(takes: Sequence[TakeSummary], *sent: Sequence[EncodedFrame]) -> None:
    """Every frame is in one of the parts, at its time in the recording."""
    assert len({take.recording for take in takes}) == 1
    assert takes[0].recording
    assert [take.part for take in takes] == list(range(1, len(takes) + 1))
    assert takes[0].part_begin == 0
    parts = [Demuxed(take.file) for take in takes]
    lead = sent[0][0].codec.kind
    for frames in sent:
        kind = frames[0].codec.kind
        rate = frames[0].codec.clock_rate
        assert sum(len(part.data[kind]) for part in parts) == len(frames)
        times = [
            take.part_begin + float(pts - part.pts[lead][0])
            for take, part in zip(takes, parts, strict=True)
            for pts in part.pts[kind]
        ]
        expected = [(frame.rtp_time - frames[0].rtp_time) / rate for frame in frames]
        assert times == [pytest.approx(time, abs=0.0011) for time in expected]
        if kind is Kind.AUDIO:
            heard = [data for part in parts for data in part.data[kind]]
            assert heard == [frame.data for frame in frames]
    for one, two in pairwise(takes):
        assert two.offset - one.offset == pytest.approx(two.part_begin - one.part_begin, abs=0.03)


@pytest.mark.parametrize(
    ("codec", "container"),
    [(H264, Container.TS), (H264, Container.MP4), (Codec.VP8, Container.MKV)],
)
def test_a_file_ends_at_the_key_frame_that_was_asked_for(
    tmp_path: Path, codec: Codec, container: Container
) -> None:
    pictures, sounds = video(codec, seconds=12), audio(seconds=12)
    studio = Studio(tmp_path, container=container, split_every=4)
    studio.recorder.expect(codec, OPUS)
    studio.play(pictures[:77], sounds[:154])
    assert studio.recorder.wants_key_frame, "a second before the time"
    studio.play(pictures[77:], sounds[154:])
    takes = studio.end()
    assert [take.reason for take in takes] == [EndReason.SPLIT, EndReason.SPLIT, EndReason.BYE]
    assert [take.seconds for take in takes] == [pytest.approx(4, abs=0.05)] * 3
    assert [take.part_begin for take in takes] == [0, 4, 8]
    is_one_recording(takes, pictures, sounds)


def test_without_a_key_frame_nothing_ends(tmp_path: Path) -> None:
    pictures = video(Codec.VP8, seconds=6, gop=1000)
    studio = Studio(tmp_path, split_every=2)
    studio.recorder.expect(Codec.VP8, None)
    studio.play(pictures)
    assert studio.recorder.wants_key_frame
    [take] = studio.end()
    assert take.video is not None
    assert take.video.frames == 150


def test_sound_alone_is_split_as_well(tmp_path: Path) -> None:
    sounds = audio(seconds=10)
    studio = Studio(tmp_path, split_every=4)
    studio.recorder.expect(None, OPUS)
    studio.play(sounds)
    takes = studio.end()
    assert [take.seconds for take in takes] == [pytest.approx(s, abs=0.2) for s in (3, 4, 3)]
    is_one_recording(takes, sounds)


@pytest.mark.parametrize("container", ["ts", "mkv", "mp4"])
def test_no_file_is_larger_than_it_may_be(tmp_path: Path, container: str) -> None:
    """Key frames come once a second, and some seconds are much larger than others."""
    filler = b"\0\0\0\1\x0c" + b"\xff" * 4000 + b"\x80"
    pictures = [
        msgspec.structs.replace(frame, data=frame.data + filler * (1 + n // 100 % 2))
        for n, frame in enumerate(video(H264, seconds=20))
    ]
    sounds = audio(seconds=20)
    studio = Studio(tmp_path, container=Container(container), split_bytes=1_000_000)
    studio.recorder.expect(H264, OPUS)
    studio.play(pictures, sounds)
    takes = studio.end()
    sizes = [Path(take.file).stat().st_size for take in takes]
    assert max(sizes) <= 1_000_000
    assert min(sizes[:-1]) > 500_000
    assert {take.reason for take in takes[:-1]} == {EndReason.SPLIT}
    is_one_recording(takes, pictures, sounds)


@pytest.mark.parametrize("container", ["ts", "mkv", "mp4"])
def test_a_file_ends_before_its_file_system_takes_no_more(tmp_path: Path, container: str) -> None:
    """The limit is a real one: what is written beyond it is refused."""
    filler = b"\0\0\0\1\x0c" + b"\xff" * 2000 + b"\x80"
    pictures = [
        msgspec.structs.replace(frame, data=frame.data + filler)
        for frame in video(H264, seconds=20)
    ]
    sounds = audio(seconds=20)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        studio = Studio(tmp_path, container=Container(container))
        studio.recorder.expect(H264, OPUS)
        studio.play(pictures, sounds)
        takes = studio.end()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(takes) > 1
    assert [take.error for take in takes] == [""] * len(takes)
    assert {take.reason for take in takes[:-1]} == {EndReason.LENGTH}
    is_one_recording(takes, pictures, sounds)


def test_another_codec_or_track_is_another_part_of_the_same_recording(tmp_path: Path) -> None:
    sounds = audio(seconds=8)
    later = moved(video(Codec.VP8), by=3.0)
    studio = Studio(tmp_path)
    studio.recorder.expect(None, OPUS)
    studio.play(sounds[:150])
    studio.recorder.expect(Codec.VP8, OPUS)
    studio.play(later, sounds[150:300])
    studio.recorder.end(EndReason.STOPPED, {})
    studio.recorder.restart()
    studio.play(moved(later, by=5), sounds[300:])
    first, second, third = studio.end()
    assert (first.reason, second.reason) == (EndReason.TRACKS, EndReason.STOPPED)
    assert (second.recording, second.part) == (first.recording, 2)
    assert second.part_begin == pytest.approx(second.offset - first.offset, abs=0.001)
    assert (third.recording != first.recording, third.part, third.part_begin) == (True, 1, 0)


def test_a_part_begins_where_the_one_before_it_has_its_first_frame_in_the_end(
    tmp_path: Path,
) -> None:
    """The RTP clock begins anew in between: nobody but the file knows how long it stood."""
    pictures = video(Codec.VP8, seconds=8)
    again = moved(pictures[75:], by=1.0, rtp=90_000_000, epoch=1)
    studio = Studio(tmp_path, split_every=6)
    studio.recorder.expect(Codec.VP8, None)
    studio.play(pictures[:75], again)
    first, second = studio.end()
    begin = again[[f.key for f in again].index(True, 26)].arrival - START
    assert second.part_begin == pytest.approx(begin, abs=0.1)
    assert second.part_begin == pytest.approx(second.offset - first.offset, abs=0.1)
