"""Rough cuts of whole sessions: everybody flashes in their cell when they should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import av
import pytest

from roomdeck.core.delivery.deliver import deliver
from roomdeck.core.delivery.found import find_session
from roomdeck.core.delivery.grid.layout import Cell, follow, grid
from roomdeck.core.delivery.grid.names import INK, PAPER
from roomdeck.core.delivery.grid.rough import Rough, file_plan
from roomdeck.core.delivery.jobs.work import Done, Share
from roomdeck.core.delivery.manifest import load_manifest
from roomdeck.core.delivery.plan import Plan, Wish
from roomdeck.core.delivery.presets import PRESETS
from roomdeck.core.delivery.sound.mixing import mixed
from roomdeck.core.delivery.window import Window
from roomdeck.core.model import Codec

from ..stage import BEFORE, DELAY, Act, perform, watch

SECONDS = 4
WISH = Wish(PRESETS["edit"], BEFORE, BEFORE + SECONDS, rough=("grid", "follow"))
SIZE = (1280, 720)
GRID = grid(3, SIZE)
TURN = 2.0


def talks(begin: float, end: float) -> Callable[[float], bool]:
    def beeps(true: float) -> bool:
        return begin <= true < end and (true + 1e-6) % 0.4 < 0.25

    return beeps


def portrait(true: float) -> tuple[int, int]:
    return (96, 160)


PEOPLE = {
    "alice": [Act(0.0, 4.5, Codec.VP8, beeps=talks(0.0, TURN))],
    "bob": [Act(1.5, 4.5, size=portrait, beeps=talks(TURN, 5.0))],
    "carol": [Act(0.0, 4.5, pictures=False)],
}


class Looked:
    """The luma of a picture."""

    def __init__(self, frame: av.VideoFrame) -> None:
        plane = frame.planes[0]
        self._pixels, self._stride = bytes(plane), plane.line_size

    def __call__(self, cell: Cell, right: float = 0.5, down: float = 0.5) -> int:
        x, y = cell.left + int(cell.width * right), cell.top + int(cell.height * down)
        return self._pixels[y * self._stride + x]

    def inside(self, cell: Cell, top: float) -> set[int]:
        """Pixels of a cell from some part of its height down, in its left half."""
        rows = range(cell.top + int(cell.height * top), cell.top + cell.height)
        lefts = (row * self._stride + cell.left for row in rows)
        return {pixel for at in lefts for pixel in self._pixels[at : at + cell.width // 2]}


def looked(path: Path) -> list[Looked]:
    with av.open(str(path)) as container:
        return [Looked(frame) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("session")
    perform(folder, PEOPLE)
    return folder


@pytest.fixture(scope="module")
def delivered(session: Path) -> dict[str, Done]:
    folder = session / "edit"
    return {done.plan.file: done for done in deliver(find_session(session), WISH, folder)}


def test_a_rough_cut_is_as_long_as_the_files_beside_it_and_begins_with_them(
    delivered: dict[str, Done], session: Path
) -> None:
    assert set(list(delivered)[-2:]) == {"grid.mp4", "follow.mp4"}
    assert not [one for one in delivered.values() if one.error or one.notes]
    codes = set[str]()
    for name in ("alice.mp4", "grid.mp4", "follow.mp4"):
        heard = watch(session / "edit" / name)
        assert (heard.pictures, heard.fps) == (SECONDS * 30, 30)
        assert 0 <= heard.samples - SECONDS * 48000 < 1100
        with av.open(str(session / "edit" / name)) as container:
            codes.add(container.streams.video[0].metadata["timecode"])
    assert len(codes) == 1
    manifest = load_manifest(session / "edit")
    assert manifest is not None
    assert {one.file for one in manifest.files} == set(delivered)
    seconds = {one.file: one.rendered for one in manifest.files if not one.stream}
    assert seconds == {"grid.mp4": SECONDS, "follow.mp4": SECONDS}


def test_everybody_flashes_in_their_cell_which_has_their_name(
    delivered: dict[str, Done], session: Path
) -> None:
    alice, bob, carol = GRID
    pictures = looked(session / "edit" / "grid.mp4")
    for cell, since in ((alice, 0), (bob, 2)):
        white = [slot for slot, look in enumerate(pictures) if look(cell, 0.5, 0.3) > 150]
        begins = [slot for slot in white if slot - 1 not in white]
        wanted = [round((second + DELAY) * 30) for second in range(since, SECONDS)]
        assert len(begins) == len(wanted)
        assert all(abs(slot - want) <= 1 for slot, want in zip(begins, wanted, strict=True))
    for look in (pictures[20], pictures[100]):
        below = look.inside(alice, 0.87)
        assert min(below) < PAPER + 8
        assert max(below) > INK - 20
        assert abs(look(carol, 0.5, 0.3) - 52) < 4
        assert max(look.inside(carol, 0.4)) > INK - 20
    # Who was not there yet is a name; then what is portrait has bars.
    assert abs(pictures[20](bob, 0.1) - 52) < 4
    assert abs(pictures[100](bob, 0.1) - 16) < 4


def test_all_sound_is_in_place_before_it_is_encoded(session: Path) -> None:
    people = find_session(session).people
    frames = list(mixed(people, BEFORE, SECONDS * 48000, []))
    assert sum(frame.samples for frame in frames) == SECONDS * 48000
    expected = {round((second + DELAY) * 1000) for second in range(SECONDS)}
    loud = list[int]()
    at, peak = 0, 0.0
    for frame in frames:
        for plane in frame.planes:
            samples = memoryview(plane).cast("f")[: frame.samples]
            peak = max(peak, max(samples), -min(samples))
        samples = memoryview(frame.planes[1]).cast("f")[: frame.samples]
        loud += [at + place for place, one in enumerate(samples) if abs(one) > 0.15]
        at += frame.samples
    begins = [
        one / 48 for before, one in zip([-9600, *loud], loud, strict=False) if one - before > 960
    ]
    talk = {round((talk * 0.4 + DELAY) * 1000) for talk in range(10)}
    assert all(min(abs(one - want) for want in expected | talk) < 1 for one in begins), begins
    assert len(begins) >= 10
    assert 0.4 < peak <= 0.9


def test_who_speaks_is_large(delivered: dict[str, Done], session: Path) -> None:
    pictures = looked(session / "edit" / "follow.mp4")
    first, second = (follow(3, large, SIZE) for large in (0, 1))
    at = round((TURN + DELAY) * 30)
    for slot, look in enumerate(pictures):
        if slot % 30 < 6 or abs(slot - at) < 12:
            continue
        if slot < at:
            assert abs(look(first[0], 0.1) - 60) < 8
        else:
            assert abs(look(second[1], 0.1) - 16) < 4
            assert abs(look(second[1], 0.5) - 60) < 8
            assert abs(look(second[0], 0.1) - 60) < 8


def test_what_is_there_is_left_alone_and_what_was_interrupted_goes_on(
    session: Path, delivered: dict[str, Done]
) -> None:
    folder = session / "edit"
    before = (folder / "follow.mp4").stat().st_ino
    (folder / "grid.mp4").unlink()

    def interrupt(shares: Mapping[str, Share]) -> None:
        if any(folder.glob(".pieces/[!.]*")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(deliver(find_session(session), WISH, folder, interrupt))
    assert not (folder / "grid.mp4").exists()
    assert any(folder.glob(".pieces/[!.]*"))
    again = {done.plan.file: done for done in deliver(find_session(session), WISH, folder)}
    assert [name for name, done in again.items() if not done.was_there] == ["grid.mp4"]
    assert (folder / "follow.mp4").stat().st_ino == before
    assert (folder / "grid.mp4").exists()
    assert not (folder / ".pieces").exists()


def test_somebody_called_like_a_rough_cut_keeps_their_file() -> None:
    nobody = Rough(Plan(Window(0.0, Fraction(1)), (), 0.0, 0.0, {}), Fraction(30), ())
    assert file_plan("grid", nobody, ["alice.mp4"]).file == "grid.mp4"
    assert file_plan("grid", nobody, ["Grid.mp4", "_grid.mp4"]).file == "__grid.mp4"
