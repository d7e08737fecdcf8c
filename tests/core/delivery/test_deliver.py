"""Sessions that are delivered: what flashes and beeps at full seconds does so in every file."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
import wave
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from roomdeck.core.config import DELIVERIES
from roomdeck.core.delivery import deliver as module
from roomdeck.core.delivery import found
from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.jobs.work import Done, Share
from roomdeck.core.delivery.manifest import load_manifest
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.delivery.report import make_report
from roomdeck.core.delivery.sound import measure
from roomdeck.core.delivery.timelines import WRITERS
from roomdeck.core.errors import RecordingError, UsageError
from roomdeck.core.model import Codec, Container
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.check import Verdict, check
from roomdeck.core.recording.sidecar import Marker, Sidecar

from .stage import BEFORE, DELAY, SESSION, Act, Heard, perform, watch

EDIT = Wish(PRESETS["edit"], BEFORE - 1, BEFORE + 8)
AUDIO = Wish(PRESETS["audio"])


def portrait(true: float) -> tuple[int, int]:
    return (160, 96) if true < 4 else (96, 160)


TROUBLED = {
    "steady": [Act(0.0, 7.0)],
    "returns": [Act(1.3, 3.0, Codec.VP8, 15), Act(4.2, 7.0, Codec.VP8, 15, seed=1)],
    "fast": [Act(0.6, 7.0, fps=60)],
    "reordered": [Act(0.0, 7.0, fps=25, reorders=True)],
    "turns": [Act(0.0, 7.0, fps=25, size=portrait)],
    "lossy": [Act(0.0, 7.0, lost=[(2.4, 2.9), (4.1, 4.15)])],
    "screen": [Act(0.0, 7.0, Codec.VP8, 30, times=[0.0, 3.0, 6.0], sounds=False)],
    "sound": [Act(0.0, 7.0, pictures=False)],
}


def made(session: Path, folder: Path, wish: Wish = EDIT) -> dict[str, Done]:
    return {done.plan.person.stream: done for done in deliver(find_session(session), wish, folder)}


def in_place(heard: Heard, fps: float = 30.0) -> None:
    """Flashes are in the slots where they belong, and beeps within a millisecond."""
    assert all(abs(at - round(at) - DELAY) < 0.5 / fps + 0.006 for at in heard.flashes), heard
    assert all(abs(at - round(at) - DELAY) < 0.001 for at in heard.beeps), heard


RATES = {"fast": 60, "reordered": 25, "turns": 25, "sound": None}
"""Pictures a second; 30 of others."""
STREAMS = {
    "steady": (7, 7),
    "returns": (3, 3),
    "fast": (6, 6),
    "reordered": (7, 7),
    "turns": (7, 7),
    "lossy": (7, 7),
    "screen": (1, 0),
    "sound": (0, 7),
}
"""Flashes and beeps of each, in nine seconds."""


def all_in_place(
    heard: Mapping[str, Heard], counts: Mapping[str, tuple[int, int]], seconds: int
) -> None:
    """Pictures and sounds of `TROUBLED` are where they belong, and none is missing."""
    for stream, one in heard.items():
        fps = RATES.get(stream, 30) if one.size else None
        assert one.fps == fps
        assert one.pictures == seconds * (fps or 0)
        assert one.samples == 0 if stream == "screen" else 0 <= one.samples - seconds * 48000 < 1100
        in_place(one, fps or 30)
    found = {stream: (len(one.flashes), len(one.beeps)) for stream, one in heard.items()}
    assert found == {
        stream: (counts[stream][0] if one.size else 0, counts[stream][1])
        for stream, one in heard.items()
    }


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    perform(folder, TROUBLED)
    return folder


@pytest.fixture(scope="module")
def delivered(troubled: Path) -> tuple[Path, dict[str, Done]]:
    folder = troubled / "edit"
    return folder, made(troubled, folder)


def test_whatever_troubles_there_were_everything_is_in_its_place(
    delivered: tuple[Path, dict[str, Done]],
) -> None:
    folder, done = delivered
    assert not [one for one in done.values() if one.error or one.notes]
    heard = {stream: watch(folder / one.plan.file) for stream, one in done.items()}
    all_in_place(heard, STREAMS, 9)
    assert {stream for stream, one in heard.items() if not one.size} == {"sound"}
    assert heard["turns"].size == (160, 96)


def test_what_is_steady_is_copied_and_no_more_is_rendered_than_has_to_be(
    delivered: tuple[Path, dict[str, Done]],
) -> None:
    _, done = delivered
    shares = {
        stream: one.plan.picture.copied / (one.plan.picture.copied + one.plan.picture.rendered)
        for stream, one in done.items()
        if one.plan.picture
    }
    assert shares["steady"] > 0.8
    assert shares["reordered"] > 0.8
    assert 0.3 < shares["lossy"] < 0.9
    assert 0.3 < shares["turns"] < 0.7
    assert shares["returns"] == shares["screen"] == 0


def test_by_one_core_or_two_a_file_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a core is left, its sound is decoded beside the encoder."""
    perform(tmp_path, {"alice": [Act(0.5, 3.0)]})
    found: set[bytes] = set()
    for cores in (1, 2):
        monkeypatch.setattr(module, "_cores", lambda cores=cores: cores)
        made(tmp_path, tmp_path / f"{cores}")
        found.add((tmp_path / f"{cores}" / "alice.mp4").read_bytes())
    assert len(found) == 1


