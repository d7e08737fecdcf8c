"""What a process on a node does, and how it ends."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.cluster.cards import Here
from roomdeck.core.delivery.jobs.pool import Stopped
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.farm import job as module
from roomdeck.core.farm.job import Job
from roomdeck.core.farm.orders import Lying, Make, Order, State, Task, line, state, task
from roomdeck.core.farm.superior import Superior
from roomdeck.core.model import Container
from roomdeck.core.recording import sidecar

from ..delivery.stage import BEFORE, Act, perform


class Pipes:
    """Who gives orders, and hears what is said."""

    def __init__(self) -> None:
        self.ear, self.told = os.pipe()
        self.said, self.mouth = os.pipe()
        self.superior = Superior(self.ear, self.mouth)

    def tell(self, words: bytes) -> None:
        os.write(self.told, words)

    def close(self) -> None:
        for one in (self.ear, self.said, self.mouth):
            os.close(one)


@pytest.fixture
def pipes() -> Generator[Pipes]:
    pipes = Pipes()
    yield pipes
    pipes.close()


def test_it_stands_still_when_it_is_told_and_ends_with_who_told(pipes: Pipes) -> None:
    pipes.tell(b"an order\nho")
    assert pipes.superior.order() == b"an order"
    assert not pipes.superior.held
    pipes.tell(b"ld\n")
    assert pipes.superior.held
    pipes.tell(b"go\n")
    assert not pipes.superior.held
    pipes.superior.say(State(done=0.5))
    assert state.decode(os.read(pipes.said, 100)) == State(done=0.5)
    pipes.tell(b"clear\n")
    pipes.superior.wait()
    os.close(pipes.told)
    with pytest.raises(Stopped):
        _ = pipes.superior.held


def test_what_was_made_is_not_made_again_until_it_is_cleared(
    tmp_path: Path, pipes: Pipes, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = sidecar.load(perform(tmp_path, {"alice": [Act(0.0, 0.5, pictures=False)]}))
    assert known is not None
    token = tmp_path / "token"
    token.write_text("t" * 40)
    token.chmod(0o600)
    (take,) = known.takes
    make = Make(
        file="alice.wav",
        recipe="r",
        begin=BEFORE,
        seconds="1",
        utc_offset=0.0,
        preset=PRESETS["audio"],
        fps=None,
        size=None,
        loudness=None,
        container=Container.MKV,
    )
    order = Order(
        session=known.session,
        folder=str(tmp_path),
        name="one",
        takes=(Lying(take, "box1", str(tmp_path / take.file)),),
        shelves=(),
        make=make,
    )
    here = Here(node="box1", host="127.0.0.1", output=str(tmp_path), token_file=str(token))
    crossed = task.decode(line(Task(here, order)))
    first = Job(crossed, pipes.superior)
    made = first.run().made
    assert made is not None
    assert made.loudness is not None
    assert Path(made.path).is_file()
    assert state.decode(line(State(made=made))) == State(made=made)

    def no_pool(size: int) -> None:
        raise AssertionError("it is made again")

    with monkeypatch.context() as patched:
        patched.setattr(module, "pool", no_pool)
        assert Job(crossed, pipes.superior).run().made == made
    other = msgspec.structs.replace(make, recipe="other")
    again = Job(Task(here, msgspec.structs.replace(order, make=other)), pipes.superior)
    assert again.run().made == made
    again.clear()
    assert not (tmp_path / ".farm").exists()
    assert (tmp_path / take.file).is_file()
    os.close(pipes.told)
