from __future__ import annotations

from typing import Any

from roomdeck.core.model import Event, StreamState
from roomdeck.tui.dashboard.model.closing import ClosingFiles, FileState
from roomdeck.tui.text.words import count, is_recording, listing, recordings

from ...fake_client import event, room, stream, studio


def closed(name: str, file: str, **changes: Any) -> Event:
    data = {"file": file, "bytes": 1000, "seconds": 5.0, "reason": "shutdown"}
    return event(50, "take.end", "shutdown", name, data=data, **changes)


def test_every_open_file_is_a_line_until_its_take_ends():
    anna, ben = stream("anna", label="Anna", file="/a.ts"), stream("ben", file="/b.ts")
    files = ClosingFiles([anna, ben, stream("cleo", StreamState.OFF)])
    assert [(line.name, line.state) for line in files.lines] == [
        ("Anna", FileState.CLOSING),
        ("ben", FileState.CLOSING),
    ]
    files.note(closed("anna", "/a.ts"))
    assert (files.done, files.left) == (1, 1)
    assert files.lines[0].bytes == 1000
    assert files.lines[0].name == "Anna"


def test_a_take_that_failed_is_over_as_well():
    files = ClosingFiles([stream("anna", file="/a.ts")])
    files.note(closed("anna", "/a.ts", level="error"))
    assert (files.left, files.lines[0].state) == (0, FileState.FAILED)


def test_a_file_of_the_last_moment_gets_a_line():
    files = ClosingFiles([stream("anna", file="/a.ts")])
    files.follow(room(stream("anna", file="/a.ts"), stream("ben", file="/b.ts")))
    files.note(closed("cleo", "/c.ts"))
    assert [line.file for line in files.lines] == ["/a.ts", "/b.ts", "/c.ts"]


def test_a_late_snapshot_does_not_open_a_closed_file_again():
    files = ClosingFiles([stream("anna", file="/a.ts")])
    files.note(closed("anna", "/a.ts"))
    files.follow(room(stream("anna", file="/a.ts", bytes=9)))
    assert (files.left, files.lines[0].bytes) == (0, 1000)


def test_a_file_that_is_put_right_is_not_closed_before():
    files = ClosingFiles([stream("anna", file="/a.ts")])
    files.note(closed("anna", "/a.ts"))
    files.note(event(51, "take.mending", "", "anna", data={"file": "/a.ts", "bytes": 1000}))
    assert (files.left, files.lines[0].seconds) == (1, 5.0)
    files.note(event(52, "take.mended", "", "anna", data={"file": "/a.ts", "bytes": 990}))
    assert (files.left, files.lines[0].bytes) == (0, 990)


def test_other_events_close_nothing():
    files = ClosingFiles([stream("anna", file="/a.ts")])
    files.note(event(51, "stream.leave", "bye", "anna"))
    assert files.left == 1


def test_a_stream_is_being_recorded_while_its_file_is_open():
    open_files = [found.stream for found in recordings(studio().streams)]
    assert open_files == ["anna", "ben", "guest_7f2a", "kai"]
    assert is_recording(stream("anna", StreamState.WAIT, bytes=10, file="/a.ts"))
    assert not is_recording(stream("anna", StreamState.DONE, bytes=10, file="/a.ts"))


def test_names_and_numbers_read_well():
    assert count(1, "file") == "1 file"
    assert count(2, "file") == "2 files"
    assert listing(["Anna"]) == "Anna"
    assert listing(["Anna", "Ben"]) == "Anna and Ben"
    assert listing(["Anna", "Ben", "Cleo"]) == "Anna, Ben and Cleo"
    assert listing(["Anna", "Ben", "Cleo", "Dan"]) == "Anna, Ben and 2 more"