def test_what_is_there_is_left_alone_and_made_anew_when_its_master_or_the_wish_is_another(
    delivered: tuple[Path, dict[str, Done]], troubled: Path
) -> None:
    folder, _ = delivered
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.mp4")}
    again = made(troubled, folder)
    assert all(one.was_there for one in again.values())
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*.mp4")} == before

    (folder / "returns.mp4").write_bytes(b"cut off")
    (folder / "screen.mp4").unlink()
    third = made(troubled, folder)
    assert {stream for stream, one in third.items() if not one.was_there} == {"returns", "screen"}
    manifest = load_manifest(folder)
    assert manifest is not None
    assert {one.stream for one in manifest.files} == set(TROUBLED)
    assert all((folder / one.file).stat().st_size == one.bytes for one in manifest.files)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["delivery.json", *WRITERS, *(one.file for one in manifest.files)]
    )


def test_sound_is_as_loud_as_is_wanted_and_a_wav_says_when_it_was(
    troubled: Path, tmp_path: Path
) -> None:
    session = find_session(troubled)
    few = session._replace(people=tuple(p for p in session.people if p.stream == "sound"))
    (done,) = deliver(few, AUDIO._replace(begin=BEFORE, loudness=-23.0), tmp_path)
    assert done.loudness is not None
    manifest = load_manifest(tmp_path)
    assert manifest is not None
    assert manifest.files[0].loudness == pytest.approx(done.loudness.integrated, abs=0.1)
    container: Any
    with av.open(str(tmp_path / done.plan.file)) as container:
        measured = measure(container.decode(audio=0))
        reference = int(container.metadata["time_reference"])
    assert measured.integrated == pytest.approx(-23.0, abs=0.3)
    local = time.localtime(SESSION.started + BEFORE)
    day = (local.tm_hour * 60 + local.tm_min) * 60 + local.tm_sec
    assert reference == day * 48000


