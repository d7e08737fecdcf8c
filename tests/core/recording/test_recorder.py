"""When takes begin and end, and what is in each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.model import Codec, EndReason, Kind, PacketCounts
from roomdeck.core.recording.check import check
from roomdeck.core.recording.take_events import TakeEnded, TakeEvent, TakeProgress, TakeStarted

from .media import START, WALL, Demuxed, Studio, audio, moved, report, video

H264, VP8, OPUS = Codec.H264, Codec.VP8, Codec.OPUS


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(tmp_path)
    yield studio
    studio.end()


def types(events: list[TakeEvent]) -> list[str]:
    return [type(e).__name__ for e in events if not isinstance(e, TakeProgress)]


def test_it_begins_at_the_key_frame_with_sound_from_the_same_moment(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264)[10:], audio())
    [take] = studio.end()
    demuxed = Demuxed(take.file)
    assert len(demuxed.pts["video"]) == 50
    assert demuxed.data["audio"] == [frame.data for frame in audio()[50:]]
    assert demuxed.pts["audio"][0] == demuxed.pts["video"][0]
    assert take.started == pytest.approx(WALL + 1)


def test_nothing_is_left_of_a_take_without_frames(studio: Studio, tmp_path: Path) -> None:
    studio.recorder.expect(H264, None)
    studio.play(video(H264)[1:20])
    assert studio.recorder.wants_key_frame
    assert studio.end() == []
    assert studio.events == []
    assert list(tmp_path.iterdir()) == []


def test_nothing_waits_for_reports(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264)[:5], audio()[:10])
    assert types(studio.events) == ["TakeStarted"]
    [take] = studio.end()
    assert take.video is not None
    assert take.audio is not None
    assert (take.video.frames, take.audio.packets) == (5, 10)


def test_without_video_sound_alone_is_recorded_after_a_while(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    sounds = audio(seconds=8)
    studio.play(sounds[:245])
    assert studio.events == []
    studio.play(sounds[245:260])
    assert types(studio.events) == ["TakeStarted"]
    assert studio.recorder.wants_key_frame
    [take] = studio.end()
    assert Path(take.file).suffix == ".mkv"
    assert take.video is None
    assert Demuxed(take.file).data["audio"] == [frame.data for frame in sounds[:260]]


def test_video_that_comes_late_begins_a_new_take(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    sounds = audio(seconds=10)
    studio.play(moved(video(H264), by=6), sounds)
    first, second = studio.end()
    assert (first.reason, first.video, first.audio) != (None, None, None)
    assert first.reason is EndReason.TRACKS
    assert types(studio.events) == ["TakeStarted", "TakeEnded", "TakeStarted", "TakeEnded"]
    parts = [Demuxed(take.file) for take in (first, second)]
    assert parts[0].data["audio"] + parts[1].data["audio"] == [frame.data for frame in sounds]
    assert len(parts[1].data["video"]) == 75
    assert parts[1].pts["audio"][0] == parts[1].pts["video"][0]
    assert all(not check(Path(take.file)).bad for take in (first, second))


def test_sound_alone_that_ends_soon_is_recorded_all_the_same(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(audio()[:20])
    [take] = studio.end()
    assert take.audio is not None
    assert take.audio.packets == 20


def test_sound_that_is_expected_but_never_comes_does_not_stop_the_video(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264))
    [take] = studio.end()
    assert take.video is not None
    assert take.video.frames == 75
    assert Demuxed(take.file).codecs == ["h264", "opus"]


def test_expected_sound_that_comes_later_is_in_the_same_file(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264, seconds=6), moved(audio(seconds=2), by=4))
    [take] = studio.end()
    demuxed = Demuxed(take.file)
    assert len(demuxed.data["audio"]) == 100
    assert float(demuxed.pts["audio"][0] - demuxed.pts["video"][0]) == pytest.approx(4, abs=0.001)


def test_a_sound_track_that_is_added_begins_a_new_take_at_a_key_frame(studio: Studio) -> None:
    studio.recorder.expect(H264, None)
    pictures = video(H264, seconds=4)
    studio.play(pictures[:35])
    studio.recorder.expect(H264, OPUS)
    assert not studio.recorder.wants_key_frame
    studio.play(pictures[35:37], moved(audio(), by=1.4)[:2])
    assert studio.recorder.wants_key_frame
    studio.play(pictures[37:], moved(audio(), by=1.4)[2:])
    first, second = studio.end()
    assert first.reason is EndReason.TRACKS
    assert first.audio is None
    parts = [Demuxed(take.file) for take in (first, second)]
    assert [len(part.data["video"]) for part in parts] == [50, 50]
    # Sound from 1.4 s on; the key frame is at 2.0 s.
    assert parts[1].data["audio"] == [frame.data for frame in audio()[30:]]


def test_another_codec_begins_a_new_take(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    changed = moved(video(VP8), by=2, rtp=2 * 90000)
    studio.play(video(H264)[:50], changed, audio(seconds=5))
    first, second = studio.end()
    assert (first.reason, second.reason) == (EndReason.CODEC, EndReason.BYE)
    assert [Path(take.file).suffix for take in (first, second)] == [".ts", ".mkv"]
    parts = [Demuxed(take.file) for take in (first, second)]
    assert [len(part.data["video"]) for part in parts] == [50, 75]
    joined = parts[0].data["audio"] + parts[1].data["audio"]
    assert joined == [frame.data for frame in audio(seconds=5)]


def test_another_audio_codec_begins_a_new_take_at_a_key_frame(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    studio.play(video(H264), audio()[:60], moved(audio(Codec.PCMU), by=1.2)[:90])
    first, second = studio.end()
    assert first.reason is EndReason.CODEC
    assert [Path(take.file).suffix for take in (first, second)] == [".ts", ".mkv"]
    assert first.audio is not None
    assert first.audio.packets == 60
    assert Demuxed(second.file).data["audio"] == [f.data for f in audio(Codec.PCMU)[40:90]]


def test_a_split_loses_nothing(studio: Studio) -> None:
    pictures, sounds = video(H264, seconds=6), audio(seconds=6)
    studio.recorder.expect(H264, OPUS)
    studio.play([f for f in pictures if f.arrival < START + 3.5], sounds[:175])
    studio.recorder.split(studio.now)
    assert studio.recorder.wants_key_frame
    studio.play([f for f in pictures if f.arrival >= START + 3.5], sounds[175:])
    first, second = studio.end()
    assert first.reason is EndReason.SPLIT
    assert first.file != second.file
    parts = [Demuxed(take.file) for take in (first, second)]
    assert [len(part.data["video"]) for part in parts] == [100, 50]
    assert parts[0].data["audio"] + parts[1].data["audio"] == [frame.data for frame in sounds]
    assert parts[1].pts["audio"][0] == parts[1].pts["video"][0]


@pytest.mark.parametrize("delay", [-0.3, 0.3])
def test_a_split_keeps_sync_where_sound_comes_earlier_or_later(
    studio: Studio, delay: float
) -> None:
    pictures, sounds = video(H264, seconds=6), moved(audio(seconds=6), by=delay)
    studio.reports = {Kind.VIDEO: report(pictures[0], 50), Kind.AUDIO: report(sounds[0], 50)}
    studio.recorder.expect(H264, OPUS)
    studio.play(pictures[:90], [f for f in sounds if f.arrival < START + 3.6])
    studio.recorder.split(studio.now)
    studio.play(pictures[90:], [f for f in sounds if f.arrival >= START + 3.6])
    first, second = studio.end()
    assert first.reason is EndReason.SPLIT
    parts = [Demuxed(take.file) for take in (first, second)]
    assert parts[1].data["audio"] == [frame.data for frame in sounds[200:]]
    assert parts[0].data["audio"] == [frame.data for frame in sounds[:200]]
    assert parts[1].pts["audio"][0] == parts[1].pts["video"][0]
    assert types(studio.events) == ["TakeStarted", "TakeEnded", "TakeStarted", "TakeEnded"]


def test_sound_alone_is_split_at_once(studio: Studio) -> None:
    studio.recorder.expect(None, OPUS)
    studio.play(audio()[:50])
    studio.recorder.split(studio.now)
    studio.play(audio()[50:])
    first, second = studio.end()
    assert first.reason is EndReason.SPLIT
    parts = [Demuxed(take.file) for take in (first, second)]
    assert [len(part.data["audio"]) for part in parts] == [50, 100]


def test_a_split_does_not_wait_for_a_camera_that_is_off(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    sounds = audio(seconds=10)
    studio.play(video(H264), sounds[:400])
    studio.recorder.split(studio.now)
    studio.play(sounds[400:])
    first, second = studio.end()
    assert first.reason is EndReason.SPLIT
    parts = [Demuxed(take.file) for take in (first, second)]
    assert parts[0].data["audio"] + parts[1].data["audio"] == [frame.data for frame in sounds]


def test_a_new_clock_of_the_sender_stays_in_the_file(studio: Studio) -> None:
    studio.recorder.expect(H264, OPUS)
    again = moved(video(H264), by=3.2, rtp=3_000_000_000, epoch=1)
    studio.play(video(H264), again, audio(seconds=7))
    [take] = studio.end()
    result = check(Path(take.file))
    assert result.problems == []
    assert result.video is not None
    assert result.video.frames == 150
    assert [gap.seconds for gap in result.video.gaps] == [pytest.approx(0.24, abs=0.001)]


def test_it_waits_to_be_restarted(studio: Studio) -> None:
    studio.recorder.expect(H264, None)
    studio.play(video(H264)[:30])
    studio.end(EndReason.STOPPED)
    studio.play(video(H264)[30:60])
    assert types(studio.events) == ["TakeStarted", "TakeEnded"]
    assert not studio.recorder.active
    studio.recorder.restart()
    studio.play(video(H264)[30:])
    first, second = studio.end()
    assert first.video is not None
    assert second.video is not None
    assert (first.video.frames, second.video.frames) == (30, 25)
    assert first.file != second.file


def test_each_take_reports_its_own_packets_and_label(studio: Studio) -> None:
    recorder = studio.recorder
    recorder.expect(H264, None)
    recorder.count({Kind.VIDEO: PacketCounts(100, 90, 10, 0)})
    studio.play(video(H264)[:40])
    recorder.split(studio.now)
    recorder.count({Kind.VIDEO: PacketCounts(300, 280, 18, 2)})
    recorder.relabel("Alicia")
    studio.play(video(H264)[40:])
    recorder.end(EndReason.BYE, {Kind.VIDEO: PacketCounts(450, 420, 26, 4)})
    first, second = studio.ended
    assert first.packets == {Kind.VIDEO: PacketCounts(200, 190, 8, 2)}
    assert second.packets == {Kind.VIDEO: PacketCounts(150, 140, 8, 2)}
    assert second.label == "Alicia"


def test_holes_and_clocks_are_reported(studio: Studio) -> None:
    pictures = [
        msgspec.structs.replace(frame, hole=n in (25, 50)) for n, frame in enumerate(video(H264))
    ]
    later = moved(pictures, by=31, rtp=31 * 90000)
    studio.reports = {Kind.VIDEO: report(pictures[0], 1234.5)}
    studio.recorder.expect(H264, None)
    studio.play(pictures, later)
    [take] = studio.end()
    assert take.holes == 4
    points = take.clocks[Kind.VIDEO]
    assert [(p.time, p.rtp_time, p.pts, p.ntp) for p in points] == [
        (pytest.approx(WALL), 5000, 0.0, pytest.approx(1234.5)),
        (pytest.approx(WALL + 31), 5000 + 31 * 90000, 31.0, pytest.approx(1265.5)),
    ]


def test_progress_is_reported_about_once_a_second(studio: Studio) -> None:
    studio.recorder.expect(H264, None)
    studio.play(video(H264, seconds=6))
    progress = [e.summary for e in studio.events if isinstance(e, TakeProgress)]
    assert 4 <= len(progress) <= 7
    assert [p.bytes for p in progress] == sorted(p.bytes for p in progress)
    assert all(p.reason is None for p in progress)


def test_a_listener_that_breaks_costs_nothing(tmp_path: Path) -> None:
    class Broken(Studio):
        def hear(self, event: TakeEvent) -> None:
            super().hear(event)
            raise RuntimeError("the loop is closed")

    studio = Broken(tmp_path)
    studio.recorder.expect(H264, None)
    studio.play(video(H264))
    [take] = studio.end()
    assert isinstance(studio.events[0], TakeStarted)
    assert isinstance(studio.events[-1], TakeEnded)
    assert not check(Path(take.file)).bad


@pytest.mark.parametrize(("stereo_at", "channels"), [((), 1), ((40,), 2), (range(150), 2)])
def test_mono_or_stereo_as_the_packets_say(
    studio: Studio, stereo_at: Sequence[int], channels: int
) -> None:
    sounds = [
        msgspec.structs.replace(
            frame,
            data=bytes((frame.data[0] & ~4 | (4 if n in stereo_at else 0),)) + frame.data[1:],
        )
        for n, frame in enumerate(audio())
    ]
    studio.recorder.expect(None, OPUS)
    studio.play(sounds)
    [take] = studio.end()
    assert take.audio is not None
    assert take.audio.channels == channels
