"""What a delivery, its bridge, actors and jobs say to each other: plain JSON, a line each."""

from __future__ import annotations

from array import array
from fractions import Fraction

import msgspec

from ..cluster.cards import Here, NodeCard, WorkerCard
from ..delivery.picture.index import Group, Index
from ..delivery.plan import Wish
from ..delivery.presets import Preset
from ..delivery.sound import Loudness
from ..delivery.window import Window
from ..model import Codec, Container, TakeSummary
from ..recording.sidecar import SessionInfo


class Lying(msgspec.Struct, frozen=True):
    """A take, and where its file is."""

    take: TakeSummary
    """As it would be in the folder of its session: with a name alone."""
    node: str
    path: str
    """Absolute."""


class Make(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is wanted of some takes."""

    file: str
    """Its name."""
    recipe: str
    """What it is made of, as a digest."""
    begin: float
    """Of `Window`; seconds of the session."""
    seconds: str
    """Of `Window`, as a fraction."""
    utc_offset: float
    """Seconds that local time is ahead of UTC, where somebody wants it."""
    preset: Preset
    fps: str | None
    """The following as of `Wish`."""
    size: tuple[int, int] | None
    loudness: float | None
    container: Container

    @property
    def wish(self) -> Wish:
        """What was wanted."""
        fps = None if self.fps is None else Fraction(self.fps)
        return Wish(
            self.preset,
            fps=fps,
            size=self.size,
            loudness=self.loudness,
            container=self.container,
        )

    @property
    def window(self) -> Window:
        """From when to when."""
        return Window(self.begin, Fraction(self.seconds))


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    session: SessionInfo
    folder: str
    """Of the session where it is delivered; a node without a folder of its own has the same."""
    name: str
    """Of this delivery, and of no other: what is not whole is kept under it."""
    takes: tuple[Lying, ...]
    shelves: tuple[WorkerCard, ...]
    """Where files of other nodes can be had."""
    make: Make | None = None
    """``None``: it is only read what is in the takes."""


class Task(msgspec.Struct, frozen=True):
    """An order, and where it is carried out."""

    here: Here
    order: Order


class Pictures(msgspec.Struct, frozen=True):
    """An `Index` that crosses."""

    codec: Codec | None
    sound: bool
    time_base: tuple[int, int]
    origin: int
    stored: list[int]
    groups: list[Group]
    errors: list[str]

    @classmethod
    def of(cls, index: Index) -> Pictures:
        """Return what is in an index."""
        return cls(
            index.codec,
            index.sound,
            index.time_base.as_integer_ratio(),
            index.origin,
            index.stored.tolist(),
            index.groups,
            index.errors,
        )

    @property
    def index(self) -> Index:
        """It as an index again."""
        return Index(
            self.codec,
            self.sound,
            Fraction(*self.time_base),
            self.origin,
            array("q", self.stored),
            array("q", sorted(self.stored)),
            self.groups,
            self.errors,
        )


NOTHING = Pictures(None, False, (1, 1000), 0, [], [], [])


class Seen(msgspec.Struct, frozen=True):
    """What is in a take."""

    pictures: Pictures = NOTHING
    stamp: str = ""
    """Of this state of the file: another one is another file."""
    error: str = ""
    """Why nobody could read it; empty: somebody could."""


class Made(msgspec.Struct, frozen=True):
    """A file that is whole, on its node."""

    path: str
    """Absolute."""
    notes: list[str]
    """As of `jobs.work.Done`."""
    loudness: Loudness | None


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a job is; the last one says what became of it."""

    done: float = 0.0
    """0 to 1."""
    seen: dict[str, Seen] | None = None
    """Of each take, by its name."""
    made: Made | None = None
    error: str = ""
    """Why it did not succeed."""
    lost: bool = False
    """It was ended by somebody, and may succeed elsewhere."""

    @property
    def over(self) -> bool:
        """Whether it is the last one."""
        return self.seen is not None or self.made is not None or bool(self.error)


class Begin(msgspec.Struct, tag="begin", frozen=True):
    """Have a job done on a node, as soon as that has a core for it."""

    job: str
    node: str
    order: Order


class Hold(msgspec.Struct, tag="hold", frozen=True):
    """Have the jobs of these nodes stand still, and no others."""

    nodes: tuple[str, ...]


class Clear(msgspec.Struct, tag="clear", frozen=True):
    """A job is over, and nothing that it left is needed any more."""

    job: str


class Opened(msgspec.Struct, tag="opened", frozen=True):
    """The first thing that is said: what there is of a cluster."""

    nodes: tuple[NodeCard, ...] = ()
    shelves: tuple[WorkerCard, ...] = ()
    home: str = ""
    """Which of the nodes this machine is."""
    error: str = ""
    """Why it cannot be used."""


class News(msgspec.Struct, tag="news", frozen=True):
    """How far a job is."""

    job: str
    state: State


class Lost(msgspec.Struct, tag="lost", frozen=True):
    """Nobody knows of a job any more: its node does not answer, or who did it there ended."""

    job: str
    why: str


ToBridge = Begin | Hold | Clear
FromBridge = Opened | News | Lost

to_bridge = msgspec.json.Decoder(ToBridge)
from_bridge = msgspec.json.Decoder(FromBridge)
task = msgspec.json.Decoder(Task)
state = msgspec.json.Decoder(State)


def line(message: ToBridge | FromBridge | Task | State) -> bytes:
    """Return a message as a line."""
    return msgspec.json.encode(message) + b"\n"