def test_an_interrupted_delivery_goes_on_where_it_was(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 4.0, Codec.VP8, key_every=1.0)]})
    wish = EDIT._replace(fps=Fraction(30))
    folder = tmp_path / "edit"

    def interrupt(shares: Mapping[str, Share]) -> None:
        if any(folder.glob(".pieces/[!.]*")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(deliver(find_session(tmp_path), wish, folder, interrupt))
    assert not list(folder.glob("*.mp4"))
    there = {path.name: path.stat().st_ino for path in folder.glob(".pieces/[!.]*")}
    assert there
    kept = list[dict[str, int]]()
    for _ in deliver(find_session(tmp_path), wish, folder):
        kept.append({path.name: path.stat().st_ino for path in folder.glob(".pieces/[!.]*")})
    assert there.items() <= kept[0].items()
    in_place(watch(folder / "alice.mp4"))
    assert not (folder / ".pieces").exists()


def test_a_broken_master_costs_its_own_part_only(tmp_path: Path) -> None:
    perform(
        tmp_path,
        {
            "alice": [Act(0.0, 2.5), Act(3.2, 6.0, seed=1), Act(6.2, 7.5, seed=2)],
            "bob": [Act(0.0, 3.0, Codec.VP8)],
        },
    )
    takes = sorted(tmp_path.glob("*alice*"))
    data = bytearray(takes[1].read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    takes[1].write_bytes(data)
    takes[2].unlink()
    done = made(tmp_path, tmp_path / "edit")
    assert not any(one.error for one in done.values())
    assert any(takes[2].name in note for note in done["alice"].notes)
    assert not done["bob"].notes
    heard = watch(tmp_path / "edit" / "alice.mp4")
    in_place(heard)
    assert len(heard.flashes) >= 4
    assert heard.pictures == 270


SOUNDS = {name: [Act(0.0, 1.0, pictures=False)] for name in ("alice", "bob")}


@pytest.mark.parametrize("preset", ["edit", "masters"])
@pytest.mark.parametrize("there", [True, False], ids=["empty", "gone"])
def test_who_cannot_be_read_at_all_is_told_and_leaves_the_others(
    tmp_path: Path, preset: str, there: bool
) -> None:
    sidecar = perform(tmp_path, SOUNDS)
    (broken,) = tmp_path.glob("*bob*")
    broken.write_bytes(b"") if there else broken.unlink()
    done = made(tmp_path, tmp_path / preset, Wish(PRESETS[preset]))
    why = f"{broken.name} cannot be read"
    assert (done["alice"].error, done["bob"].error[: len(why)]) == ("", why)
    manifest = load_manifest(tmp_path / preset)
    assert manifest is not None
    assert [one.stream for one in manifest.files if one.error] == ["bob"]
    # Nothing calls it good by what the JSON file says.
    told = sidecar.with_suffix(".txt").read_text()
    assert "1 good, 1 bad" in told
    assert "could not be made" in told
    assert "could not be made" in sidecar.with_suffix(".html").read_text()


def test_where_nothing_can_be_read_that_is_what_is_said(tmp_path: Path) -> None:
    perform(tmp_path, SOUNDS)
    for file in tmp_path.glob("*.mkv"):
        file.write_bytes(b"")
    with pytest.raises(UsageError, match=r"can be read: .*alice.*bob"):
        made(tmp_path, tmp_path / "audio", AUDIO)


def test_a_take_that_was_cut_off_is_not_called_good_in_the_report(tmp_path: Path) -> None:
    sidecar = perform(tmp_path, SOUNDS)
    (cut,) = tmp_path.glob("*bob*")
    os.truncate(cut, cut.stat().st_size // 2)
    made(tmp_path, tmp_path / "audio", AUDIO)
    assert "1 good, 1 bad" in sidecar.with_suffix(".txt").read_text()


@pytest.mark.parametrize("below", ["", "below"])
def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path, below: str) -> None:
    perform(tmp_path, SOUNDS)
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match=r"cannot write .*file"):
        made(tmp_path, tmp_path / "file" / below, AUDIO)


def test_what_nobody_can_read_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    sidecar = perform(tmp_path, SOUNDS)
    sidecar.write_bytes(sidecar.read_bytes()[:-20])
    (tmp_path / "somebody-elses.json").write_text("{}")
    (tmp_path / "room_carol_20231114-221320.mkv").touch()
    damaged, broken = find_session(tmp_path).left_out
    assert sidecar.name in damaged
    assert broken.startswith("room_carol_20231114-221320.mkv cannot be read")


def test_each_json_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    perform(tmp_path, SOUNDS).unlink()
    names = ["a.json", "b.json", "c.json"]
    for name, text in zip(names, ("{}", "{", "[]"), strict=True):
        (tmp_path / name).write_text(text)
    read = list[str]()

    def load(path: Path) -> Sidecar | None:
        read.append(path.name)
        return sidecar.load(path)

    monkeypatch.setattr(found, "load", load)
    (damaged,) = find_session(tmp_path).left_out
    assert "b.json" in damaged
    assert read == names


def test_a_folder_is_the_same_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform(tmp_path, SOUNDS)
    made(tmp_path, tmp_path / "audio", AUDIO)
    monkeypatch.chdir(tmp_path)
    again = made(Path(), tmp_path / "audio", AUDIO)
    assert all(one.was_there for one in again.values())


def test_what_was_delivered_beside_takes_is_no_take(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 1.0, Codec.VP8)]}).unlink()
    for _ in range(2):
        (done,) = deliver(find_session(tmp_path), AUDIO, tmp_path)
        assert (done.plan.file, len(done.plan.person.clips)) == ("room_alice.wav", 1)


