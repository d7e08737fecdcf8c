from __future__ import annotations

import msgspec
import pytest

from roomdeck.core.model import (
    Alarm,
    AlarmKind,
    AudioSummary,
    ClusterSnapshot,
    Codec,
    SoundMeter,
)
from roomdeck.tui.dashboard.model.columns import COLUMNS, LEAD, NAME_LEAST, Context, absent, place
from roomdeck.tui.dashboard.model.glyphs import ASCII, UNICODE, Glyphs
from roomdeck.tui.dashboard.model.history import History
from roomdeck.tui.dashboard.model.view import ViewState, build

from ...fake_client import room, stream, studio, worker

WIDTHS = range(40, 161)
GOES_FIRST = [
    "trip",
    "jitter",
    "file",
    "minute",
    "audio",
    "node",
    "video",
    "loss",
    "sound",
    "rate",
    "time",
    "size",
]
"""From the widest terminal to the narrowest."""


def ids(terminal: int) -> list[str]:
    """Return the columns on a terminal; its last cell belongs to the scrollbar."""
    return [column.id for column in place(terminal - 1)]


def test_columns_fill_every_width_exactly() -> None:
    for terminal in WIDTHS:
        columns = place(terminal - 1)
        assert LEAD + sum(column.width + 1 for column in columns) == terminal - 1
        assert all(column.width > 0 for column in columns)


def test_the_name_keeps_its_room() -> None:
    for terminal in WIDTHS:
        assert {column.id: column.width for column in place(terminal - 1)}["name"] >= NAME_LEAST


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_cell_is_as_wide_as_its_column(glyphs: Glyphs) -> None:
    for terminal in WIDTHS:
        history = History()
        history.add(studio())
        view = build(studio(), ViewState(), terminal - 1, history, glyphs)
        assert len(view.rows) == len(studio().streams)
        for row in view.rows:
            assert [len(cell) for cell in row.cells] == [column.width for column in view.columns]


def test_columns_only_go_as_it_narrows() -> None:
    for terminal in WIDTHS[1:]:
        assert set(ids(terminal - 1)) <= set(ids(terminal))


def test_columns_go_by_priority() -> None:
    shown = set(ids(160))
    assert shown == {column.id for column in COLUMNS}
    gone: list[str] = []
    for terminal in reversed(WIDTHS):
        gone += [name for name in GOES_FIRST if name in shown - set(ids(terminal)) - set(gone)]
    assert gone == [name for name in GOES_FIRST if name != "size"]


def test_the_narrowest_terminal_says_state_name_and_size() -> None:
    assert ids(40) == ["state", "name", "size"]


@pytest.mark.parametrize(("terminal", "width"), [(49, 1), (50, 7)])
def test_the_word_of_the_state_goes_last(terminal: int, width: int) -> None:
    assert place(terminal - 1)[0].width == width


def test_hidden_columns_leave_their_room_to_others() -> None:
    before = {column.id: column.width for column in place(79)}
    after = {column.id: column.width for column in place(79, frozenset({"video"}))}
    assert after["name"] == before["name"] + before["video"] + 1


def test_state_and_name_cannot_be_hidden() -> None:
    assert [c.id for c in place(39, frozenset({"state", "name", "size"}))] == ["state", "name"]


def cells_of(stream: str, terminal: int = 160) -> dict[str, str]:
    view = build(studio(), ViewState(), terminal - 1, History(), UNICODE)
    row = next(row for row in view.rows if row.stream == stream)
    return {c.id: cell.strip() for c, cell in zip(view.columns, row.cells, strict=True)}


def test_a_recording_says_what_reaches_the_disk() -> None:
    cells = cells_of("anna")
    assert (cells["state"], cells["name"]) == ("● REC", "Anna · camera 1")
    assert (cells["video"], cells["audio"], cells["rate"]) == ("H264 1080p30", "opus", "4.12")
    assert (cells["size"], cells["time"], cells["loss"]) == ("1.24 GB", "00:41:58", "0.0")
    assert (cells["jitter"], cells["trip"]) == ("6", "18")
    assert cells["file"] == "studio-7_anna_20260822T185902.ts"


