"""What is copied of a picture, what is rendered, and in which pieces."""

from __future__ import annotations

from array import array
from fractions import Fraction

from roomdeck.core.delivery.picture.index import Group, Index
from roomdeck.core.delivery.picture.pieces import BLACK, Black, Copied, Piece, Rendered, cut
from roomdeck.core.delivery.picture.slots import NONE
from roomdeck.core.model import Codec

SIZE = (64, 48)
SETS = (b"\x67sps", b"\x68pps")


def clip(
    groups: int, each: int = 10, size: tuple[int, int] = SIZE, sets: tuple[bytes, ...] = SETS
) -> Index:
    ticks = array("q", range(0, groups * each * 3000, 3000))
    return Index(
        codec=Codec.H264,
        time_base=Fraction(1, 90000),
        stored=ticks,
        shown=ticks,
        groups=[Group(number * each, *size, sets) for number in range(groups)],
    )


def shape(pieces: tuple[Piece, ...]) -> list[tuple[str, int]]:
    return [(type(piece).__name__, piece.number) for piece in pieces]


def test_a_steady_picture_is_copied_as_a_whole() -> None:
    found = cut(array("q", range(30)), [clip(3)], SIZE)
    assert found.pieces == (Copied(0, 0, 30),)
    assert found.sets == SETS


def test_only_the_group_that_is_not_steady_is_rendered() -> None:
    twice = array("q", [*range(14), 13, *range(14, 40)])
    missing = array("q", [*range(14), *range(15, 40)])
    for slots in (twice, missing):
        found = cut(slots, [clip(4)], SIZE)
        rendered = len(slots) - 30
        assert shape(found.pieces) == [("Copied", 10), ("Rendered", rendered), ("Copied", 20)]


def test_what_is_before_and_after_is_black() -> None:
    slots = array("q", [NONE] * 5 + list(range(20)) + [NONE] * (BLACK + 1))
    found = cut(slots, [clip(2)], SIZE)
    assert found.pieces == (Black(5), Copied(0, 0, 20), Black(BLACK), Black(1))


def test_another_size_other_sets_and_other_codecs_are_rendered() -> None:
    slots = array("q", range(20))
    for index in (clip(2, size=(32, 24)), clip(2, sets=()), clip(2)):
        index.codec = Codec.VP8 if index.groups[0].sets == SETS else Codec.H264
        if index.groups[0].sets == ():
            index.groups = [group._replace(sets=None) for group in index.groups]
        assert shape(cut(slots, [index], SIZE).pieces) == [("Rendered", 20)]
    assert shape(cut(slots, [clip(2)], SIZE, copy=False).pieces) == [("Rendered", 20)]


def test_of_two_kinds_of_sets_the_longer_lasting_is_copied() -> None:
    one, other = clip(2), clip(3, sets=(b"\x67other", b"\x68pps"))
    found = cut(array("q", range(50)), [one, other], SIZE)
    assert shape(found.pieces) == [("Rendered", 20), ("Copied", 30)]
    assert found.sets == (b"\x67other", b"\x68pps")


def test_a_window_that_begins_within_a_group_renders_its_rest() -> None:
    found = cut(array("q", range(4, 26)), [clip(3)], SIZE)
    assert shape(found.pieces) == [("Rendered", 6), ("Copied", 10), ("Rendered", 6)]
    first = found.pieces[0]
    assert isinstance(first, Rendered)
    assert first.ticks[0] == 4 * 3000


def test_a_group_whose_last_picture_stays_is_not_copied() -> None:
    found = cut(array("q", [*range(20), 19, 19]), [clip(2)], SIZE)
    assert shape(found.pieces) == [("Copied", 10), ("Rendered", 12)]


def test_long_stretches_are_cut_at_key_frames_where_there_are_some() -> None:
    slots = array("q", range(1000))
    cut_at_keys = cut(slots, [clip(10, each=100)], SIZE, copy=False)
    assert [piece.number for piece in cut_at_keys.pieces] == [300, 300, 300, 100]
    without = cut(array("q", range(3000)), [clip(1, each=3000)], SIZE, copy=False)
    assert [piece.number for piece in without.pieces] == [1200, 1200, 600]


def test_pictures_in_another_order_are_copied_where_groups_are_closed() -> None:
    index = clip(2, each=4)
    index.stored = array("q", [0, 9000, 3000, 6000, 12000, 21000, 15000, 18000])
    assert cut(array("q", range(8)), [index], SIZE).pieces == (Copied(0, 0, 8),)
    index.stored = array("q", [0, 3000, 6000, 12000, 9000, 15000, 18000, 21000])
    assert shape(cut(array("q", range(8)), [index], SIZE).pieces)[0][0] == "Rendered"


def test_where_decoding_begins() -> None:
    index = clip(3)
    assert index.key_before(15 * 3000) == 10 * 3000
    assert index.key_before(20 * 3000) == 20 * 3000
