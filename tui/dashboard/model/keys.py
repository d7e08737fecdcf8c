"""The one table of keys: bindings, footer, help page, palette and README come from it. Pure.

Plain letters, because terminal multiplexers take most of what has a modifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """Headings of the help page."""

    RECORDING = "recording"
    MOVING = "moving"
    VIEW = "view"
    LEAVING = "leaving"
    SESSION = "a session that is over"
    DIALOG = "questions"


class Scope(StrEnum):
    """Where a key works."""

    EVERYWHERE = "everywhere"
    """Bound by the app; not while a question is open, apart from ctrl+c."""
    TABLE = "table"
    """Bound by the dashboard screen."""
    CURSOR = "cursor"
    """Bound by the table of streams."""
    DETAIL = "detail"
    WALL = "wall"
    EVENTS = "events"
    ALARMS = "alarms"
    UPLOADS = "uploads"
    NODES = "nodes"
    SESSION = "session"
    DELIVERY = "delivery"
    PAST = "past"
    HELP = "help"
    CONFIRM = "confirm"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Key:
    """One row of the table."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them; the first is the one that is shown."""
    label: str
    """For the footer."""
    help: str
    group: Group
    action: str
    """As in a Textual binding: ``app.stop``, ``screen.freeze``."""
    scopes: tuple[Scope, ...]
    footer_rank: int | None = None
    """Place in the footer; the greatest goes first when it gets narrow. ``None`` is never."""

    @property
    def shown(self) -> str:
        """The first key as people know it."""
        return key_name(self.keys[0])


_NAMES = {
    "space": "␣",
    "enter": "⏎",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "asterisk": "*",
    "minus": "-",
    "plus": "+",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "f1": "F1",
}
_PLAIN_NAMES = {
    "space": "spc",
    "enter": "ret",
    "up": "up",
    "down": "down",
    "left": "left",
    "right": "right",
}


def key_name(key: str, plain: bool = False) -> str:
    """Return how a key is written on screens; ``plain`` is ASCII only."""
    if plain and key in _PLAIN_NAMES:
        return _PLAIN_NAMES[key]
    return _NAMES.get(key, key)


_REC, _MOVE, _VIEW = Group.RECORDING, Group.MOVING, Group.VIEW
_T, _CURSOR, _D = (Scope.TABLE,), (Scope.CURSOR,), (Scope.DETAIL,)
_W, _ALL = (Scope.WALL,), (Scope.EVERYWHERE,)
_BOTH = (*_T, *_D, *_W)

