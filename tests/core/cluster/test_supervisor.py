"""What a supervisor does on its node, without Ray."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster.here import Orders
from roomdeck.core.cluster.messages import Completion, Leftovers
from roomdeck.core.cluster.supervisor import Supervisor
from roomdeck.core.ipc.runtime_folder import RUNTIME_VARIABLE
from roomdeck.core.model import EndReason, TakeSummary
from roomdeck.core.recording.sidecar import SessionInfo, load, merge, of_node


async def test_what_a_worker_left_is_completed_as_far_as_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    file = tmp_path / "lab_s_20261129-070000.ts"
    file.touch()
    take = TakeSummary(
        stream="s", raw_id="s", file=str(file), node="n1", started=1.0, offset=0.0, bytes=7
    )
    left = Leftovers(
        node="n1",
        session=SessionInfo(room="lab", server="ws://x", started=0.0),
        sidecar="lab_20261129-065959.json",
        takes=(take,),
    )
    orders = msgspec.json.encode(Orders(room="r", node="n1", host="h")).decode()
    said = await Supervisor(orders).complete(msgspec.json.encode(left).decode())
    (done,) = msgspec.json.decode(said, type=list[Completion])
    assert (done.file, done.text) == (
        str(file),
        f"{file.name} stays as it was: its file is empty, or gone",
    )
    assert done.take is not None
    assert (done.take.node, done.take.file, done.take.bytes) == ("n1", str(file), 0)
    assert done.take.reason is EndReason.INTERRUPTED
    # Beside the files is a JSON file that tells of them, too.
    known = load(tmp_path / left.sidecar)
    assert known is not None
    assert [one.file for one in known.takes] == [str(file)]
    # Nobody does anything with closed files here.
    assert not of_node(tmp_path / left.sidecar, "n1").exists()


async def test_what_is_completed_counts_as_closed_for_who_uploads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUNTIME_VARIABLE, str(tmp_path / "run"))
    session = SessionInfo(room="lab", server="ws://x", started=0.0)
    name = "lab_20261129-065959.json"
    file = tmp_path / "lab_s_20261129-070000.ts"
    file.touch()
    take = TakeSummary(
        stream="s", raw_id="s", file=str(file), node="n1", started=1.0, offset=0.0, bytes=7
    )
    kept = of_node(tmp_path / name, "n1")
    merge(kept, session, [])
    left = Leftovers(node="n1", session=session, sidecar=name, takes=(take,))
    orders = msgspec.json.encode(Orders(room="r", node="n1", host="h")).decode()
    await Supervisor(orders).complete(msgspec.json.encode(left).decode())
    known = load(kept)
    assert known is not None
    assert [(one.node, one.file, one.bytes, one.reason) for one in known.takes] == [
        ("", file.name, 0, EndReason.INTERRUPTED)
    ]
