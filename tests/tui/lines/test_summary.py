"""What stays in the scroll-back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from roomdeck.core.model import EndReason, RoomSnapshot, TakeSummary
from roomdeck.core.recording import sidecar
from roomdeck.tui.lines.summary import summary, takes_of

from ..fake_client import event, room, stream


def at(folder: Path, snapshot: RoomSnapshot) -> RoomSnapshot:
    return msgspec.structs.replace(
        snapshot, output=str(folder), sidecar=str(folder / "studio-7.json")
    )


def ended(folder: Path, name: str, reason: EndReason | None, **changes: Any) -> TakeSummary:
    plain = TakeSummary(
        stream=name,
        raw_id=name,
        label=name.title(),
        file=str(folder / f"{name}.ts"),
        started=1.0,
        offset=0.0,
        bytes=301_000_000,
        seconds=1120.0,
        reason=reason,
    )
    return msgspec.structs.replace(plain, **changes)


def write(folder: Path, *takes: TakeSummary) -> None:
    info = sidecar.SessionInfo(room="studio-7", server="ws://x", started=1.0)
    sidecar.merge(folder / "studio-7.json", info, takes)


def test_name_length_size_and_path_of_each_take(tmp_path: Path) -> None:
    write(tmp_path, ended(tmp_path, "omar", EndReason.BYE), ended(tmp_path, "anna", None))
    last = at(tmp_path, room(stream("anna", label="Anna", file=str(tmp_path / "anna.ts"))))
    head, *lines = summary(last, takes_of(last, []))
    assert head == f"room studio-7: 2 takes, 1.5 GB, in {tmp_path}"
    assert lines == [
        f"  Omar   0:18:40   301.0 MB  {tmp_path}/omar.ts",
        f"  Anna   0:41:58     1.2 GB  {tmp_path}/anna.ts  (so far)",
    ]


def test_what_went_wrong_is_said_below_its_take(tmp_path: Path) -> None:
    failed = ended(tmp_path, "lena", EndReason.WRITE_ERROR, error="disk I/O error\x1b]0;")
    lost = ended(tmp_path, "omar", EndReason.WORKER_LOST)
    write(tmp_path, failed, lost)
    last = at(tmp_path, room())
    lines = [line.strip() for line in summary(last, takes_of(last, []))]
    assert "disk I/O error]0;" in lines
    assert "worker-lost" in lines


def test_a_take_that_no_sidecar_knows_comes_from_its_event(tmp_path: Path) -> None:
    data = {"file": "/gone/a.ts", "bytes": 5, "seconds": 2.0, "error": ""}
    last = at(tmp_path, room())
    takes = takes_of(last, [event(1, "take.end", "", "anna", data=data)])
    assert [(take.name, take.file) for take in takes] == [("anna", "/gone/a.ts")]


def test_a_damaged_sidecar_does_not_keep_anybody(tmp_path: Path) -> None:
    (tmp_path / "studio-7.json").write_text("{")
    last = at(tmp_path, room())
    assert summary(last, takes_of(last, [])) == ["room studio-7: nothing was recorded"]


def test_a_take_is_told_once(tmp_path: Path) -> None:
    write(tmp_path, ended(tmp_path, "omar", EndReason.BYE))
    last = at(tmp_path, room())
    data = {"file": str(tmp_path / "omar.ts"), "bytes": 1, "seconds": 1.0}
    assert len(takes_of(last, [event(1, "take.end", "", "omar", data=data)])) == 1
