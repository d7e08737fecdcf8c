"""What is removed is what was asked for, and nothing else ever."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomdeck.core.attendant.retention.part import Candidate, RetentionPart, remove
from roomdeck.core.attendant.retention.plan import SANE, Kept, to_remove
from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.attendant.uploads.ledger import Entry, Ledger
from roomdeck.core.config import Retention
from roomdeck.core.delivery.found import find_session
from roomdeck.core.model import Event, EventType
from roomdeck.tui.commands.check import check_files
from roomdeck.tui.exits import Exit
from tests.core.attendant.uploads.stage import BEGAN, Recording

NOW = BEGAN + 1e6
DAY = 86400.0


def kept(name: str, days: float, size: int = 10) -> Kept:
    return Kept(name, size, NOW - days * DAY)


def names(takes: list[Kept]) -> list[str]:
    return [take.file for take in takes]


def test_old_ones_go() -> None:
    takes = [kept("new", 6.9), kept("old", 7), kept("older", 8)]
    assert names(to_remove(takes, Retention(keep=7 * DAY), NOW, 0)) == ["older", "old"]


def test_the_oldest_go_until_enough_is_free() -> None:
    takes = [kept("c", 1), kept("a", 3), kept("b", 2)]
    assert names(to_remove(takes, Retention(keep_free=115), NOW, 100)) == ["a", "b"]
    assert not to_remove(takes, Retention(keep_free=100), NOW, 100)


def test_what_was_recorded_before_the_clock_was_set_is_not_old() -> None:
    takes = [Kept("a", 10, 5.0)]
    assert not to_remove(takes, Retention(keep=DAY), SANE + 10 * DAY, 0)
    assert to_remove(takes, Retention(keep_free=50), SANE + 10 * DAY, 0)


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 100)), max_size=8),
    st.none() | st.floats(0, 20),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_no_more_goes_than_was_asked_for(
    takes: list[tuple[float, int]], keep: float | None, keep_free: int, free: int
) -> None:
    all_of_them = [kept(str(number), *take) for number, take in enumerate(takes)]
    wish = Retention(keep=None if keep is None else keep * DAY, keep_free=keep_free)
    gone = to_remove(all_of_them, wish, NOW, free)
    young = [take for take in gone if wish.keep is None or NOW - take.ended < wish.keep]
    # Of those that are not old, the last one was needed.
    if young:
        assert free + sum(take.size for take in gone[: gone.index(young[-1])]) < keep_free
    assert gone == sorted(gone, key=lambda take: take.ended)


def part(recording: Recording, *, uploading: bool = False, **wish: bool) -> RetentionPart:
    return RetentionPart(Retention(keep=0.0, **wish), recording.sidecar, uploading=uploading)


def candidates(part: RetentionPart) -> set[str]:
    return {Path(one.take.file).name for one in part.candidates()}


def test_what_is_open_or_put_right_stays(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("growing", reason=None)
    recording.take("apart", misplaced=True)
    recording.take("cut", size=100)
    copied = recording.take("copied")
    copied.with_name(f".{copied.name}.mending").touch()
    held, told = recording.take("held"), recording.take("told")
    done = recording.take("done")
    retention = part(recording)
    retention.hear(
        Event(seq=1, time=1.0, type=EventType.TAKE_MENDING, data={"file": str(told)}),
    )
    with held.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert candidates(retention) == {done.name}


def test_what_roomdeck_did_not_write_stays(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    (recording.folder / "stage_mine_20261128-170000.mkv").write_bytes(b"media")
    (recording.folder / "notes.txt").write_text("mine")
    linked = recording.take("linked")
    linked.rename(tmp_path / "elsewhere.mkv")
    linked.symlink_to(tmp_path / "elsewhere.mkv")
    outside = recording.take("outside")
    text = recording.sidecar.read_text().replace(outside.name, f"../rec/{outside.name}")
    recording.sidecar.write_text(text)
    (recording.folder / "other.json").write_text('{"takes": [{"file": "notes.txt"}]}')
    assert candidates(part(recording)) == set()


def entry(path: Path, sha256: str = "0" * 64) -> Entry:
    found = path.stat()
    return Entry(
        size=found.st_size,
        mtime_ns=found.st_mtime_ns,
        place="s3://takes",
        key=path.name,
        sha256=sha256,
    )


def test_what_is_not_uploaded_stays_where_uploading_is_on(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    there, unlike, other = (recording.take(name) for name in ("there", "unlike", "other"))
    recording.take("waiting")
    assert candidates(part(recording, uploading=True)) == set()
    known = Ledger.new(("s3://takes",))
    known.files = {
        there.name: entry(there),
        unlike.name: entry(unlike, sha256=""),
        other.name: entry(other),
    }
    ledger.save(recording.sidecar, known)
    recording.take("other", b"put right since then")
    # Also where this recording is not uploaded, but that one was to be.
    for uploading in (True, False):
        assert candidates(part(recording, uploading=uploading)) == {there.name}
    ledger.ledger_path(recording.sidecar).write_text("{")
    assert candidates(part(recording)) == set()


def test_takes_that_files_are_to_be_made_of_stay(tmp_path: Path) -> None:
    earlier = Recording(tmp_path / "rec", "earlier")
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    gone = earlier.take("alice")
    assert candidates(part(recording, spare_session=True)) == {gone.name}


def test_the_json_file_says_what_went(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    one = Candidate(Kept(str(take), 5, time.time()), recording.sidecar, entry(take))
    assert remove(one, 123.0)
    assert not take.exists()
    (told,) = recording.told().whereabouts
    assert (told.file, told.to, told.removed) == (take.name, f"s3://takes/{take.name}", 123.0)
    # Whoever adds a take later leaves that as it is.
    recording.take("bob")
    assert recording.told().whereabouts == (told,)


def test_without_that_nothing_goes(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    one = Candidate(Kept(str(take), 5, time.time()), recording.sidecar, None)
    recording.sidecar.write_text("{")
    assert not remove(one, 123.0)
    assert take.exists()


def test_what_went_is_no_fault_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    one = Candidate(Kept(str(take), 5, time.time()), recording.sidecar, entry(take))
    assert remove(one, 123.0)
    assert check_files([recording.folder], None, as_json=False) is Exit.OK
    said = f"{take.name} was removed, and is at s3://takes/{take.name}"
    assert said in capsys.readouterr().err
    session = find_session(recording.folder)
    assert session.left_out == (said,)
    assert not session.people
    # Where it is there all the same, as when power went just then, it is what it was.
    take.write_bytes(b"media")
    assert find_session(recording.folder).people
    assert check_files([recording.folder], None, as_json=False) is Exit.USAGE
