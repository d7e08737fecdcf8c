"""What keys do to streams, on every screen that shows some."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen

from ....core.ipc.control_messages import Verb
from ....core.model import EventLevel, Monitor, StreamSnapshot, StreamState
from ...text.words import name_of, recordings
from ..host import Follower
from .confirm import (
    ConfirmScreen,
    TypedScreen,
    exclude_question,
    stop_all_question,
    stop_question,
)
from .events import EventsScreen
from .marker import MarkerScreen


class StreamKeys(Follower, Screen[None]):
    """A screen whose keys act on streams: the marked rows, the one under the cursor, or its own."""

    def targets(self) -> tuple[str, ...]:
        """Return the streams that keys act on."""
        raise NotImplementedError

    def action_record(self) -> None:
        """Record the targets; never asks."""
        self._tell("start", self._targets("record"))

    def action_stop(self) -> None:
        """Stop the targets; asks where that ends a recording."""
        targets = self._targets("stop")
        if recordings(streams := self._streams(targets)):
            question = ConfirmScreen(stop_question(streams))
            self._ask(question, lambda: self.app.tell("stop", targets))
        else:
            self._tell("stop", targets)

    def action_exclude(self) -> None:
        """Exclude the targets; include them again if all of them are excluded."""
        targets = self._targets("exclude")
        streams = self._streams(targets)
        if streams and all(stream.state is StreamState.SKIP for stream in streams):
            self._tell("include", targets)
        elif question := exclude_question(streams):
            self._ask(ConfirmScreen(question), lambda: self.app.tell("exclude", targets))
        else:
            self._tell("exclude", targets)

    def action_split(self) -> None:
        """Go on in new files."""
        self._tell("split", self._targets("new file"))

    def action_marker(self) -> None:
        """Ask for a text and put a marker into the log of the engine."""
        targets = self.targets()

        def entered(text: str | None) -> None:
            if text is not None:
                self.app.tell("mark", targets, text)

        names = [name_of(stream) for stream in self._streams(targets)]
        self.app.push_screen(MarkerScreen(names or ["the room"]), entered)

    def action_copy_path(self) -> None:
        """Copy the path of the file that the first target is, or was, written to."""
        stream = next(iter(self._streams(self._targets("copy path")[:1])), None)
        if stream is None:
            return
        if not stream.file:
            self.app.say("has no file yet", EventLevel.WARNING, stream.stream)
            return
        self.app.copy_to_clipboard(stream.file)
        self.app.say(f"copied {stream.file}", stream=stream.stream)

    def action_record_all(self) -> None:
        """Record everything that is not excluded, and who comes."""
        if self._monitors():
            self.app.tell("start", ())
            return
        streams = self.app.room.streams
        wanted = tuple(s.stream for s in streams if s.state in (StreamState.OFF, StreamState.FAIL))
        if wanted:
            self.app.tell("start", wanted)
        else:
            self.app.say("record all: nothing that is not recorded or excluded already")

    def action_stop_all(self) -> None:
        """Stop everything, after a typed yes."""
        open_files = self.app.room.recording()
        # Without names also who comes.
        names = () if self._monitors() else tuple(stream.stream for stream in open_files)
        if open_files:
            question = TypedScreen(stop_all_question(open_files))
            self._ask(question, lambda: self.app.tell("stop", names))
        elif self._monitors():
            self.app.tell("stop", ())
        else:
            self.app.say("stop all: nothing is being recorded")

    def action_events(self) -> None:
        """Open the page of all events."""
        self.app.push_screen(EventsScreen())

    def _monitors(self) -> bool:
        """Whether what nobody asked to record is only looked at."""
        snapshot = self.app.room.snapshot
        return snapshot is not None and snapshot.monitor is not Monitor.OFF

    def _targets(self, what: str) -> tuple[str, ...]:
        targets = self.targets()
        if not targets:
            self.app.say(f"{what}: there is no stream under the cursor")
        return targets

    def _streams(self, targets: tuple[str, ...]) -> list[StreamSnapshot]:
        return [stream for name in targets if (stream := self.app.room.stream(name))]

    def _tell(self, verb: Verb, targets: tuple[str, ...]) -> None:
        if targets:
            self.app.tell(verb, targets)

    def _ask(self, question: Screen[bool], then: Callable[[], None]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()
            else:
                self.app.say("kept recording")

        self.app.push_screen(question, answered)
