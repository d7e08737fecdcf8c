"""The takes of one stream that are open, from their start to the end of their files."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping

import msgspec

from ..model import Codec, EncodedFrame, EndReason, Kind, PacketCounts, SenderReport
from .syncer import Syncer
from .take import Take
from .take_events import (
    Part,
    RecordingSettings,
    StreamIdentity,
    TakeEnded,
    TakeProgress,
    TakeStarted,
)
from .take_reporter import TakeReporter
from .timing import Timeline

PROGRESS_INTERVAL = 1.0
LOOK_INTERVAL = 0.5
"""Seconds between two looks at whether what was written is in its place."""
LINGER = 3.0
"""A take stays open so long after the next one began, for sound that is still on its way."""


class OpenTakes:
    """Keeps the present take, the one before it and a draft, and has them reported.

    Two takes are open while one goes over into the other: of the first, sound is still coming.
    ``now`` is monotonic seconds as in `EncodedFrame.arrival`.
    """

    def __init__(
        self,
        stream: StreamIdentity,
        settings: RecordingSettings,
        reporter: TakeReporter,
        syncer: Syncer,
    ) -> None:
        self.packets: dict[Kind, PacketCounts] = {}
        """Totals since the tracks began."""
        self.current: Take | None = None
        self.previous: Take | None = None
        """Ends when nothing of it can come any more."""
        self.draft: Take | None = None
        """Sound from before the first picture; goes when a take with both is on the disk."""
        self._stream = stream
        self._settings = settings
        self._reporter = reporter
        self._syncer = syncer
        self._reports: Mapping[Kind, SenderReport | None] = {}
        self._look_at = -math.inf
        self._cut_for = EndReason.SPLIT
        self._cut_at = 0.0
        self._progress_at = 0.0

    def all(self) -> list[Take]:
        """Return those that there are."""
        takes = (self.previous, self.draft, self.current)
        return [take for take in takes if take is not None]

    def relabel(self, label: str) -> None:
        """The publisher calls itself something else; goes into the summaries from now on."""
        self._stream = msgspec.structs.replace(self._stream, label=label)
        for take in self.all():
            take.identity = self._stream

    def clocks(self, reports: Mapping[Kind, SenderReport | None]) -> None:
        """Take the newest points of the sender's clock."""
        if reports != self._reports:
            self._reports = reports
            for take in self.all():
                take.report(reports)

    def make(
        self,
        codecs: Mapping[Kind, Codec],
        timeline: Timeline,
        first: EncodedFrame,
        skew: float,
        *,
        draft: bool = False,
    ) -> Take:
        """Return a new take, which goes on where the previous one ends; ``skew`` as in `Take`."""
        take = Take(
            self._stream,
            self._settings,
            codecs,
            timeline,
            self.packets,
            self._part(first),
            self._syncer,
            skew,
            draft=draft,
        )
        take.before = self.previous
        take.report(self._reports)
        return take

    def cut(self, reason: EndReason, now: float) -> None:
        """Make the present take the previous one."""
        if self.current is not None:
            self._announce()
            self.previous, self.current = self.current, None
            self._cut_for, self._cut_at = reason, now

    def settle(self, now: float) -> None:
        """Write to the disk; close the previous take once nothing of it can come any more.

        The present take is announced when its first frames are on the disk.
        """
        looks = now >= self._look_at
        if looks:
            self._look_at = now + LOOK_INTERVAL
        for written in self.all():
            if looks:
                written.poll(now)
            written.flush()
        take = self.current
        if self.draft is not None and take is not None and take.opened:
            self._discard_draft()
        if self.previous is not None and take is not None:
            audio = self.previous.codec(Kind.AUDIO)
            begun = take.codec(Kind.AUDIO) is not audio or take.frames(Kind.AUDIO) > 0
            if begun or audio is None or now - self._cut_at >= LINGER:
                self.finish_previous()
        self._announce()
        self._report_progress(now)

    def keep_draft(self) -> bool:
        """Make the draft the present take, if there is one."""
        draft, self.draft = self.draft, None
        if draft is None:
            return False
        self.current = draft
        draft.keep()
        return True

    def finish_previous(self) -> None:
        """End the take before the present one, if it is still open."""
        if self.previous is not None:
            take, self.previous = self.previous, None
            if self.current is not None:
                self.current.follow()
            self._finish(take, self._cut_for, "")

    def finish_all(self, reason: EndReason, error: str) -> None:
        """End them all; the present one for this reason."""
        self.finish_previous()
        self._announce()
        if self.current is None:
            self.keep_draft()
        self._discard_draft()
        take, self.current = self.current, None
        if take is not None:
            self._finish(take, reason, error)

    def _part(self, first: EncodedFrame) -> Part:
        if self.previous is None:
            return Part(uuid.uuid4().hex[:12], 1, first.arrival)
        before = self.previous.part
        return msgspec.structs.replace(before, number=before.number + 1)

    def _discard_draft(self) -> None:
        draft, self.draft = self.draft, None
        if draft is not None:
            draft.discard()

    def _announce(self) -> None:
        take = self.current
        if take is not None and not take.announced and take.opened and self.previous is None:
            take.announced = True
            self._reporter.report(TakeStarted(take.summary(self.packets)))

    def _report_progress(self, now: float) -> None:
        take = self.current
        due = now - self._progress_at >= PROGRESS_INTERVAL
        if due and take is not None and take.announced:
            self._progress_at = now
            self._reporter.report(TakeProgress(take.summary(self.packets)))

    def _finish(self, take: Take, reason: EndReason, error: str) -> None:
        summary = take.finish(reason, self.packets, error)
        if summary is not None:
            self._reporter.report(TakeEnded(summary))
