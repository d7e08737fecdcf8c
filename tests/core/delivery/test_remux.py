"""Masters in another container, of recordings with every trouble: all is in them, at its time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.jobs.work import Done
from roomdeck.core.delivery.masters import file_zero
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.model import Codec, Container, Kind
from roomdeck.core.recording.check import Verdict, check
from roomdeck.core.recording.lengths import length_size, start_codes
from roomdeck.core.rtp.bitstream import canonical

from ..recording.media import Demuxed
from .stage import Act, perform

SECONDS = 3.0
KINDS = {"video": Kind.VIDEO, "audio": Kind.AUDIO}
FFMPEG = shutil.which("ffmpeg")
TROUBLED = {
    "reordered": [Act(0.0, SECONDS, fps=25, reorders=True)],
    "late": [Act(0.0, SECONDS, late={Kind.AUDIO: 0.7}, ppm=200.0)],
    "turns": [Act(0.0, SECONDS, size=lambda true: (160, 96) if true < 1.6 else (96, 160))],
    "lossy": [Act(0.0, SECONDS, lost=[(0.7, 1.1), (2.2, 2.25)])],
    "returns": [Act(0.0, 0.9), Act(1.4, SECONDS, Codec.VP8, 15, seed=1)],
    "picture": [Act(0.0, SECONDS, sounds=False)],
    "sound": [Act(0.0, SECONDS, pictures=False)],
}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    perform(folder, TROUBLED, split_every=1.2)
    return folder


@pytest.mark.parametrize("container", [Container.MKV, Container.MP4, Container.TS])
def test_each_frame_of_each_take_is_there_at_its_time(
    session: Path, container: Container, tmp_path: Path
) -> None:
    wish = Wish(PRESETS["masters"], container=container)
    made = list(deliver(find_session(session), wish, tmp_path))
    takes = {path for path in session.glob("room_*") if path.suffix in (".ts", ".mkv")}
    assert {done.plan.person.clips[0].file for done in made} == takes
    for done in made:
        path = tmp_path / done.plan.file
        assert not done.error
        is_vp8 = ".mkv" in done.plan.file and container is not Container.MKV
        word = f".{container} cannot hold vp8 with opus: copied into .mkv"
        assert done.notes == ((word,) if is_vp8 else ())
        assert check(path).verdict is Verdict.GOOD, check(path).findings
        assert_same(done, path)
        if FFMPEG:
            command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"]
            assert not subprocess.run(command, capture_output=True, check=True).stderr


def as_sent(codec: Codec, path: Path, frames: Sequence[bytes]) -> list[bytes]:
    """Frames of a file without what its container makes of them."""
    lengths = 0
    container: Any
    if codec is Codec.H264:
        with av.open(str(path)) as container:
            lengths = length_size(codec, container.streams.video[0].codec_context.extradata)
    return [canonical(codec, start_codes(one, lengths) if lengths else one) for one in frames]


def assert_same(done: Done, path: Path) -> None:
    """What is in a file is what its take has, where the session has it."""
    clip = done.plan.person.clips[0]
    take, file = Demuxed(clip.file), Demuxed(path)
    zeros = float(file_zero(clip.file, clip.take)), float(file_zero(path, clip.take))
    assert file.decoded == take.decoded
    codecs = {Kind.VIDEO: clip.take and clip.take.video, Kind.AUDIO: clip.take and clip.take.audio}
    for name, kind in KINDS.items():
        said = codecs[kind]
        if said is not None:
            codec = said.codec
            assert as_sent(codec, path, file.data[name]) == as_sent(
                codec, clip.file, take.data[name]
            )
        places = [clip.times[kind].session(float(pts) - zeros[0]) for pts in take.pts[name]]
        scale = clip.times[kind].scale
        there = [clip.begin + (float(pts) - zeros[1]) * scale for pts in file.pts[name]]
        assert there == pytest.approx(places, abs=0.0011)  # Matroska has milliseconds
