"""What a stream may do while it is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import av
import msgspec
import pytest
from av.container import InputContainer

from roomdeck.core.model import Codec, Kind, TakeSummary
from roomdeck.core.recording.sentlog import read_sent_log
from roomdeck.core.recording.sidecar import load

from .lab import Lab, Line
from .pictures import sync_offsets


def _recorded(seconds: float, stream: str = "alice"):
    def enough(line: Line) -> bool:
        return any(s["stream"] == stream and s["seconds"] > seconds for s in line["streams"])

    return enough


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
async def test_a_size_change_stays_in_the_file(lab: Lab, codec: Codec) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", codec, seconds=None)
    await recorder.line("take.start", "alice")
    await recorder.status(_recorded(1))
    publisher.resize(192, 108)
    await recorder.status(
        lambda line: any(s["video"] and s["video"]["width"] == 192 for s in line["streams"])
    )
    publisher.stop()
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    report = await lab.check(take)
    assert not report.bad, report.problems
    assert report.video is not None
    assert [(size.width, size.height) for size in report.video.sizes] == [(320, 180), (192, 108)]
    known = load(next(lab.output.glob("*.json")))
    assert known is not None
    for size, kept in zip(report.video.sizes, known.takes[0].sizes, strict=True):
        assert (kept.width, kept.height) == (size.width, size.height)
        assert kept.time == pytest.approx(size.time, abs=0.05)


@pytest.mark.parametrize("seconds", [2, 0])
async def test_a_sender_that_makes_no_key_frames_is_asked_for_them(lab: Lab, seconds: int) -> None:
    recorder = await lab.record("--key-frames", str(seconds))
    lab.publish("alice", seconds=8.0, source={"key_interval": 600.0})
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    report = await lab.check(take)
    assert not report.bad, report.problems
    assert report.video is not None
    assert report.video.without_key is not None
    if not seconds:
        # At the start a busy publisher may be asked twice before the first one is here, and answer
        # the second time seconds later; 2 s are what the other case asks for.
        assert report.video.without_key.seconds > 3
    else:
        assert report.video.key_frames >= 3
        # A player that begins in the middle shows something soon.
        with cast(InputContainer, av.open(take["file"])) as container:
            container.seek(int(report.seconds / 2 * av.time_base))
            assert next(container.decode(video=0), None) is not None


async def test_files_end_by_themselves_at_key_frames_that_were_asked_for(lab: Lab) -> None:
    recorder = await lab.record("--split-every", "2s", "--key-frames", "0")
    lab.publish("alice", seconds=7.0, source={"key_interval": 600.0})
    await recorder.line("take.end", "alice", where=lambda line: line["reason"] != "split")
    assert await recorder.stop() == 0

    takes = recorder.all("take.end", "alice")
    assert [take["part"] for take in takes] == [*range(1, max(3, len(takes)) + 1)]
    assert len({take["recording"] for take in takes}) == 1
    # The key frame that was asked for comes when a busy publisher gets to it.
    assert all(take["seconds"] > 1 for take in takes[:-1])
    reports = [await lab.check(take) for take in takes]
    assert not [report for report in reports if report.unreadable]
    sent = read_sent_log(lab.sent("alice"))
    for kind in Kind:
        written = [
            track.frames for report in reports for track in report.tracks if track.kind is kind
        ]
        assert sum(written) == sum(frame.kind is kind for frame in sent)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.VP8])
async def test_flash_and_beep_coincide(lab: Lab, codec: Codec) -> None:
    recorder = await lab.record()
    lab.publish("alice", codec, seconds=5.0)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    offsets = sync_offsets(Path(take["file"]))
    assert offsets
    # A picture lasts 40 ms, a packet of sound 20 ms.
    assert all(abs(offset) < 0.06 for offset in offsets), offsets


async def test_audio_only_and_video_only(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("sound", seconds=3.0, source={"video": False})
    lab.publish("sight", Codec.VP8, seconds=3.0, source={"audio": False})
    sound = await recorder.line("take.end", "sound")
    sight = await recorder.line("take.end", "sight")
    assert await recorder.stop() == 0

    assert (sound["video"], sight["audio"]) == (None, None)
    assert sound["audio"]["packets"] > 1
    assert sight["video"]["frames"] > 1
    assert not (await lab.check(sound)).bad
    assert not (await lab.check(sight)).bad


async def test_no_audio_and_no_video_are_obeyed(lab: Lab) -> None:
    recorder = await lab.record("--no-audio")
    lab.publish("alice", Codec.VP8, seconds=1.5)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert take["audio"] is None


async def test_a_screen_share_is_a_stream_of_its_own(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", Codec.VP8, number=3, seconds=None)
    await recorder.line("take.start", "alice")
    publisher.start_screen()
    await recorder.line("take.start", "alice-screen")
    await recorder.status(_recorded(1.5, "alice-screen"))
    publisher.stop_screen()
    share = await recorder.line("take.end", "alice-screen")
    assert recorder.all("take.end", "alice") == []
    publisher.stop()
    camera = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    assert share["reason"] == "share-ended"
    assert share["video"]["frames"] > 1
    assert share["file"] != camera["file"]
    assert not (await lab.check(camera)).bad


async def test_an_ssrc_that_changes_leaves_one_whole_file(lab: Lab) -> None:
    recorder = await lab.record()
    publisher = lab.publish("alice", seconds=None)
    await recorder.line("take.start", "alice")
    await recorder.status(_recorded(1))
    publisher.change_ssrc()
    await recorder.status(_recorded(3))
    publisher.stop()
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    report = await lab.check(take)
    assert report.video is not None
    assert report.video.error_count == 0
    assert take["seconds"] > 2.5


async def test_an_rsa_peer_is_recorded(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", seconds=1.5, rsa=True)
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert not (await lab.check(take)).bad


async def test_label_and_sidecar_say_what_the_takes_are(lab: Lab) -> None:
    recorder = await lab.record()
    lab.publish("alice", Codec.VP8, seconds=2.0, label="Alice in the hall")
    take = await recorder.line("take.end", "alice")
    state = await recorder.status(lambda line: line["takes_done"] == 1)
    assert await recorder.stop() == 0

    sidecar = load(Path(state["sidecar"]))
    assert sidecar is not None
    entry: TakeSummary = sidecar.takes[0]
    assert (entry.stream, entry.label) == ("alice", "Alice in the hall")
    assert entry.raw_id.startswith("alice")
    assert entry.raw_id != "alice"
    assert (lab.output / entry.file) == Path(take["file"])
    assert entry.reason == "bye"
    assert entry.packets["video"].received > 1  # type: ignore[index]
    assert entry.aligned_by == "sender-reports"
    assert entry.clocks
    assert b"someEncryptionKey123" not in msgspec.json.encode(sidecar)
