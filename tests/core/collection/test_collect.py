"""Takes of several machines in one folder: compared, never over another file, never twice."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.collection import copy
from roomdeck.core.collection.collect import Outcome, collect, sessions_in
from roomdeck.core.collection.sources import Folder, FoundFile, Source, parse
from roomdeck.core.errors import DiskFullError, RecordingError, UsageError
from roomdeck.core.model import EndReason, TakeSummary
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.sidecar import SessionInfo, Sidecar, Whereabouts

INFO = SessionInfo(room="lab", server="ws://x", started=1000.0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copy, "CHUNK", 1000)


class Machines:
    """An engine's folder, and those of nodes, mounted here."""

    def __init__(self, folder: Path) -> None:
        self.here = folder / "rec"
        self.path = self.here / "lab_20260101-120000.json"
        self.mounts = folder / "mnt"
        self.here.mkdir()
        self.told: list[Outcome] = []

    def take(
        self,
        stream: str,
        node: str = "",
        *,
        name: str = "",
        data: bytes | None = None,
        reason: EndReason | None = EndReason.BYE,
        size: int | None = None,
    ) -> Path:
        """Have a machine record something; return where its file is here."""
        name = name or f"lab_{stream}_20260101-120001.mkv"
        folder = self.mounts / node if node else self.here
        folder.mkdir(parents=True, exist_ok=True)
        data = (f"{stream} on {node}. ".encode() * 300)[:3300] if data is None else data
        (folder / name).write_bytes(data)
        take = TakeSummary(
            stream=stream,
            raw_id=stream,
            file=f"/data/rec/{name}" if node else str(folder / name),
            node=node,
            started=1001.0,
            offset=1.0,
            bytes=len(data) if size is None else size,
            seconds=2.0,
            reason=reason,
        )
        sidecar.merge(self.path, INFO, [take])
        return folder / name

    def collect(self, *nodes: str, into: Path | None = None) -> list[Outcome]:
        self.told = []
        ways: dict[str, Source] = {node: Folder(self.mounts / node) for node in nodes}
        collect(self.path, into or self.here, ways, self.told.append)
        return self.told


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def load(path: Path) -> Sidecar:
    found = sidecar.load(path)
    assert found is not None
    return found


def files(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if not one.name.endswith(".lock"))


def test_files_of_all_machines_come_and_the_sidecar_says_so(machines: Machines) -> None:
    machines.take("alice")
    bob, carol = machines.take("bob", "n1"), machines.take("carol", "n2")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (bob, carol)}
    assert [(one.wanted.name, one.error) for one in machines.collect("n1", "n2")] == [
        (bob.name, ""),
        (carol.name, ""),
    ]
    known = load(machines.path)
    assert [(one.stream, one.node, one.file) for one in known.takes] == [
        ("alice", "", "lab_alice_20260101-120001.mkv"),
        ("bob", "", bob.name),
        ("carol", "", carol.name),
    ]
    for path, (data, changed) in before.items():
        assert (machines.here / path.name).read_bytes() == data
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, changed)
    assert known.whereabouts[0] == Whereabouts(
        file=bob.name,
        node="n1",
        path=f"/data/rec/{bob.name}",
        sha256=hashlib.sha256(bob.read_bytes()).hexdigest(),
    )
    assert machines.collect("n1", "n2") == [], "there is nothing left to bring"
    assert len(files(machines.here)) == 4, "nothing else is left behind"


def test_a_whole_disk_may_be_mounted_and_a_shared_one_need_not_be_named(
    machines: Machines, tmp_path: Path
) -> None:
    bob = machines.take("bob", "n1")
    data = bob.read_bytes()
    root = machines.mounts / "n1" / "data" / "rec"
    root.mkdir(parents=True)
    bob.rename(root / bob.name)
    machines.collect("n1")
    assert (machines.here / bob.name).read_bytes() == data
    shared = tmp_path / "shared.mkv"
    shared.write_bytes(b"x")
    take = msgspec.structs.replace(
        load(machines.path).takes[0], stream="dave", node="n9", file=str(shared), bytes=1
    )
    sidecar.merge(machines.path, INFO, [take])
    machines.collect()
    assert (machines.here / "shared.mkv").read_bytes() == b"x"


def test_another_folder_gets_all_takes_and_a_sidecar_of_its_own(
    machines: Machines, tmp_path: Path
) -> None:
    alice, bob = machines.take("alice"), machines.take("bob", "n1")
    into = tmp_path / "all"
    before = machines.path.read_bytes()
    machines.collect("n1", into=into)
    assert files(into) == sorted([alice.name, bob.name, machines.path.name])
    assert machines.path.read_bytes() == before
    known = load(into / machines.path.name)
    assert [(one.node, one.file) for one in known.takes] == [("", alice.name), ("", bob.name)]
    assert known.session == load(machines.path).session
    # One more is recorded, and only that comes the next time.
    machines.take("carol", "n1")
    assert [one.wanted.take.stream for one in machines.collect("n1", into=into)] == ["carol"]
    assert len(load(into / machines.path.name).takes) == 3
    assert machines.collect("n1", into=into) == []


