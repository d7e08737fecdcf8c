"""The page of one session: what was recorded, how it is judged, what was wrong, what is left."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.worker import WorkerError

from ....core.errors import RecordingError, UploadError
from ....core.model import Picture, UploadsSnapshot
from ...text.words import count
from ..bindings import bindings
from ..model import session_page
from ..model.history import LastTake
from ..model.keys import Scope
from ..model.parts import Line
from ..model.rows import ListRow, sentence
from ..model.session_page import Beside, Check, SessionFacts
from ..model.terminal import Colors
from ..past.checking import Checking
from ..past.delivering import Delivering
from ..past.glancing import glances
from ..past.helper import HelperError
from ..past.session import read_session
from ..widgets.still import StillView, fitting
from .delivery import DeliveryScreen, PresetScreen
from .listing import ListScreen
from .uploads import UploadsScreen

_STILL = 28, 8
"""Cells for a picture."""
_TALL = 20
"""Lines of a terminal that has room for one."""
LOOK = 2.0
"""Seconds between two looks at the disk, where something may still change there."""


class SessionScreen(ListScreen):
    """A session by its JSON file; needs no engine.

    Args:
        sidecar: Path of the JSON file.
        told: Takes as events told of them, where the file cannot be read.
        over: It is the one that has just ended.
    """

    SCOPES: ClassVar = (Scope.SESSION,)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SESSION)]
    PARTS: ClassVar = (*ListScreen.PARTS, "#still")

    def __init__(self, sidecar: Path, told: Iterable[LastTake] = (), *, over: bool = False) -> None:
        super().__init__()
        self._sidecar = sidecar
        self._told = tuple(told)
        self._over = over
        self._facts: SessionFacts | None = None
        self._beside = Beside()
        self._checking: Checking | None = None
        self._pictures: dict[str, Picture] = {}
        """By path."""
        self._refusal = ""
        """Why there is no picture."""
        self._reading = False
        self._read_at: object = None
        """State of the file when it was read."""

    def on_mount(self) -> None:
        """Begin to read."""
        super().on_mount()
        self.set_interval(LOOK, self._look)
        self._look()
        if self._shows_pictures():
            self.run_worker(self._glance())

    async def on_unmount(self) -> None:
        """Wait until what works for the page has left, with its processes."""
        for worker in [worker for worker in self.workers if worker.node is self]:
            worker.cancel()
            with contextlib.suppress(WorkerError):
                await worker.wait()

    @property
    def facts(self) -> SessionFacts | None:
        """What is known of it by now."""
        facts = self._facts
        return session_page.with_checks(facts, self._beside.checks) if facts else None

    # ── drawing ──────────────────────────────────────────────────────────────────────────

    def compose_below(self) -> ComposeResult:
        """Make room for a picture beside what is told of a take."""
        with Horizontal(id="below"):
            yield from super().compose_below()
            yield StillView(id="still")

    @property
    def lines_below(self) -> int:
        """How many lines may be told of a take; as many as its picture has."""
        return _STILL[1] if self._shows_pictures() else super().lines_below

    def _shows_pictures(self) -> bool:
        size, terminal = self.app.size, self.app.terminal
        roomy = size.width >= session_page.NARROW and size.height >= _TALL
        return roomy and not terminal.ascii and terminal.colors not in (Colors.FEW, Colors.NONE)

    def draw_below(self) -> None:
        """Draw what is told of the row under the cursor, and its picture."""
        super().draw_below()
        facts, view = self._facts, self.query_one("#still", StillView)
        take = session_page.take_at(facts, self.cursor) if facts else None
        picture = self._pictures.get(take.file) if take else None
        view.display = self._shows_pictures()
        view.styles.width, view.styles.height = fitting(picture, *_STILL) if picture else _STILL
        view.show(picture, self._refusal if take else "")

    async def _glance(self) -> None:
        """Have pictures made; what is looked at does not wait for them."""
        try:
            async for file, picture in glances(self._sidecar):
                self._pictures[file] = picture
                self.draw()
            self._refusal = "no picture"
        except HelperError as error:
            self._refusal = str(error)
        self.draw()

    def heading(self) -> str:
        """Return the title."""
        width = self.app.size.width
        return session_page.title(self._facts, self._sidecar.stem, self._over, width)

    def rows(self, width: int) -> Sequence[ListRow]:
        """Return the list."""
        facts = self.facts
        if facts is None:
            return sentence("Reading …", width, "muted")
        return session_page.rows(facts, self._beside, width, self.app.glyphs)

    def more(self, row: str, width: int) -> Sequence[Line]:
        """Return all of a take, or of an alarm."""
        facts, beside = self.facts, _STILL[0] if self._shows_pictures() else 0
        return session_page.more(facts, row, width - beside) if facts else ()

    # ── reading ──────────────────────────────────────────────────────────────────────────

    def _look(self) -> None:
        if not self._reading:
            self._reading = True
            self.run_worker(self._read())

    async def _read(self) -> None:
        """Read what has changed; in a thread, for a disk may not answer."""
        facts = await asyncio.to_thread(self._read_facts)
        uploads, uploading = await asyncio.to_thread(_uploads, self._sidecar)
        beside = msgspec.structs.replace(self._beside, uploads=uploads, uploading=uploading)
        self._facts, self._beside, self._reading = facts, beside, False
        self.draw()

    def draw(self) -> None:
        """Draw what differs, with how far a delivery is."""
        mine = self._delivering
        words = mine.known.words(time.monotonic()) if mine else ""
        self._beside = msgspec.structs.replace(self._beside, delivery=words)
        super().draw()

    @property
    def _delivering(self) -> Delivering | None:
        """The delivery of this session, where there is or was one."""
        found = self.app.delivering
        return found if found is not None and found.sidecar == self._sidecar else None

    def _read_facts(self) -> SessionFacts:
        facts, before = self._facts, self._read_at
        self._read_at = _state(self._sidecar)
        if facts is not None and not facts.mending and before == self._read_at:
            return facts
        try:
            return read_session(self._sidecar)
        except RecordingError as error:
            return session_page.of_events("", str(self._sidecar), str(error), self._told)

    # ── keys ─────────────────────────────────────────────────────────────────────────────

    def action_deliver(self) -> None:
        """Ask which files to make; or show how far those are that are being made."""
        if self.app.delivers and self.app.delivering is not None:
            self.app.push_screen(DeliveryScreen(self.app.delivering))
        elif self._facts is not None:
            self.app.push_screen(PresetScreen(), self._deliver)

    def _deliver(self, preset: str | None) -> None:
        if preset is not None:
            self.app.push_screen(DeliveryScreen(self.app.deliver(self._sidecar, preset)))

    def action_check(self) -> None:
        """Have the files read again; or no more."""
        if self._checking is not None:
            self.app.run_worker(self._checking.interrupt())
            return
        facts = self._facts
        files = [one.file for one in facts.takes if one.file and not one.elsewhere] if facts else []
        if files:
            self._checking = Checking(files)
            self.run_worker(self._check(self._checking), group="check")
        elif facts is not None:
            self._say_of_check({}, "no file is here that could be read again")

    async def _check(self, checking: Checking) -> None:
        checks: dict[str, Check] = {}
        self._say_of_check(checks, f"reading {count(len(checking.files), 'file')} again")
        try:
            async for file, found in checking.verdicts():
                checks = checks | {file: found}
                self._say_of_check(checks, f"read {len(checks)} of {len(checking.files)} again")
            self._say_of_check(checks, "")
        except HelperError as error:
            self._say_of_check(checks, f"the check failed: {error}")
        finally:
            self._checking = None

    def _say_of_check(self, checks: Mapping[str, Check], words: str) -> None:
        all_ = {**self._beside.checks, **checks}
        self._beside = msgspec.structs.replace(self._beside, checks=all_, checking=words)
        self.draw()

    def action_copy_path(self) -> None:
        """Copy the path of the file under the cursor, else that of the JSON file."""
        take = session_page.take_at(self._facts, self.cursor) if self._facts else None
        self.copy(take.file if take is not None and take.file else str(self._sidecar))

    def action_uploads(self) -> None:
        """Open the page of uploads."""
        self.app.push_screen(UploadsScreen(self._sidecar))


def _state(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, path.with_suffix(".html").exists()


def _uploads(sidecar: Path) -> tuple[UploadsSnapshot | None, bool]:
    """Return how far uploads of a session are, and whether somebody sends the rest."""
    # Loads what only who uploads needs.
    from ....core.attendant.uploads.told import is_uploading, uploads_told

    try:
        uploads = uploads_told(sidecar)
    except UploadError:
        return None, False  # their own page says so
    return uploads, uploads is not None and uploads.waiting > 0 and is_uploading(sidecar)