KEYS: tuple[Key, ...] = (
    Key(
        "record.start",
        ("r",),
        "Record",
        "record the marked rows, else the one under the cursor",
        _REC,
        "screen.record",
        _BOTH,
        0,
    ),
    Key(
        "record.stop",
        ("s",),
        "Stop",
        "stop and close the file (asks)",
        _REC,
        "screen.stop",
        _BOTH,
        1,
    ),
    Key(
        "record.start_all",
        ("R",),
        "Record all",
        "record everything that is not excluded, and who comes",
        _REC,
        "screen.record_all",
        _T,
    ),
    Key("record.stop_all", ("S",), "Stop all", "stop all (type yes)", _REC, "screen.stop_all", _T),
    Key(
        "stream.exclude",
        ("x",),
        "Exclude",
        "exclude, or include again (remembered)",
        _REC,
        "screen.exclude",
        _BOTH,
        4,
    ),
    Key(
        "record.split",
        ("n",),
        "New file",
        "go on in a new file; nothing is lost",
        _REC,
        "screen.split",
        _BOTH,
        8,
    ),
    Key(
        "event.marker",
        ("m",),
        "Marker",
        "put a marker with a text into the event log",
        _REC,
        "screen.marker",
        _BOTH,
        9,
    ),
    Key(
        "mark.toggle",
        ("space",),
        "Mark",
        "mark the row, so that keys act on several",
        _MOVE,
        "screen.mark",
        _T,
        6,
    ),
    Key(
        "mark.all",
        ("asterisk",),
        "Mark all",
        "mark all rows that are shown",
        _MOVE,
        "screen.mark_all",
        _T,
    ),
    Key("mark.none", ("minus",), "Mark none", "take all marks away", _MOVE, "screen.mark_none", _T),
    Key(
        "stream.detail",
        ("enter",),
        "Detail",
        "all about the stream under the cursor",
        _MOVE,
        "screen.detail",
        (*_T, *_W),
        7,
    ),
    Key(
        "filter.open",
        ("slash",),
        "Filter",
        "show rows by name, state or codec; ! inverts",
        _VIEW,
        "screen.filter",
        _T,
        5,
    ),
    Key(
        "view.back",
        ("escape",),
        "Back",
        "back; on the table: clear the filter",
        _MOVE,
        "screen.back",
        _BOTH,
    ),
    Key("sort.next", ("o",), "Sort", "sort by the next column", _VIEW, "screen.sort", _T, 10),
    Key("sort.reverse", ("O",), "Reverse", "reverse the order", _VIEW, "screen.reverse", _T),
    Key(
        "view.freeze",
        ("f",),
        "Freeze",
        "freeze the view; the files go on",
        _VIEW,
        "screen.freeze",
        _T,
        11,
    ),
    Key("view.columns", ("c",), "Columns", "choose the columns", _VIEW, "screen.columns", _T),
    Key("wall.open", ("w",), "Wall", "pictures of all streams", _VIEW, "screen.wall", _T),
    Key("wall.close", ("w",), "Table", "wall: back to the table", _VIEW, "screen.back", _W, 1),
    Key(
        "wall.more",
        ("plus",),
        "More",
        "wall: may send more",
        _VIEW,
        "screen.rate(1)",
        _W,
        5,
    ),
    Key(
        "wall.less",
        ("minus",),
        "Less",
        "wall: may send less",
        _VIEW,
        "screen.rate(-1)",
        _W,
        6,
    ),
    Key(
        "wall.pictures",
        ("p",),
        "Pictures",
        "wall: other pictures",
        _VIEW,
        "screen.pictures",
        _W,
        10,
    ),
    Key("events.open", ("e",), "Events", "all events", _VIEW, "screen.events", _BOTH),
    Key(
        "alarms.open",
        ("a",),
        "Alarms",
        "what is wrong, since when, and what was",
        _VIEW,
        "app.alarms",
        _BOTH,
    ),
    Key(
        "uploads.open",
        ("u",),
        "Uploads",
        "how far uploads are, and what failed",
        _VIEW,
        "app.uploads",
        _BOTH,
    ),
    Key(
        "nodes.open",
        ("N",),
        "Nodes",
        "machines of the cluster: load, streams, disk, clock",
        _VIEW,
        "app.nodes",
        _BOTH,
    ),
    Key(
        "events.panel",
        ("E",),
        "Event lines",
        "show or hide the events below the table",
        _VIEW,
        "screen.event_lines",
        _T,
    ),
    Key(
        "file.copy",
        ("y",),
        "Copy path",
        "copy the path of the file (OSC 52)",
        _VIEW,
        "screen.copy_path",
        _BOTH,
    ),
    Key(
        "past.list",
        ("h",),
        "History",
        "sessions of the past: their takes, verdicts and pictures",
        _VIEW,
        "app.past",
        _BOTH,
    ),
    Key(
        "session.past",
        ("h",),
        "History",
        "sessions of the past",
        Group.SESSION,
        "app.past",
        (Scope.SESSION,),
        3,
    ),
    Key(
        "past.open",
        ("enter",),
        "Open",
        "on the page of past sessions: the one under the cursor",
        _MOVE,
        "screen.open",
        (Scope.PAST,),
        1,
    ),
    Key(
        "session.deliver",
        ("d",),
        "Deliver",
        "make files to edit with, or see how far they are",
        Group.SESSION,
        "screen.deliver",
        (Scope.SESSION,),
        1,
    ),
    Key(
        "session.check",
        ("c",),
        "Check",
        "read its files again, or stop that",
        Group.SESSION,
        "screen.check",
        (Scope.SESSION,),
        2,
    ),
    Key(
        "delivery.interrupt",
        ("x",),
        "Interrupt",
        "on the page of a delivery: end it; the next one goes on from there",
        Group.SESSION,
        "screen.interrupt_delivery",
        (Scope.DELIVERY,),
        1,
    ),
    Key(
        "session.copy",
        ("y",),
        "Copy path",
        "copy the path of the file (OSC 52)",
        Group.SESSION,
        "screen.copy_path",
        (Scope.SESSION, Scope.DELIVERY, Scope.PAST),
        5,
    ),
    Key(
        "session.uploads",
        ("u",),
        "Uploads",
        "how far its uploads are",
        Group.SESSION,
        "screen.uploads",
        (Scope.SESSION,),
        4,
    ),
    Key("focus.next", ("tab",), "Switch", "table or events", _MOVE, "screen.switch", _T),
    Key("cursor.up", ("up", "k"), "Up", "one row up", _MOVE, "move(-1)", _CURSOR),
    Key("cursor.down", ("down", "j"), "Down", "one row down", _MOVE, "move(1)", _CURSOR),
    Key("cursor.first", ("g", "home"), "First", "first row", _MOVE, "move_to_first", _CURSOR),
    Key("cursor.last", ("G", "end"), "Last", "last row", _MOVE, "move_to_last", _CURSOR),
    Key("cursor.page_up", ("pageup",), "Page up", "one page up", _MOVE, "page(-1)", _CURSOR),
    Key("cursor.page_down", ("pagedown",), "Page down", "one page down", _MOVE, "page(1)", _CURSOR),
    Key(
        "wall.left", ("left",), "Left", "wall: one tile to the left", _MOVE, "screen.go(-1, 0)", _W
    ),
    Key("wall.right", ("right",), "Right", "wall: one to the right", _MOVE, "screen.go(1, 0)", _W),
    Key("wall.up", ("up", "k"), "Up", "wall: one row up", _MOVE, "screen.go(0, -1)", _W),
    Key("wall.down", ("down", "j"), "Down", "wall: one row down", _MOVE, "screen.go(0, 1)", _W),
    Key("wall.first", ("g", "home"), "First", "wall: first tile", _MOVE, "screen.go_to_first", _W),
    Key("wall.last", ("G", "end"), "Last", "wall: last tile", _MOVE, "screen.go_to_last", _W),
    Key("wall.page_up", ("pageup",), "Page up", "wall: one page up", _MOVE, "screen.page(-1)", _W),
    Key(
        "wall.page_down",
        ("pagedown",),
        "Page down",
        "wall: one page down",
        _MOVE,
        "screen.page(1)",
        _W,
    ),
    Key("detail.next", ("j", "right"), "Next", "next stream", _MOVE, "screen.next_stream", _D),
    Key(
        "detail.previous",
        ("k", "left"),
        "Previous",
        "previous stream",
        _MOVE,
        "screen.previous_stream",
        _D,
    ),
    Key(
        "page.back",
        ("escape",),
        "Back",
        "close the page",
        _MOVE,
        "screen.back",
        (
            Scope.EVENTS,
            Scope.ALARMS,
            Scope.UPLOADS,
            Scope.NODES,
            Scope.SESSION,
            Scope.DELIVERY,
            Scope.PAST,
            Scope.HELP,
        ),
        0,
    ),
    Key(
        "alarms.stream",
        ("enter",),
        "Stream",
        "on the page of alarms: the stream of the one under the cursor",
        _MOVE,
        "screen.open",
        (Scope.ALARMS,),
        1,
    ),
    Key(
        "events.next",
        ("right",),
        "Next stream",
        "on the page of events: those of the next stream",
        _VIEW,
        "screen.turn(1)",
        (Scope.EVENTS,),
        1,
    ),
    Key(
        "events.previous",
        ("left",),
        "Previous",
        "on the page of events: those of the previous stream",
        _VIEW,
        "screen.turn(-1)",
        (Scope.EVENTS,),
        4,
    ),
    Key(
        "events.all",
        ("a",),
        "All",
        "on the page of events: those of all streams",
        _VIEW,
        "screen.all",
        (Scope.EVENTS,),
        3,
    ),
    Key(
        "events.troubles",
        ("w",),
        "Warnings",
        "on the page of events: warnings and errors only",
        _VIEW,
        "screen.troubles",
        (Scope.EVENTS,),
        2,
    ),
    Key(
        "app.palette",
        ("colon", "ctrl+p"),
        "Commands",
        "all commands, themes",
        _VIEW,
        "app.command_palette",
        _ALL,
    ),
    Key("app.help", ("question_mark", "f1"), "Help", "this page", _VIEW, "app.help", _ALL, 3),
    Key(
        "app.quit",
        ("q", "ctrl+c"),
        "Quit",
        "leave; asks while recording",
        Group.LEAVING,
        "app.leave",
        _ALL,
        2,
    ),
    Key(
        "dialog.keep",
        ("escape", "n"),
        "Keep recording",
        "keep everything as it is",
        Group.DIALOG,
        "screen.keep",
        (Scope.CONFIRM, Scope.LEAVE),
        0,
    ),
    Key(
        "dialog.yes",
        ("y",),
        "Yes",
        "do what the question says",
        Group.DIALOG,
        "screen.yes",
        (Scope.CONFIRM, Scope.LEAVE),
        1,
    ),
    Key(
        "dialog.detach",
        ("d",),
        "Detach",
        "leave this screen; recording goes on",
        Group.DIALOG,
        "screen.detach",
        (Scope.LEAVE,),
        2,
    ),
)


def keys_of(*scopes: Scope) -> list[Key]:
    """Return the keys that work in any of some places, in the order of the table."""
    return [key for key in KEYS if set(scopes) & set(key.scopes)]


def footer(width: int, *scopes: Scope, plain: bool = False) -> list[Key]:
    """Return the keys for a footer of so many cells, the most important ones if need be."""
    ranked = [key for key in keys_of(*scopes) if key.footer_rank is not None]
    ranked.sort(key=lambda key: key.footer_rank or 0)
    chosen: list[Key] = []
    for key in ranked:
        if footer_width([*chosen, key], plain) > width:
            break
        chosen.append(key)
    return [key for key in KEYS if key in chosen]


def footer_width(keys: list[Key], plain: bool = False) -> int:
    """Return the cells that some keys take in a footer."""
    return sum(len(key_name(key.keys[0], plain)) + len(key.label) + 2 for key in keys)
