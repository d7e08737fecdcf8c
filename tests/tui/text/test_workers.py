"""What is said of a worker."""

from __future__ import annotations

import pytest

from roomdeck.core.model import ReceivePath
from roomdeck.tui.text.workers import path, share, worker_line

from ..fake_client import worker


@pytest.mark.parametrize(
    ("cpu", "said"),
    [(0.0, "0.0 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (0.42, "42 %"), (1.31, "131 %")],
)
def test_the_share_of_a_core_has_a_digit_where_it_matters(cpu: float, said: str) -> None:
    assert share(worker(cpu=cpu)) == f"{said} of a core"


def test_a_path_is_named_only_when_it_is_known() -> None:
    assert path(worker()) == "fast receive path"
    assert path(worker(path=ReceivePath.PLAIN, path_reason="why")) == "plain receive path"
    assert path(worker(path=None)) == "receive path not known yet"
    assert worker_line(worker(path=None)).endswith("receive path not known yet")


def test_a_reason_cannot_say_anything_to_the_terminal() -> None:
    odd = worker(path=ReceivePath.PLAIN, path_reason="\x1b[2Jno\nluck")
    assert worker_line(odd).endswith("plain receive path: [2Jno luck")
