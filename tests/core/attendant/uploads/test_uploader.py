"""Files get where they are to be, whole, once, and over nothing else."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from pathlib import Path

import pytest

from roomdeck.core.attendant.uploads import ledger, send
from roomdeck.core.attendant.uploads.digest import PART
from roomdeck.core.attendant.uploads.pace import Pace
from roomdeck.core.attendant.uploads.send import Sender
from roomdeck.core.attendant.uploads.session import Kept
from roomdeck.core.attendant.uploads.store import Store, Writer
from roomdeck.core.attendant.uploads.uploader import Uploader
from roomdeck.core.errors import UploadError
from roomdeck.core.model import EndReason, UploadState
from tests.core.attendant.uploads.stage import Heard, Recording, objects, put


async def finish(uploader: Uploader) -> None:
    """Do all that can be done."""
    async with asyncio.timeout(30):
        while await uploader.step() == 0.0:
            pass


async def upload(recording: Recording, *to: str, over: bool = True) -> Heard:
    heard = Heard()
    uploader = Uploader(heard)
    uploader.sessions = [recording.session(*to, over=over)]
    await finish(uploader)
    return heard


async def test_all_of_a_session_is_there_as_it_is_here(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    large = recording.take("alice", os.urandom(2 * PART + 17))
    small = recording.take("bob", b"")
    report = recording.sidecar.with_suffix(".html")
    report.write_text("<p>")
    heard = await upload(recording, place)
    there = objects(place)
    assert not heard.failures
    assert there == {
        path.name: path.read_bytes() for path in (large, small, report, recording.sidecar)
    }
    # The file that tells where the others are is the last one.
    assert [name for name, _ in heard.there][-1] == recording.sidecar.name
    told = {one.file: one for one in recording.told().whereabouts}
    assert told[large.name].to == f"{place}/{large.name}"
    assert told[large.name].sha256 == hashlib.sha256(large.read_bytes()).hexdigest()


async def test_what_is_there_is_not_sent_again(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    assert len((await upload(recording, place)).there) == 2
    assert not (await upload(recording, place)).there


async def test_without_its_ledger_what_is_there_is_compared(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", os.urandom(PART + 1))
    await upload(recording, place)
    ledger.ledger_path(recording.sidecar).unlink()
    before = objects(place)
    heard = await upload(recording, place)
    assert (take.name, f"{place}/{take.name}") in heard.there
    assert objects(place) == before


@pytest.mark.parametrize("theirs", [b"other", b"xxxxx", os.urandom(PART + 1)])
async def test_nothing_is_overwritten(place: str, tmp_path: Path, theirs: bytes) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", b"media")
    put(place, take.name, theirs)
    second = f"{take.stem}-2{take.suffix}"
    await upload(recording, place)
    there = objects(place)
    assert there[take.name] == theirs
    assert there[second] == b"media"
    assert recording.told().whereabouts[0].to == f"{place}/{second}"
    # Nor is there a third one when all is looked at again.
    ledger.ledger_path(recording.sidecar).unlink()
    await upload(recording, place)
    assert not [name for name in objects(place) if name.startswith(f"{take.stem}-3")]


async def test_two_recorders_that_use_one_name_at_once_lose_nothing(
    place: str, tmp_path: Path
) -> None:
    one, other = Recording(tmp_path / "one"), Recording(tmp_path / "other")
    size = PART + 5
    take = one.take("alice", b"1" * size)
    other.take("alice", b"2" * size)
    await asyncio.gather(upload(one, place), upload(other, place))
    there = objects(place)
    kept = {there[name][:1] for name in there if name.startswith(take.stem)}
    assert kept == {b"1", b"2"}
    assert not [name for name in there if name.endswith(".uploading")]


async def test_who_writes_without_asking_meanwhile_is_not_overwritten(
    place: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", os.urandom(2 * PART))
    session, heard = recording.session(place), Heard()
    store = Store(place)

    class Progress:
        sent = 0

        def sending(self, count: int) -> None:
            if not self.sent:
                put(place, take.name, b"theirs")
            self.sent += count

        def checking(self) -> None:
            pass

    async def at_once(count: int) -> None:
        pass

    kept = Kept(session, place)
    sender = Sender(store, session.ledger.token, at_once, Progress(), kept)
    entry = await sender.send(take, None)
    assert entry.key == f"{take.stem}-2{take.suffix}"
    assert objects(place)[take.name] == b"theirs"
    assert objects(place)[entry.key] == take.read_bytes()
    assert not heard.failures


async def test_a_file_that_was_put_right_later_replaces_what_we_had_sent(
    place: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", b"media")
    await upload(recording, place)
    recording.take("alice", b"media that is in its place")
    await upload(recording, place)
    assert objects(place)[take.name] == b"media that is in its place"
    assert len([name for name in objects(place) if name.startswith(take.stem)]) == 1


async def test_what_somebody_put_in_the_place_of_ours_stays(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", b"media")
    await upload(recording, place)
    put(place, take.name, b"theirs")
    recording.take("alice", b"media that is in its place")
    await upload(recording, place)
    assert objects(place)[take.name] == b"theirs"
    assert objects(place)[f"{take.stem}-2{take.suffix}"] == b"media that is in its place"


async def test_a_file_that_changes_while_it_is_sent_is_not_left_there(
    place: str, tmp_path: Path
) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", os.urandom(2 * PART))

    class Progress:
        def sending(self, count: int) -> None:
            take.write_bytes(b"another")

        def checking(self) -> None:
            pass

    async def at_once(count: int) -> None:
        pass

    kept = Kept(recording.session(place), place)
    sender = Sender(Store(place), "token", at_once, Progress(), kept)
    with pytest.raises(send.ChangedError):
        await sender.send(take, None)
    assert objects(place) == {}


async def test_what_a_dead_attendant_claimed_is_ours_again(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    session = recording.session(place)
    put(place, f"{take.name}.uploading", b'{"by":"%s"}' % session.ledger.token.encode())
    uploader = Uploader(Heard())
    uploader.sessions = [session]
    await finish(uploader)
    assert set(objects(place)) == {take.name, recording.sidecar.name}


async def test_no_claim_is_left_at_a_place_that_was_given_up(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice", os.urandom(PART + 1))
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    session = recording.session(first.as_uri(), second.as_uri(), over=False)

    class Leaving(Store):
        """The first place is away from the first byte on."""

        def writer(self, key: str, part: int) -> Writer:
            if self.url == first.as_uri():
                first.rename(tmp_path / "away")
            return super().writer(key, part)

    uploader = Uploader(Heard(), store=Leaving)
    uploader.sessions = [session]
    await finish(uploader)
    assert os.listdir(tmp_path / "away") == [f"{take.name}.uploading"]
    assert os.listdir(second) == [take.name]
    (tmp_path / "away").rename(first)
    uploader = Uploader(Heard())
    uploader.sessions = [recording.session(over=False)]
    assert await uploader.step() is None
    assert not os.listdir(first)
    assert recording.session(over=False).ledger.claims == {}


async def test_the_json_file_says_where_a_file_is_though_whoever_noted_it_was_killed(
    tmp_path: Path,
) -> None:
    recording = Recording(tmp_path / "rec")
    take, gone = recording.take("alice"), recording.take("gone")
    session = recording.session(tmp_path.as_uri())
    for path in (take, gone):
        entry = ledger.Entry(size=5, mtime_ns=1, place="s3://takes", key=path.name, sha256="ab")
        session.ledger.files[path.name] = entry
        session.ledger.untold.append(path.name)
    session.save()
    # What went since says so itself.
    gone.unlink()
    recording.session()
    (where,) = recording.told().whereabouts
    assert (where.file, where.to, where.sha256) == (take.name, f"s3://takes/{take.name}", "ab")


async def test_what_others_claimed_and_write_stays(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    there = tmp_path / "there"
    there.mkdir()
    session = recording.session(there.as_uri(), over=False)
    session.ledger.claims = {there.as_uri(): [take.name]}
    (there / f"{take.name}.uploading").write_bytes(b'{"by":"somebody else"}')
    (there / f"{take.name}#1").write_bytes(b"theirs")
    uploader = Uploader(Heard())
    uploader.sessions = [session]
    await finish(uploader)
    assert (there / f"{take.name}#1").exists()
    assert (there / f"{take.name}.uploading").exists()
    assert (there / f"{take.stem}-2{take.suffix}").read_bytes() == b"media"


async def test_what_is_recorded_or_put_right_waits(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("growing", reason=None)
    recording.take("apart", misplaced=True)
    recording.take("cut", size=100)
    copied = recording.take("copied")
    copied.with_name(f".{copied.name}.mending").touch()
    held = recording.take("held")
    done = recording.take("done")
    with held.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        session = recording.session(place, over=False)
        assert session.pending() == [done]
    session.mending.add(done.name)
    assert session.pending() == [held]
    session.unmended.add(f"{recording.sidecar.stem.split('_')[0]}_apart_20261128-170000.mkv")
    assert len(session.pending()) == 2


async def test_only_files_of_takes_in_the_folder_go(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    (recording.folder / "secret.txt").write_text("mine")
    outside = tmp_path / "stage_eve_20261128-170000.mkv"
    outside.write_bytes(b"media")
    take = recording.take("eve")
    take.unlink()
    take.symlink_to(outside)
    assert recording.session(place).pending() == [recording.sidecar]


async def test_the_folder_of_the_takes_is_no_other_place(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    (tmp_path / "link").symlink_to(recording.folder)
    for folder in (recording.folder, tmp_path / "link"):
        heard = await upload(recording, folder.as_uri())
        assert not heard.there
        assert "is where" in heard.failures[0].error


async def test_it_is_shown_how_far_it_is(place: str, tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    recording.take("alice", b"12345")
    recording.take("bob", reason=EndReason.BYE)
    uploader = Uploader(Heard())
    uploader.sessions = [recording.session(place, over=False)]
    await uploader.step()
    shown = uploader.snapshot()
    assert (shown.done, shown.done_bytes) == (1, 5)
    await finish(uploader)
    assert uploader.snapshot().waiting == 0
    assert {one.state for one in uploader.snapshot().files} == {UploadState.DONE}


async def test_it_is_shown_when_what_failed_is_tried_again(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    recording = Recording(tmp_path / "rec")
    recording.take("alice", b"12345")
    uploader = Uploader(Heard())
    uploader.sessions = [recording.session(f"file://{gone}", over=False)]
    gone.rmdir()
    await uploader.step()
    await uploader.step()
    (shown,) = uploader.snapshot().files
    assert shown.state is UploadState.FAILED
    assert shown.error
    assert shown.retry_in is not None
    assert 1 <= shown.retry_in <= 300
    assert shown.to.endswith("gone/stage_alice_20261128-170000.mkv")


def test_the_rate_is_kept_and_a_second_at_most_is_made_up_for() -> None:
    pace = Pace(1000)
    waits = [pace.wait(500, now) for now in (10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0)]
    assert waits == [0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0]
    now = 100.0
    for _ in range(1000):
        now += pace.wait(100, now) + 0.03
    assert 98.5 <= now - 100.0 <= 100.1
    assert Pace(0).wait(1 << 40, 0.0) == 0.0


async def test_a_ledger_that_is_damaged_says_so(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    ledger.ledger_path(recording.sidecar).write_text("{")
    with pytest.raises(UploadError, match=r"cannot read .*\.uploads"):
        ledger.load(recording.sidecar)
