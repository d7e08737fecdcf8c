"""Uploads as their page tells of them."""

from __future__ import annotations

import msgspec

from roomdeck.core.model import Upload, UploadsSnapshot, UploadState
from roomdeck.tui.dashboard.model import upload_page
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE

SENDING = Upload(
    file="/rec/a.ts",
    state=UploadState.SENDING,
    to="s3://bucket/a.ts",
    sent=250_000_000,
    bytes=1_000_000_000,
    rate=5e6,
)
FAILED = Upload(
    file="/rec/b.ts",
    state=UploadState.FAILED,
    to="s3://bucket/b.ts",
    bytes=7,
    error="the bucket refuses",
    retry_in=42,
)
WAITING = Upload(file="/rec/c.ts", state=UploadState.WAITING, to="s3://bucket/c.ts", bytes=9)
DONE = Upload(file="/rec/d.ts", state=UploadState.DONE, to="s3://bucket/d.ts", sent=8, bytes=8)
ALL = UploadsSnapshot(
    files=(SENDING, FAILED, WAITING, DONE),
    waiting=3,
    waiting_bytes=1_000_000_016,
    done=1,
    done_bytes=8,
    failed=2,
    rate=5e6,
)


def lines(uploads: UploadsSnapshot | None, width: int = 79) -> list[str]:
    found = upload_page.rows(uploads, width, UNICODE)
    return ["".join(text for text, _ in row.line).rstrip() for row in found]


def test_each_file_says_how_far_it_is():
    assert upload_page.title(ALL) == (
        "Uploads: 1 of 4 files, 8 B of 1.0 GB, 5.0 MB/s, 2 attempts failed"
    )
    heading, *rows = lines(ALL)
    assert "on their way: 3" in heading
    assert rows[0].split() == ["…", "sending", "a.ts", "25%", "5.0", "MB/s", "0:02:30"]
    assert rows[1].split() == ["✕", "failed", "b.ts", "7", "B", "again", "in", "0:00:42"]
    assert rows[2].split() == ["◐", "waiting", "c.ts", "9", "B"]
    assert "compared: 1" in rows[3]
    assert rows[4].split() == ["✓", "done", "d.ts", "8", "B"]


def test_more_of_a_file_says_where_it_goes_and_why_it_is_not_there():
    def said(one: Upload) -> str:
        return "".join(text for line in upload_page.more(one, 79) for text, _ in line)

    assert said(FAILED) == (
        " the bucket refuses; tried again in 0:00:42 0 B of 7 B; goes to s3://bucket/b.ts /rec/b.ts"
    )
    assert said(DONE) == " is at s3://bucket/d.ts /rec/d.ts"
    assert upload_page.at(ALL, "/rec/b.ts") is FAILED
    assert upload_page.at(None, "/rec/b.ts") is None


def test_nothing_to_upload_is_said_and_every_width_is_enough():
    assert "--upload" in " ".join(lines(None))
    for width in (39, 59, 119):
        for glyphs in (UNICODE, ASCII):
            rows = upload_page.rows(ALL, width, glyphs)
            assert max(len("".join(text for text, _ in row.line)) for row in rows) <= width


def test_a_file_of_a_node_says_whose_it_is():
    both = [msgspec.structs.replace(WAITING, node=node) for node in ("a", "b")]
    uploads = UploadsSnapshot(files=tuple(both), waiting=2)
    _, first, second, *_ = upload_page.rows(uploads, 79, UNICODE)
    assert "c.ts on a" in first.line[1][0]
    assert upload_page.at(uploads, second.id) == both[1]
