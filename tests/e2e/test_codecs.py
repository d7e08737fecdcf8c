"""Every codec from a publisher to a file that is, byte for byte, what was sent."""

from __future__ import annotations

from pathlib import Path

from roomdeck.core.model import Codec

from .lab import Lab
from .pictures import counters

VIDEO = [Codec.H264, Codec.H265, Codec.VP8, Codec.VP9, Codec.AV1]
AUDIO = [Codec.PCMU, Codec.PCMA, Codec.G722]


async def test_every_frame_is_in_the_file_as_it_was_sent(lab: Lab) -> None:
    recorder = await lab.record()
    for number, codec in enumerate(VIDEO):
        lab.publish(codec.value, codec, number=number)
    takes = {codec: await recorder.line("take.end", codec.value) for codec in VIDEO}
    assert await recorder.stop() == 0

    for number, (codec, take) in enumerate(takes.items()):
        report = await lab.check(take)
        assert not report.bad, report.problems
        assert take["video"] == {
            "codec": codec.value,
            "width": 320,
            "height": 180,
            "frames": take["video"]["frames"],
        }
        assert Path(take["file"]).suffix == (".ts" if codec in (Codec.H264, Codec.H265) else ".mkv")
        seen = counters(Path(take["file"]))
        # How many a busy machine encodes is its own affair; that all of them are there is ours.
        assert len(seen) == take["video"]["frames"] > 1
        assert [one and one[0] for one in seen] == [number] * len(seen)
        numbers = [one[1] for one in seen if one]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def test_older_audio_codecs_are_recorded_where_nothing_else_is_offered(lab: Lab) -> None:
    recorder = await lab.record()
    for audio in AUDIO:
        lab.publish(audio.value, Codec.VP8, source={"audio_codec": audio})
    takes = {audio: await recorder.line("take.end", audio.value) for audio in AUDIO}
    assert await recorder.stop() == 0

    for audio, take in takes.items():
        assert take["audio"]["codec"] == audio.value
        report = await lab.check(take)
        assert not report.bad, report.problems
