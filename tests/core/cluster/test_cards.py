"""What is known of nodes and workers on them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster.cards import Here, WorkerCard, cards_in, node_folder
from roomdeck.core.cluster.detach import environment
from roomdeck.core.cluster.here import port_range

from ..sessions import session


def test_a_session_has_its_own_folder_on_each_node(tmp_path: Path) -> None:
    told = session("/engine/out", "/engine/out/lab_1.json")
    here = Here(node="n1", host="h", output=str(tmp_path), token_file="t")
    at_home = here.session(told)
    assert (at_home.output, at_home.node) == (str(tmp_path), "n1")
    assert at_home.sidecar == str(tmp_path / "lab_1.json")
    unsaid = Here(node="n1", host="h", token_file="t").session(told)
    assert (unsaid.output, unsaid.sidecar) == ("/engine/out", "/engine/out/lab_1.json")


def test_nodes_on_one_machine_do_not_share_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOMDECK_RUNTIME_DIR", "/run/x")
    folders = {node_folder(room, node) for room in "ab" for node in "cd"}
    assert len(folders) == 4
    assert {folder.parent for folder in folders} == {Path("/run/x/nodes")}


def test_cards_of_the_dead_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    card = tmp_path / "worker-1.json"
    card.write_bytes(msgspec.json.encode(WorkerCard("n1", 1, dead.pid, "h", 1)))
    (tmp_path / "worker-2.json").write_text("{")
    assert cards_in(tmp_path) == []
    assert not card.exists()


def test_a_worker_hears_nothing_of_ray_but_where_the_token_is() -> None:
    known = {"RAY_AUTH_TOKEN_PATH": "/t", "RAY_AUTH_TOKEN": "t", "RAY_JOB_ID": "1", "PATH": "/bin"}
    assert environment(known) == {"RAY_AUTH_TOKEN_PATH": "/t", "PATH": "/bin"}


@pytest.mark.parametrize(
    ("text", "ports"),
    [("", (0, 0)), ("47100-47199", (47100, 47199)), ("47100", (47100, 47100)), ("many", (0, 0))],
)
def test_ports_are_as_a_node_says(text: str, ports: tuple[int, int]) -> None:
    assert port_range(text) == ports