def test_without_a_json_file_people_are_put_side_by_side_by_names(tmp_path: Path) -> None:
    sidecar = perform(tmp_path, {"alice": [Act(0.0, 3.0)], "bob": [Act(1.0, 3.0)]})
    sidecar.unlink()
    session = find_session(tmp_path)
    assert session.sidecar is None
    begins = {one.stream: one.clips[0].begin for one in session.people}
    assert begins == {"alice": 0.0, "bob": 1.0}
    done = {one.plan.person.stream: one for one in deliver(session, AUDIO, tmp_path)}
    beeps = {stream: watch(tmp_path / one.plan.file).beeps for stream, one in done.items()}
    assert beeps["bob"][0] - beeps["alice"][0] == pytest.approx(1.0, abs=0.05)


def test_plain_wavs_that_begin_later_are_delivered_as_well(tmp_path: Path) -> None:
    """They say how many channels there are, and not which."""
    for channels in (1, 2):
        with wave.open(str(tmp_path / f"of{channels}_20261129-10000{channels}.wav"), "wb") as file:
            file.setnchannels(channels)
            file.setsampwidth(2)
            file.setframerate(44100)
            file.writeframes(bytes(2 * channels * 44100))
    done = made(tmp_path, tmp_path / "audio", AUDIO)
    assert {stream: one.error for stream, one in done.items()} == {"of1": "", "of2": ""}
    for channels in (1, 2):
        with av.open(str(tmp_path / "audio" / f"of{channels}.wav")) as container:
            assert container.streams.audio[0].channels == channels
        assert watch(tmp_path / "audio" / f"of{channels}.wav").samples == 2 * 48000


def test_the_report_of_the_session_has_verdicts_and_loudness(tmp_path: Path) -> None:
    sidecar = perform(tmp_path, {"alice": [Act(0.0, 3.0)]})
    list(deliver(find_session(tmp_path), AUDIO._replace(check=True), tmp_path / "audio"))
    page = sidecar.with_suffix(".html").read_text()
    assert "good" in page
    assert "LUFS" in page
    assert "alice" in sidecar.with_suffix(".txt").read_text()


def test_what_was_found_stays_in_the_report_when_it_is_made_again(tmp_path: Path) -> None:
    path = perform(tmp_path, SOUNDS)
    (broken,) = tmp_path.glob("*bob*")
    broken.write_bytes(b"")
    for preset in ("audio", "web"):
        session = find_session(tmp_path)
        list(deliver(session, Wish(PRESETS[preset]), module.folder_of(session, preset)))
    html, text = make_report(path)
    for file in ("bob.wav", "bob.mp4"):
        assert f"{file} could not be made" in text
        assert f"{file} could not be made" in html
    assert "LUFS" in html