@pytest.mark.parametrize(("channels", "cell"), [(0, "opus"), (1, "mono"), (2, "ster")])
def test_sound_is_told_by_its_channels(channels: int, cell: str) -> None:
    stream = next(s for s in studio().streams if s.stream == "anna")
    sound = AudioSummary(Codec.OPUS, 5, channels)
    column = next(column for column in COLUMNS if column.id == "audio")
    context = Context(History(), UNICODE, 0.0)
    assert column.cell(msgspec.structs.replace(stream, audio=sound), context, 4) == cell


def test_what_is_not_known_is_not_a_number() -> None:
    cells = cells_of("ben-screen")
    names = ("video", "audio", "rate", "loss", "size", "time", "jitter", "trip")
    assert {cells[name] for name in names} == {"--"}


def test_a_row_that_is_not_recorded_says_why() -> None:
    assert cells_of("director")["file"] == "excluded by the rule director*"


def test_muted_microphones_and_cameras_stand_in_the_row() -> None:
    off = stream("ben", muted=True, camera_off=True)
    context = Context(History(), UNICODE, 0.0)
    cells = {column.id: column.cell for column in COLUMNS}
    plain = Context(History(), ASCII, 0.0)
    none = stream("ben", muted=True, camera_off=True, video=None, audio=None, sound=None)
    for one in (off, none):
        assert cells["sound"](one, context, 8) == "⊘ muted"
        assert cells["sound"](one, plain, 8) == "/ muted"
        assert cells["video"](one, context, 12) == "⊘ cam off"
        assert cells["video"](one, context, 4) == "off"


@pytest.mark.parametrize(
    ("sound", "width", "cell"),
    [
        (None, 8, "--"),
        (SoundMeter(level=-30, peak=-30), 9, "▇▇▇▇▁▁▁▁ "),
        (SoundMeter(level=-30, peak=-5, clipped=2.9), 9, "▇▇▇▇▁▁▁│!"),
        (SoundMeter(level=-30, peak=-5, clipped=3.1), 9, "▇▇▇▇▁▁▁│ "),
        (SoundMeter(level=-70, peak=-5, silent=2.9), 9, "▁▁▁▁▁▁▁│ "),
        (SoundMeter(level=-127, peak=-127, silent=42), 8, "sil 0:42"),
        (SoundMeter(level=-127, peak=-127, silent=42), 11, "silent 0:42"),
        (SoundMeter(level=-127, peak=-127, silent=42), 15, "silent for 0:42"),
        (SoundMeter(level=-127, peak=-127, silent=3723), 8, "1:02:03"),
        (SoundMeter(level=-127, peak=-127, silent=3723), 11, "sil 1:02:03"),
    ],
)
def test_a_row_has_the_sound_of_its_stream(sound: SoundMeter | None, width: int, cell: str) -> None:
    shown = {column.id: column.cell for column in COLUMNS}["sound"]
    assert shown(stream("ben", sound=sound), Context(History(), UNICODE, 0.0), width) == cell


def test_an_alarm_is_told_in_the_row_but_not_before_why_it_is_not_recorded() -> None:
    alarm = Alarm(kind=AlarmKind.SILENCE, text="no sound for a minute", seconds=1)
    shown = {column.id: column.cell for column in COLUMNS}["file"]
    context = Context(History(), UNICODE, 0.0)
    assert shown(stream("ben", alarms=(alarm,)), context, 40).strip() == "no sound for a minute"
    both = stream("ben", alarms=(alarm,), reason="the disk is full")
    assert shown(both, context, 40).strip() == "the disk is full"


def test_the_node_is_a_column_only_in_a_cluster() -> None:
    history = History()
    anna = stream("anna", worker=1)
    local = room(anna)
    assert "node" not in [
        one.id for one in build(local, ViewState(), 119, history, UNICODE).columns
    ]
    cluster = room(
        anna,
        stream("ben", worker=2),
        stream("kai", worker=None),
        workers=(worker(1, node="box1"), worker(2, node="stage-left-2")),
        cluster=ClusterSnapshot(),
    )
    view = build(cluster, ViewState(sort="node"), 119, history, UNICODE)
    place = [one.id for one in view.columns].index("node")
    assert [row.cells[place].strip() for row in view.rows] == ["box1", "stage…-2", "--"]
    narrow = build(cluster, ViewState(), 79, history, UNICODE)
    assert [len(row.cells[place]) for row in narrow.rows] == [6, 6, 6]
    assert absent(local) == {"node"}
    assert not absent(cluster)
