"""Sessions as they are read from the disk, whatever their JSON files say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomdeck.core.attendant.uploads import ledger
from roomdeck.core.attendant.uploads.told import uploads_told
from roomdeck.core.errors import RecordingError
from roomdeck.tui.dashboard.past.session import read_session
from tests.core.attendant.uploads.stage import Recording


def say(recording: Recording, **changes: object) -> Path:
    """Have the JSON file say something else of its take."""
    known: dict[str, Any] = msgspec.json.decode(recording.sidecar.read_bytes())
    known["takes"][0] |= changes
    recording.sidecar.write_bytes(msgspec.json.encode(known))
    return recording.sidecar


@pytest.mark.parametrize(
    "changes",
    [
        {"offset": 1e308, "seconds": 1e308},
        {"offset": -1e308, "seconds": -1e308},
        {"file": "a\0b.mkv", "reason": None},
        {"file": "/"},
    ],
)
def test_what_cannot_be_is_an_error_in_words(tmp_path: Path, changes: dict[str, object]) -> None:
    recording = Recording(tmp_path)
    recording.take("alice")
    assert read_session(recording.sidecar).takes
    with pytest.raises(RecordingError, match="cannot make sense of"):
        read_session(say(recording, **changes))


def test_a_take_that_is_gone_is_not_called_good(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.take("alice").unlink()
    (take,) = read_session(recording.sidecar).takes
    assert take.verdict == "bad"
    assert take.findings == ("bad: cannot be read: No such file or directory",)


def test_names_that_no_file_can_have_are_not_uploaded(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.take("alice")
    ledger.save(recording.sidecar, ledger.Ledger.new((f"file://{tmp_path}",)))
    told = uploads_told(say(recording, file="a\0b.mkv"))
    assert told is not None
    assert [Path(one.file) for one in told.files] == [recording.sidecar]


def test_a_take_on_a_node_is_not_here_and_who_brings_it_is_said(tmp_path: Path) -> None:
    recording = Recording(tmp_path)
    recording.take("alice")
    (take,) = read_session(say(recording, node="box2", file="/srv/a.ts")).takes
    assert (take.file, take.elsewhere) == ("/srv/a.ts", "on box2: `roomdeck collect` brings it")
