"""A whole delivery on nodes, without Ray: actors are objects here, all else is as it is."""

from __future__ import annotations

from pathlib import Path

import av
import msgspec
import pytest

from roomdeck.core.config import ClusterConfig
from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.jobs.work import Done
from roomdeck.core.delivery.plan import Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.errors import ControlError
from roomdeck.core.farm import farm as module
from roomdeck.core.farm.__main__ import main
from roomdeck.core.farm.delivery import on_nodes
from roomdeck.core.farm.scattered import find_scattered
from roomdeck.core.recording import sidecar
from roomdeck.core.recording.sidecar import Sidecar

from ..delivery.stage import BEFORE, Act, perform
from .sessions import scatter

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(400)]

WISH = Wish(PRESETS["edit"], BEFORE - 1)
PEOPLE = {
    "alice": [Act(0.0, 1.5)],
    "bob": [Act(0.0, 1.0, pictures=False), Act(1.1, 1.5, pictures=False)],
}
WHERE = {"alice": ["box1"], "bob": ["box2", "box1"]}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterConfig:
    token = tmp_path / "token"
    token.write_text("t" * 40)
    token.chmod(0o600)
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    monkeypatch.setenv("FARM_OUTPUT", str(tmp_path))
    monkeypatch.setattr(module, "_BRIDGE", "tests.core.farm.pretended")
    return ClusterConfig(address="box1:6379", token_file=str(token))


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "session"
    folder.mkdir()
    return perform(folder, PEOPLE)


def made(session: Path, folder: Path, cluster: ClusterConfig, wish: Wish = WISH) -> dict[str, Done]:
    found = find_scattered(session)
    with on_nodes(cluster, found, wish, folder, lambda home: frozenset()) as nodes:
        done = deliver(found.session, wish, folder, elsewhere=nodes)
        return {one.plan.person.stream: one for one in done}


def told(session: Path) -> Sidecar:
    found = sidecar.load(session)
    assert found is not None
    return found


def test_files_are_the_same_as_without_nodes(
    session: Path, tmp_path: Path, cluster: ClusterConfig
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    files = {one.plan.file for one in deliver(find_session(session), WISH, here)}
    scatter(session, WHERE, tmp_path)
    done = made(session, there, cluster)
    assert {one.plan.file for one in done.values() if not one.error} == files
    for name in files:
        assert (here / name).read_bytes() == (there / name).read_bytes()
    report = session.with_suffix(".txt").read_text()
    assert f"{sum(map(len, WHERE.values()))} files" in report
    for node in ("box1", "box2"):
        assert not [*(tmp_path / node).glob(".*")]
    assert all(one.was_there for one in made(session, there, cluster).values())


def test_who_is_called_alike_has_a_file_of_their_own(
    tmp_path: Path, cluster: ClusterConfig
) -> None:
    """A node has the takes of one of them, and does not know of the other one."""
    folder = tmp_path / "session"
    folder.mkdir()
    people = {name: [Act(0.0, 1.0, pictures=False)] for name in ("alice", "Alice")}
    session = perform(folder, people)
    scatter(session, {"alice": ["box1"], "Alice": ["box2"]}, tmp_path)
    done = made(session, tmp_path / "there", cluster)
    files = {stream: (one.plan.file, one.error) for stream, one in done.items()}
    assert files == {"alice": ("alice.wav", ""), "Alice": ("Alice-2.wav", "")}


def test_a_node_that_fails_has_its_files_made_elsewhere(
    session: Path, tmp_path: Path, cluster: ClusterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FARM_GONE", "box1")
    scatter(session, WHERE, tmp_path)
    done = made(session, tmp_path / "there", cluster)
    assert {stream: one.error for stream, one in done.items()} == {"alice": "", "bob": ""}
    # What had to be brought for that is not left there.
    assert not [*(tmp_path / "box2").glob(".*")]


def test_where_no_node_is_left_each_file_says_so_and_what_to_do(
    session: Path, tmp_path: Path, cluster: ClusterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FARM_GONE", "box1 box2")
    scatter(session, WHERE, tmp_path)
    done = made(session, tmp_path / "there", cluster)
    assert len(done) == 2
    for one in done.values():
        assert "box2" in one.error
        assert "the same command goes on" in one.error


def test_a_take_out_of_reach_costs_its_own_file_and_none_that_was_made(
    session: Path, tmp_path: Path, cluster: ClusterConfig
) -> None:
    scatter(session, WHERE, tmp_path)
    (lost,) = (tmp_path / "box2").glob("*bob*")
    content = lost.read_bytes()
    lost.unlink()
    done = made(session, tmp_path / "there", cluster)
    assert not done["alice"].error
    assert "run the same command" in done["bob"].error
    # Now the one that was made is out of reach.
    lost.write_bytes(content)
    (other,) = (tmp_path / "box1").glob("*alice*")
    other.unlink()
    again = made(session, tmp_path / "there", cluster)
    assert again["alice"].was_there
    assert not again["bob"].error


def test_a_take_outside_the_window_may_be_out_of_reach(
    tmp_path: Path, cluster: ClusterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    session = perform(
        folder,
        {"carol": [Act(0.0, 2.0), Act(4.0, 5.5, size=lambda _: (80, 48))]},
    )
    wish = WISH._replace(begin=BEFORE + 3.5)
    scatter(session, {"carol": ["box2", "box1"]}, tmp_path)
    with monkeypatch.context() as interrupted:
        interrupted.setenv("FARM_GONE", "box1 box2")
        assert made(session, tmp_path / "planned", cluster, wish)["carol"].error
    (away,) = (tmp_path / "box2").glob("*carol*")
    away.unlink()
    # What was planned when it was there stays as planned.
    for place, size in (("there", (80, 48)), ("planned", (160, 96))):
        done = made(session, tmp_path / place, cluster, wish)["carol"]
        assert not done.error
        with av.open(str(tmp_path / place / done.plan.file)) as file:
            picture = file.streams.video[0]
            assert (picture.width, picture.height) == size
    # Without the window it is missing.
    assert "run the same command" in made(session, tmp_path / "all", cluster)["carol"].error


def test_a_recording_that_is_over_is_delivered_and_that_is_told_in_lines(
    session: Path, tmp_path: Path, cluster: ClusterConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    scatter(session, WHERE, tmp_path)
    (known,) = (take for take in told(session).takes if take.stream == "alice")
    untold = msgspec.structs.replace(known, node="box2", file=str(tmp_path / "box2" / "carol.ts"))
    sidecar.merge(tmp_path / "box2" / session.name, told(session).session, [untold])
    assert main(session, "edit", cluster) == 0
    left_out, *lines = capsys.readouterr().out.splitlines()
    assert left_out.startswith(f"left out: {untold.file} is on box2")
    assert [line.partition(": ")[2] for line in lines] == ["made", "made"]
    assert all(Path(line.partition(": ")[0]).exists() for line in lines)
    (lost,) = (tmp_path / "box2").glob("*bob*")
    lost.unlink()
    session.rename(session.with_stem("lab_20260101-120001"))
    assert main(session.with_stem("lab_20260101-120001"), "edit", cluster) == 1
    assert "out of reach" in capsys.readouterr().out


def test_where_there_is_no_cluster_that_is_told(
    session: Path, tmp_path: Path, cluster: ClusterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BRIDGE", "tests.core.farm.sessions")  # which says nothing
    with pytest.raises(ControlError, match="box1:6379 cannot be used"):
        made(session, tmp_path / "there", cluster)
