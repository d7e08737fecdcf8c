"""Every pair of codecs, from encoded frames to a file that holds them and decodes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.model import Codec, Container, EndReason, Kind, PictureSize
from roomdeck.core.recording import mend
from roomdeck.core.recording.check import check
from roomdeck.core.recording.sentlog import SentLog
from roomdeck.core.recording.timing import Shifts
from roomdeck.core.recording.written_track import SIZES_KEPT, WrittenTrack

from .media import WALL, Demuxed, Studio, audio, moved, report, video

PAIRS = [
    (Codec.H264, Codec.OPUS, ".ts"),
    (Codec.H265, Codec.OPUS, ".ts"),
    (Codec.VP8, Codec.OPUS, ".mkv"),
    (Codec.VP9, Codec.OPUS, ".mkv"),
    (Codec.AV1, Codec.OPUS, ".mkv"),
    (Codec.H264, None, ".ts"),
    (Codec.VP8, None, ".mkv"),
    (Codec.H264, Codec.PCMU, ".mkv"),
    (Codec.H265, Codec.PCMA, ".mkv"),
    (Codec.AV1, Codec.G722, ".mkv"),
    (None, Codec.OPUS, ".mkv"),
    (None, Codec.PCMU, ".mkv"),
    (None, Codec.PCMA, ".mkv"),
    (None, Codec.G722, ".mkv"),
]


@pytest.mark.parametrize(("video_codec", "audio_codec", "extension"), PAIRS)
def test_every_frame_is_in_the_file(
    tmp_path: Path, video_codec: Codec | None, audio_codec: Codec | None, extension: str
) -> None:
    pictures = video(video_codec) if video_codec else ()
    sounds = audio(audio_codec) if audio_codec else ()
    studio = Studio(tmp_path)
    studio.recorder.expect(video_codec, audio_codec)
    studio.play(pictures, sounds)
    [take] = studio.end()

    assert Path(take.file).suffix == extension
    assert Path(take.file).stat().st_size == take.bytes > 0
    assert list(tmp_path.iterdir()) == [Path(take.file)]
    with SentLog(tmp_path / "sent") as log:
        for frame in [*pictures, *sounds]:
            log.write(frame)
    result = check(Path(take.file), tmp_path / "sent")
    assert result.problems == []
    assert [(c.matched, c.missing, c.missing_at_end) for c in result.comparisons] == [
        (len(frames), 0, 0) for frames in (pictures, sounds) if frames
    ]
    demuxed = Demuxed(take.file)
    assert len(demuxed.data["video"]) == demuxed.decoded["video"] == len(pictures)
    assert len(demuxed.data["audio"]) == len(sounds)
    assert demuxed.decoded["audio"] >= len(sounds) - 1
    if sounds:
        assert demuxed.data["audio"] == [frame.data for frame in sounds]


def test_the_summary_says_what_was_recorded(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(Codec.VP8, Codec.OPUS)
    studio.play(video(Codec.VP8), audio())
    assert studio.recorder.active
    assert studio.recorder.bytes > 0
    [take] = studio.end(EndReason.VANISHED)
    assert not studio.recorder.active
    assert (take.stream, take.raw_id, take.label) == ("alice", "aliceabc123", "Alice")
    assert take.started == pytest.approx(WALL)
    assert take.offset == pytest.approx(60)
    assert take.seconds == pytest.approx(3.0, abs=0.05)
    assert take.video is not None
    assert (take.video.codec, take.video.width, take.video.height) == (Codec.VP8, 64, 48)
    assert take.video.frames == 75
    assert take.audio is not None
    assert take.audio.packets == 150
    assert (take.reason, take.error, take.holes) == (EndReason.VANISHED, "", 0)
    assert [len(points) for points in take.clocks.values()] == [1, 1]
    assert take.clocks[Kind.VIDEO][0].rtp_time == 5000
    assert studio.started[0].file == take.file
    assert studio.started[0].bytes > 0


@pytest.mark.parametrize("step", [3618.0, -7172.0])
def test_a_clock_that_is_set_moves_no_offset_and_no_point_of_a_clock(
    tmp_path: Path, step: float
) -> None:
    studio = Studio(tmp_path)
    studio.recorder.expect(None, Codec.OPUS)
    studio.play(audio(seconds=20))
    studio.step = step
    studio.play(moved(audio(seconds=20), by=20, rtp=20 * 48000))
    studio.recorder.end(EndReason.STOPPED, {})
    studio.recorder.restart()
    studio.play(moved(audio(), by=40, rtp=40 * 48000))
    first, second = studio.end()
    assert [first.offset, second.offset] == [pytest.approx(60), pytest.approx(100)]
    assert [first.started, second.started] == [
        pytest.approx(WALL),
        pytest.approx(WALL + 40 + step),
    ]
    points = [*first.clocks[Kind.AUDIO], *second.clocks[Kind.AUDIO]]
    assert [point.time - WALL for point in points] == [
        pytest.approx(seconds, abs=0.1) for seconds in (0, 30, 40)
    ]


def test_variable_frame_rate_is_kept_exactly(tmp_path: Path) -> None:
    kept = [frame for n, frame in enumerate(video(Codec.H264)) if n % 7 not in (2, 3, 5)]
    studio = Studio(tmp_path)
    studio.recorder.expect(Codec.H264, None)
    studio.play(kept)
    [take] = studio.end()
    times = Demuxed(take.file).pts["video"]
    assert [t - times[0] for t in times] == [
        Fraction(frame.rtp_time - kept[0].rtp_time, 90000) for frame in kept
    ]


def test_a_size_change_stays_in_the_file(tmp_path: Path) -> None:
    small = video(Codec.H264, 64, 48)
    large = moved(video(Codec.H264, 112, 96), by=3, rtp=3 * 90000)
    studio = Studio(tmp_path)
    studio.recorder.expect(Codec.H264, None)
    studio.play(small, large)
    [take] = studio.end()
    result = check(Path(take.file))
    assert result.problems == []
    assert result.video is not None
    assert [(s.width, s.height) for s in result.video.sizes] == [(64, 48), (112, 96)]
    assert result.video.sizes[1].time == pytest.approx(3.0)
    assert Demuxed(take.file).sizes == [(64, 48), (112, 96)]
    assert take.video is not None
    assert (take.video.width, take.video.height) == (112, 96)
    assert take.sizes == [PictureSize(0.0, 64, 48), PictureSize(3.0, 112, 96)]


def test_of_a_size_that_changes_again_and_again_the_first_are_kept() -> None:
    track = WrittenTrack(Codec.H264)
    key = video(Codec.H264, 64, 48)[0]
    for number in range(3 * SIZES_KEPT):
        frame = msgspec.structs.replace(key, width=64 + number % 2 * 32)
        track.count(frame, number * 90_000, (number + 1) * 90_000)
    assert [size.width for size in track.sizes()] == [64, 96] * (SIZES_KEPT // 2)
    # A file that broke holds what was in it when it last was whole.
    track.cut()
    assert track.sizes() == [PictureSize(0.0, 64, 48)]


def test_sizes_move_with_their_pictures_when_a_file_is_mended() -> None:
    track = WrittenTrack(Codec.H264)
    key = video(Codec.H264, 64, 48)[0]
    track.count(key, 0, 90_000)
    track.count(msgspec.structs.replace(key, width=96), 90_000, 180_000)
    shifts = Shifts()
    shifts.begin(45_000, 18_000)
    track.mended(shifts, mend.Copied(2, 0, 198_000))
    assert track.sizes() == [PictureSize(0.0, 64, 48), PictureSize(1.2, 96, 48)]


def test_reports_put_audio_and_video_in_sync(tmp_path: Path) -> None:
    """Sound arrives 200 ms before the picture of the same moment."""
    pictures, sounds = video(Codec.H264), audio()
    studio = Studio(tmp_path)
    studio.recorder.expect(Codec.H264, Codec.OPUS)
    studio.reports = {
        Kind.VIDEO: report(pictures[0], 50.2),
        Kind.AUDIO: report(sounds[0], 50.0),
    }
    studio.play(pictures, sounds)
    [take] = studio.end()
    assert take.aligned_by == "sender-reports"
    demuxed = Demuxed(take.file)
    # The first ten packets were captured before the first picture.
    assert demuxed.data["audio"] == [frame.data for frame in sounds[10:]]
    assert demuxed.pts["audio"][0] == demuxed.pts["video"][0]


@pytest.mark.parametrize("container", [Container.TS, Container.MKV, Container.MP4])
def test_a_file_that_is_put_right_as_it_is_closed_is_as_large_as_is_told(
    tmp_path: Path, container: Container
) -> None:
    """What says that the sound belongs elsewhere is heard with the last frames."""
    pictures, sounds = video(Codec.H264), audio()
    studio = Studio(tmp_path, container=container)
    studio.recorder.expect(Codec.H264, Codec.OPUS)
    studio.play(pictures[:-1], sounds[:-1])
    before = studio.recorder.bytes
    studio.reports = {
        Kind.VIDEO: report(pictures[0], 50.3),
        Kind.AUDIO: report(sounds[0], 50.0),
    }
    studio.recorder.write([pictures[-1], sounds[-1]], studio.reports, studio.now, studio.wall)
    [take] = studio.end()
    assert take.aligned_by == "sender-reports"
    assert take.bytes == Path(take.file).stat().st_size != before