def test_masters_are_copied_as_they_are_and_the_timeline_has_them_in_their_places(
    tmp_path: Path,
) -> None:
    marker = Marker(time=0.0, offset=BEFORE + 2, text="here")
    acts = [Act(0.5, 2.0), Act(3.0, 4.0)]
    perform(tmp_path, {"alice": acts, "bob": [Act(1.0, 3.0, Codec.VP8)]}, markers=[marker])
    wish = Wish(PRESETS["masters"], BEFORE, BEFORE + 5, container=Container.MP4)
    folder = tmp_path / "masters"
    done = list(deliver(find_session(tmp_path), wish, folder))
    suffixes = sorted((one.plan.person.stream, Path(one.plan.file).suffix) for one in done)
    assert suffixes == [("alice", ".mp4"), ("alice", ".mp4"), ("bob", ".mkv")]
    for one in done:
        report = check(folder / one.plan.file)
        assert report.verdict is Verdict.GOOD, report.findings
        take = one.plan.person.clips[0].take
        assert take is not None
        assert take.video is not None
        assert report.video is not None
        assert report.video.frames == take.video.frames
    begins = re.findall(r"ITEM.*?POSITION ([0-9.]+)", (folder / "timeline.rpp").read_text(), re.S)
    assert [round(float(begin), 1) for begin in begins] == [0.5, 3.0, 1.0]
    assert "here" in (folder / "markers.csv").read_text()


def test_a_master_that_cannot_be_copied_leaves_the_others_and_the_timelines(
    tmp_path: Path,
) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 2.0)], "bob": [Act(0.0, 2.0, Codec.VP8)]})
    (torn,) = tmp_path.glob("*bob*")
    torn.write_bytes(bytes(1000))
    folder = tmp_path / "masters"
    done = made(tmp_path, folder, Wish(PRESETS["masters"]))
    assert [stream for stream, one in done.items() if one.error] == ["bob"]
    assert torn.name in (folder / "timeline.rpp").read_text()


def test_a_take_of_a_moment_is_read_as_what_its_name_says(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 2.0), Act(2.1, 2.12, fps=60)]})
    short = max(tmp_path.glob("*alice*"))
    assert short.stat().st_size < 2040  # up to which it may look like another kind of file
    assert check(short).verdict is Verdict.GOOD
    done = made(tmp_path, tmp_path / "masters", Wish(PRESETS["masters"]))["alice"]
    assert not done.error
    assert check(tmp_path / "masters" / done.plan.file).verdict is Verdict.GOOD
    done = made(tmp_path, tmp_path / "edit")["alice"]
    assert (done.error, done.notes) == ("", ())


def test_no_room_is_said_before_anything_is_written(
    tmp_path: Path, troubled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nearly_full(folder: Path) -> int:
        return 600_000

    monkeypatch.setattr(module, "free_bytes", nearly_full)
    with pytest.raises(UsageError, match="no room"):
        list(deliver(find_session(troubled), EDIT, tmp_path / "edit"))
    assert not (tmp_path / "edit").exists()


def test_takes_are_not_written_over(tmp_path: Path) -> None:
    perform(tmp_path, SOUNDS)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.mkv")}
    for _ in range(2):
        with pytest.raises(UsageError, match=r"alice.*\.mkv is there already.*--output"):
            made(tmp_path, tmp_path, Wish(PRESETS["masters"]))
        assert {path: path.read_bytes() for path in tmp_path.glob("*.mkv")} == before
        (tmp_path / ".pieces").mkdir(exist_ok=True)  # as an interrupted delivery leaves it


@pytest.mark.parametrize("name", ["alice.wav", "markers.csv", "delivery.json"])
def test_what_others_made_is_not_written_over(tmp_path: Path, name: str) -> None:
    perform(tmp_path, SOUNDS)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    with pytest.raises(UsageError, match=f"{name} is there already"):
        made(tmp_path, folder, AUDIO)
    assert [(one.name, one.read_text()) for one in folder.iterdir()] == [(name, "mine")]


def test_two_sessions_are_not_delivered_into_one_folder(tmp_path: Path) -> None:
    first = perform(tmp_path / "a", SOUNDS)
    second = shutil.copytree(tmp_path / "a", tmp_path / "b") / first.name
    second.rename(second.with_name("later.json"))
    made(tmp_path / "a", tmp_path / "both", AUDIO)
    with pytest.raises(UsageError, match=f"what was delivered of {first.stem}"):
        made(tmp_path / "b", tmp_path / "both", AUDIO)


def test_who_is_called_alike_has_a_file_of_their_own(tmp_path: Path) -> None:
    """A disk of macOS or Windows takes two of these for the same."""
    perform(tmp_path, dict.fromkeys(("alice", "Alice", "ALICE-2"), SOUNDS["alice"]))
    done = made(tmp_path, tmp_path / "audio", AUDIO)
    names = {stream: one.plan.file for stream, one in done.items()}
    assert names == {"alice": "alice.wav", "Alice": "Alice-2.wav", "ALICE-2": "ALICE-2-2.wav"}


def test_takes_that_differ_in_their_container_alone_are_both_copied(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 1.0)], "bob": [Act(0.0, 1.0, Codec.VP8)]}).unlink()
    for path in tmp_path.iterdir():
        path.rename(tmp_path / f"alice{path.suffix}")
    done = list(deliver(find_session(tmp_path), Wish(PRESETS["masters"]), tmp_path / "masters"))
    assert sorted(one.plan.file for one in done) == ["alice-2.mkv", "alice.mkv"]


