"""How far uploads are, where no engine tells of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.attendant.uploads.told import is_uploading, uploads_told
from roomdeck.core.attendant.uploads.uploader import Uploader
from roomdeck.core.errors import UploadError
from roomdeck.core.model import TakeSummary, UploadState
from roomdeck.core.recording import sidecar
from tests.core.attendant.uploads.stage import BEGAN, Heard, Recording


async def test_what_is_there_and_what_waits(tmp_path: Path) -> None:
    place = f"file://{tmp_path / 'there'}"
    (tmp_path / "there").mkdir()
    recording = Recording(tmp_path / "rec")
    assert uploads_told(recording.sidecar) is None
    alice, bob = recording.take("alice", b"12345"), recording.take("bob", b"123")
    uploader = Uploader(Heard())
    uploader.sessions = [recording.session(place, over=False)]
    await uploader.step()
    told = uploads_told(recording.sidecar)
    assert told is not None
    found = {Path(one.file).name: (one.state, one.to, one.bytes) for one in told.files}
    assert found == {
        alice.name: (UploadState.DONE, f"{place}/{alice.name}", 5),
        bob.name: (UploadState.WAITING, f"{place}/{bob.name}", 3),
        recording.sidecar.name: (
            UploadState.WAITING,
            f"{place}/{recording.sidecar.name}",
            recording.sidecar.stat().st_size,
        ),
    }
    assert (told.done, told.done_bytes, told.waiting) == (1, 5, 2)
    # Removed once it was there, as was asked for; and one that has changed since is not there.
    alice.unlink()
    await uploader.step()
    bob.write_bytes(b"1234")
    told = uploads_told(recording.sidecar)
    assert told is not None
    assert {Path(one.file).name: one.state for one in told.files} == {
        alice.name: UploadState.DONE,
        bob.name: UploadState.WAITING,
        recording.sidecar.name: UploadState.WAITING,
    }


def test_somebody_who_holds_it_uploads(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    assert not is_uploading(recording.sidecar)
    assert not ledger.lock_path(recording.sidecar).exists()
    with ledger.held(recording.sidecar):
        assert is_uploading(recording.sidecar)


def test_nobody_uploads_from_where_nothing_can_be_written(tmp_path: Path) -> None:
    assert not is_uploading(tmp_path / "gone" / "rec.json")


def test_a_damaged_ledger_is_said(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "rec")
    ledger.ledger_path(recording.sidecar).write_text("{")
    with pytest.raises(UploadError):
        uploads_told(recording.sidecar)


def test_takes_of_nodes_are_there_as_far_as_was_heard(tmp_path: Path) -> None:
    place = f"file://{tmp_path / 'there'}"
    recording = Recording(tmp_path / "rec")
    recording.session(place)
    info = sidecar.SessionInfo(room="stage", server="ws://host", started=BEGAN)
    takes = [
        TakeSummary(
            stream="s", raw_id="s", node=node, file="/rec/s.ts", started=1.0, offset=0.0, bytes=7
        )
        for node in ("a", "b")
    ]
    sidecar.merge(recording.sidecar, info, takes)
    where = sidecar.Whereabouts(file="/rec/s.ts", on="b", to=f"{place}/s.ts", sha256="1")
    sidecar.place(recording.sidecar, [where])
    told = uploads_told(recording.sidecar)
    assert told is not None
    found = {(one.node, one.file): one.state for one in told.files if one.node}
    assert found == {
        ("a", "/rec/s.ts"): UploadState.WAITING,
        ("b", "/rec/s.ts"): UploadState.DONE,
    }
