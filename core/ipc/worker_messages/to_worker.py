"""What an engine says to a worker."""

from __future__ import annotations

from typing import Any

import msgspec

from ...config import RecordConfig
from ...model import STILL, EndReason, Size
from .session import Moment, Settings


class Setup(msgspec.Struct, tag="setup", frozen=True):
    """First message of an engine to a worker that it started."""

    settings: Settings
    began: float | None = None
    """`Session.began` by the worker's own clock, where that is another one."""


class ClockAsked(msgspec.Struct, tag="clock.ask", frozen=True):
    """Asks for the time of a worker whose clock is another one; answered by `ClockTold`."""

    sent: float
    """When; comes back with the answer."""


class Moments(msgspec.Struct, tag="moments", frozen=True):
    """What became known of the worker's clock, for it to tell engines that come later."""

    moments: tuple[Moment, ...]


class Heritage(msgspec.Struct, tag="heritage", frozen=True):
    """What to start another engine with, should this one be gone; kept in memory only."""

    config: RecordConfig


class Offer(msgspec.Struct, tag="offer", frozen=True, kw_only=True):
    """An offer that came over the websocket; a known ``peer`` means renegotiation."""

    peer: str
    stream: str
    raw_id: str
    uuid: str
    session: str | None
    sdp: str
    claims: str = ""
    """The stream id that the publisher gives, where `stream` had to be another name."""
    screen: tuple[int, ...] = ()
    encrypted: bool = False
    """How it came, and so how its answer goes back."""
    wanted: bool = True
    """It is recorded from the first; else it is looked at."""


class Candidates(msgspec.Struct, tag="candidates", frozen=True):
    """The publisher's ICE candidates, decrypted."""

    peer: str
    candidates: tuple[dict[str, Any], ...]


class Record(msgspec.Struct, tag="record", frozen=True):
    """Begin to write a stream of a live connection, or stop writing it."""

    stream: str
    wanted: bool
    reason: EndReason = EndReason.STOPPED
    monitored: bool = False
    """Where it is not wanted: it is looked at."""


class Split(msgspec.Struct, tag="split", frozen=True):
    """Go on in a new file at the next key frame."""

    stream: str


class Close(msgspec.Struct, tag="close", frozen=True):
    """Say goodbye to a publisher and finish its files."""

    peer: str
    reason: EndReason


class Probe(msgspec.Struct, tag="probe", frozen=True):
    """Find out within some 1.5 s whether a publisher is still there.

    Answered by `Alive`, or by `Closed` where it is not.
    """

    peer: str


class Still(msgspec.Struct, tag="still", frozen=True):
    """Make a small picture of a stream's last key frame."""

    stream: str
    number: int
    """Comes back with the picture."""
    size: Size = STILL
    """Into which it has to fit."""


class Acknowledge(msgspec.Struct, tag="ack", frozen=True):
    """These files are in the sidecar; the worker need not remember their takes."""

    files: tuple[str, ...]


class Shutdown(msgspec.Struct, tag="shutdown", frozen=True):
    """Finish every file and leave."""

    reason: EndReason = EndReason.SHUTDOWN


ToWorker = (
    Setup
    | ClockAsked
    | Moments
    | Heritage
    | Offer
    | Candidates
    | Record
    | Split
    | Probe
    | Close
    | Still
    | Acknowledge
    | Shutdown
)