def test_takes_that_are_links_are_copied_as_well(tmp_path: Path) -> None:
    perform(tmp_path / "there", SOUNDS)
    (tmp_path / "here").mkdir()
    for path in (tmp_path / "there").iterdir():
        (tmp_path / "here" / path.name).symlink_to(path)
    done = made(tmp_path / "here", tmp_path / "masters", Wish(PRESETS["masters"]))
    assert [one.error for one in done.values()] == ["", ""]


def test_where_nobody_may_write_beside_takes_the_report_is_with_the_files(tmp_path: Path) -> None:
    sidecar = perform(tmp_path, SOUNDS)
    sidecar.with_suffix(".html").mkdir()  # so none can be written
    made(tmp_path, tmp_path / "audio", AUDIO)
    assert "alice" in (tmp_path / "audio" / "report.html").read_text()
    assert "alice" in (tmp_path / "audio" / "report.txt").read_text()
    assert not (tmp_path / "audio" / ".pieces").exists()


def test_a_folder_with_several_sessions_asks_which(tmp_path: Path, troubled: Path) -> None:
    for name in ("a.json", "b.json"):
        shutil.copy(next(troubled.glob("*.json")), tmp_path / name)
    with pytest.raises(UsageError, match=r"--session.*a\.json, b\.json"):
        find_session(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no takes"):
        find_session(tmp_path / "empty")
    with pytest.raises(UsageError, match="is not there"):
        find_session(tmp_path / "none")


def test_the_kinds_of_files_are_known_before_ffmpeg_is_loaded() -> None:
    assert tuple(PRESETS) == DELIVERIES


def test_nobody_begins_while_what_was_left_over_is_removed(
    troubled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = list[bool]()

    def remove(pieces: Path, ignore_errors: bool) -> None:
        other = os.open(pieces, os.O_RDONLY)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            begun.append(True)
        except BlockingIOError:
            begun.append(False)
        finally:
            os.close(other)

    monkeypatch.setattr(module.shutil, "rmtree", remove)
    made(troubled, tmp_path / "out", AUDIO)
    assert begun == [False]


def test_two_do_not_deliver_into_the_same_folder(troubled: Path, tmp_path: Path) -> None:
    pieces = tmp_path / "out" / ".pieces"
    pieces.mkdir(parents=True)
    held = os.open(pieces, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="another delivery"):
        made(troubled, tmp_path / "out", AUDIO)
    os.close(held)
    assert not any(one.error for one in made(troubled, tmp_path / "out", AUDIO).values())


def test_a_preset_of_sound_says_that_nobody_has_any(tmp_path: Path) -> None:
    perform(tmp_path, {"alice": [Act(0.0, 1.0, sounds=False)]})
    with pytest.raises(UsageError, match=r"nobody in .* has sound"):
        list(deliver(find_session(tmp_path), Wish(PRESETS["audio"]), tmp_path / "out"))