def test_nothing_is_ever_overwritten(machines: Machines) -> None:
    bob = machines.take("bob", "n1")
    there = machines.here / bob.name
    there.write_bytes(b"somebody's")
    (told,) = machines.collect("n1")
    assert "another file" in told.error
    assert there.read_bytes() == b"somebody's"
    assert load(machines.path).takes[0].node == "n1"
    there.write_bytes(bob.read_bytes())
    (told,) = machines.collect("n1")
    assert (told.error, told.sha256) == ("", hashlib.sha256(bob.read_bytes()).hexdigest())


def test_one_of_the_same_name_gets_another(machines: Machines) -> None:
    machines.take("bob", "n1", data=b"1")
    bob = machines.take("bob", "n2", data=b"2")
    machines.collect("n1", "n2")
    assert (machines.here / bob.name).read_bytes() == b"1"
    assert (machines.here / f"{bob.stem}-n2.mkv").read_bytes() == b"2"


def test_what_was_interrupted_goes_on(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    bob = machines.take("bob", "n1")
    read: list[int] = []
    real = FoundFile.read

    def fails(self: FoundFile, offset: int, count: int) -> bytes:
        read.append(offset)
        if offset == 3000 and len(read) < 5:
            raise RecordingError("gone")
        return real(self, offset, count)

    monkeypatch.setattr(FoundFile, "read", fails)
    (told,) = machines.collect("n1")
    assert told.error == "gone"
    assert not (machines.here / bob.name).exists()
    (told,) = machines.collect("n1")
    assert (told.error, read) == ("", [0, 1000, 2000, 3000, 2000, 3000])
    assert (machines.here / bob.name).read_bytes() == bob.read_bytes()
    assert told.sha256 == hashlib.sha256(bob.read_bytes()).hexdigest()


def test_what_was_begun_of_another_state_is_not_gone_on_with(machines: Machines) -> None:
    bob = machines.take("bob", "n1")
    old = machines.here / f".{bob.name}.1x2.collecting"
    old.write_bytes(b"?" * 2500)
    machines.collect("n1")
    assert (machines.here / bob.name).read_bytes() == bob.read_bytes()
    assert not old.exists()


def test_a_disk_that_gives_back_something_else_is_noticed(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = machines.take("bob", "n1")
    real = os.pread

    def lies(descriptor: int, count: int, offset: int) -> bytes:
        return real(descriptor, count, offset)[:-1] + b"!"

    monkeypatch.setattr(copy.os, "pread", lies)
    (told,) = machines.collect("n1")
    assert "does not give back" in told.error
    assert not (machines.here / bob.name).exists()


def test_one_that_has_no_room_is_said_to(
    machines: Machines, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bob = machines.take("bob", "n1")

    def free(folder: Path) -> int:
        return 3299

    monkeypatch.setattr(copy, "free_bytes", free)
    (told,) = machines.collect("n1")
    assert "no room" in told.error
    found = Folder(bob.parent).find(f"/{bob.name}")
    assert found is not None
    with pytest.raises(DiskFullError):
        copy.bring(found, tmp_path / "x")


def test_what_cannot_be_right_is_left(machines: Machines) -> None:
    machines.take("open", "n1", reason=None)
    machines.take("partial", "n1", size=9999)
    machines.take("nowhere", "n1").unlink()
    machines.take("unnamed", "n2")
    machines.take("cut", "n1", reason=EndReason.WORKER_LOST, size=5)
    told = {one.wanted.take.stream: one.error for one in machines.collect("n1")}
    assert "still being recorded" in told["open"]
    assert "3300 bytes and not 9999" in told["partial"]
    assert "should be" in told["nowhere"]
    assert "--from n2=PATH" in told["unnamed"]
    assert told["cut"] == "", "nobody could say how long it is"


def test_one_that_changes_meanwhile_is_not_taken(machines: Machines) -> None:
    bob = machines.take("bob", "n1")
    found = Folder(bob.parent).find(bob.name)
    assert found is not None
    bob.write_bytes(b"shorter")
    with pytest.raises(RecordingError, match="changes"):
        copy.bring(found, machines.here / "x")


def test_a_disk_where_a_file_has_one_name_only_will_do(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = machines.take("bob", "n1")

    def link(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(copy.os, "link", link)
    machines.collect("n1")
    assert (machines.here / bob.name).read_bytes() == bob.read_bytes()
    assert len(files(machines.here)) == 2


def test_a_link_is_no_master(machines: Machines, tmp_path: Path) -> None:
    bob = machines.take("bob", "n1")
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    bob.unlink()
    bob.symlink_to(secret)
    (told,) = machines.collect("n1")
    assert "should be" in told.error


def test_two_do_not_collect_at_once(machines: Machines) -> None:
    machines.take("bob", "n1")

    def again(outcome: Outcome) -> None:
        with pytest.raises(UsageError, match="already"):
            machines.collect("n1")
        machines.told = [outcome]

    collect(machines.path, machines.here, {"n1": Folder(machines.mounts / "n1")}, again)
    assert [one.error for one in machines.told] == [""]


def test_another_session_of_that_name_is_left_alone(machines: Machines, tmp_path: Path) -> None:
    machines.take("bob", "n1")
    into = tmp_path / "all"
    other = msgspec.structs.replace(INFO, started=5.0)
    sidecar.merge(into / machines.path.name, other, [])
    with pytest.raises(UsageError, match="another session"):
        machines.collect("n1", into=into)


def test_what_was_removed_as_was_asked_for_is_not_missed(
    machines: Machines, tmp_path: Path
) -> None:
    alice = machines.take("alice")
    machines.take("bob", "n1")
    alice.unlink()
    sidecar.place(machines.path, [Whereabouts(file=alice.name, removed=9.0)])
    told = machines.collect("n1", into=tmp_path / "all")
    assert [(one.wanted.take.stream, one.error) for one in told] == [("bob", "")]


def test_ways_are_named_as_they_have_to_be(tmp_path: Path) -> None:
    assert list(parse([f"n1={tmp_path}", f"10.0.0.2={tmp_path}"])) == ["n1", "10.0.0.2"]
    for words, complaint in (
        (["n1"], "NODE=PATH"),
        (["n1="], "NODE=PATH"),
        ([f"n1={tmp_path / 'none'}"], "is no folder"),
        ([f"n1={tmp_path}", f"n1={tmp_path}"], "twice"),
    ):
        with pytest.raises(UsageError, match=complaint):
            parse(words)


def test_a_folder_without_sessions_is_told(machines: Machines) -> None:
    (machines.here / "other.json").write_text("[]")
    with pytest.raises(UsageError, match="no session in"):
        sessions_in(machines.here)
    machines.take("bob", "n1")
    assert sessions_in(machines.here) == sessions_in(machines.path) == [machines.path]


def test_what_a_node_removed_is_not_missed_and_where_it_is_stays_known(machines: Machines) -> None:
    bob, carol = machines.take("bob", "n1"), machines.take("carol", "n2")
    where = [
        Whereabouts(file=f"/data/rec/{bob.name}", on="n1", to="s3://b/bob", removed=1.0),
        Whereabouts(file=f"/data/rec/{carol.name}", on="n2", to="s3://b/carol"),
    ]
    sidecar.place(machines.path, where)
    assert [one.wanted.name for one in machines.collect("n1", "n2")] == [carol.name]
    found = {one.file: one for one in load(machines.path).whereabouts}
    assert found.keys() == {where[0].file, carol.name}
    assert (found[carol.name].to, found[carol.name].node) == ("s3://b/carol", "n2")


def test_what_only_a_machine_itself_knows_comes_too_and_is_known_then(machines: Machines) -> None:
    bob = machines.take("bob", "n1")
    second = machines.take("bob", "n1", name="lab_bob_20260101-120400.mkv")
    third = machines.take("carol", "n1", name="lab_carol_20260101-120500.mkv")
    whole = load(machines.path).takes
    own = machines.mounts / "n1" / machines.path.name
    machines.path.rename(own)
    closed = msgspec.structs.replace(whole[2], node="", file=third.name)
    sidecar.merge(sidecar.of_node(own, "n1"), INFO, [closed])
    sidecar.merge(machines.path, INFO, whole[:1])
    taken = [one.wanted.name for one in machines.collect("n1")]
    assert taken == [bob.name, second.name, third.name]
    assert [(one.node, one.file) for one in load(machines.path).takes] == [
        ("", name) for name in taken
    ]
    assert machines.collect("n1") == []


@pytest.mark.parametrize("wrong", ["another session", "removed", "no JSON"])
def test_what_a_machine_says_of_others_or_has_no_more_is_left(
    machines: Machines, wrong: str
) -> None:
    machines.take("alice")
    own = sidecar.of_node(machines.mounts / "n1" / machines.path.name, "n1")
    own.parent.mkdir(parents=True)
    take = msgspec.structs.replace(load(machines.path).takes[0], stream="bob", file="bob.mkv")
    info = SessionInfo(room="lab", server="ws://x", started=2000.0) if "session" in wrong else INFO
    sidecar.merge(own, info, [take])
    if wrong == "removed":
        sidecar.place(own, [Whereabouts(file="bob.mkv", removed=3.0)])
    elif wrong == "no JSON":
        own.write_text("{")
    assert machines.collect("n1") == []
    assert len(load(machines.path).takes) == 1
