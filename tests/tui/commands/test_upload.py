"""``roomdeck upload`` does what is left, and says what it did."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator
from pathlib import Path

import pytest

from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.attendant.uploads.session import Session
from roomdeck.core.errors import UsageError
from roomdeck.core.recording.sidecar import of_node
from roomdeck.tui.commands import upload
from roomdeck.tui.commands.upload import upload_folder
from roomdeck.tui.exits import Exit
from tests.core.attendant.uploads.stage import Recording, objects


async def test_a_folder_goes_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    (tmp_path / "there").mkdir()
    assert await upload_folder(recording.folder, str(tmp_path / "there"), 0, False) is Exit.OK
    there = objects((tmp_path / "there").as_uri())
    assert there == {path.name: path.read_bytes() for path in (take, recording.sidecar)}
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{take.name}: at {(tmp_path / 'there').as_uri()}/{take.name}, 5 B"
    assert lines[-1] == "2 files uploaded, 0 files left"
    # It knows where to, and that there is nothing left.
    assert await upload_folder(recording.folder, "", 0, True) is Exit.OK
    assert not capsys.readouterr().out


async def test_what_another_one_did_until_now_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    (tmp_path / "there").mkdir()
    place = (tmp_path / "there").as_uri()
    recording.session(place)
    free = ledger.held

    @contextlib.contextmanager
    def held(path: Path) -> Generator[bool]:
        """As where who uploads it is done with the take, and leaves."""
        known, found = ledger.load(path), take.stat()
        assert known is not None
        known.files[take.name] = ledger.Entry(
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            place=place,
            key=take.name,
            sha256="0" * 64,
        )
        ledger.save(path, known)
        with free(path) as mine:
            yield mine

    monkeypatch.setattr(ledger, "held", held)
    assert await upload_folder(recording.folder, "", 0, True) is Exit.OK
    told = [json.loads(line)["file"] for line in capsys.readouterr().out.splitlines()]
    assert told == [str(recording.sidecar)]
    known = ledger.load(recording.sidecar)
    assert known is not None
    assert set(known.files) == {take.name, recording.sidecar.name}


async def test_what_is_left_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "ATTEMPTS", 1)
    recording = Recording(tmp_path / "rec")
    recording.take("alice")
    gone = tmp_path / "gone"
    assert await upload_folder(recording.folder, str(gone), 0, True) is Exit.RECORDING_FAILED
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert told["type"] == "upload.failed"
    assert told["error"] == f"{gone} is not there: make it, or mount its disk"


async def test_without_a_place_it_says_what_to_type(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    with pytest.raises(UsageError, match="--to s3://bucket/folder"):
        await upload_folder(recording.folder, "", 0, False)
    with pytest.raises(UsageError, match="is not there"):
        await upload_folder(tmp_path / "nowhere", "", 0, False)


async def test_what_a_node_keeps_goes_without_what_tells_of_it(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    take = recording.take("alice")
    recording.sidecar = recording.sidecar.rename(of_node(recording.sidecar, "box2"))
    (tmp_path / "there").mkdir()
    place = (tmp_path / "there").as_uri()
    assert Session.begin(recording.sidecar, (place,), over=True, node="box2")
    assert await upload_folder(recording.folder, "", 0, False) is Exit.OK
    assert objects(place) == {take.name: take.read_bytes()}
