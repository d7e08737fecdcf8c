"""Asking publishers for an offer: whom, when, and when again. Pure."""

from __future__ import annotations

from .actions import Action, Goodbye, Note, Play
from .claims import Claims
from .conditions import Conditions
from .entry import Entry
from .plays import AGAIN, INSIST
from .rows import Rows
from .suspicion import Suspicion


class Asking:
    """Asks for streams that are to be recorded and have no connection.

    Args:
        rows: All streams and connections.
        claims: Who announced which id.
        conditions: Whether anybody can be asked.
        suspicion: Who has to wait because it breaks workers.
    """

    def __init__(
        self, rows: Rows, claims: Claims, conditions: Conditions, suspicion: Suspicion
    ) -> None:
        self._rows = rows
        self._claims = claims
        self._conditions = conditions
        self._suspicion = suspicion

    def want(self, entry: Entry, now: float) -> list[Action]:
        """Ask for a stream, as if it had never been asked for."""
        entry.plays.insist_on(0)
        return self._play(entry, now)

    def ask_all(self, now: float) -> list[Action]:
        """Ask for all that are not connected: what a server kept in mind is gone with it."""
        actions: list[Action] = []
        for entry in self._rows.entries.values():
            entry.plays.begin_anew()
            actions += self._play(entry, now)
        return actions

    def hurry(self, entry: Entry, now: float) -> list[Action]:
        """Ask at once who has just announced a stream; who does so all the time has to wait."""
        if entry.plays.hurry(now):
            return self.want(entry, now)
        entry.plays.ask_at(entry.plays.hurried[0] + AGAIN)
        return []

    def again(self, entry: Entry, now: float) -> list[Action]:
        """Ask for a stream when it is time to."""
        repeated = entry.plays.unanswered > 0
        insists = repeated and entry.plays.insist > 0
        if insists:
            entry.plays.repeat_goodbye()
        actions = self._play(entry, now)
        if not actions and not self._conditions.unwritable:
            entry.plays.ask_at(None)
        if actions and repeated and entry.present:
            text = "does not answer; asking again"
            actions.append(Note.warning(text, entry.stream))
        return [Goodbye(entry.uuid), *actions] if insists and actions else actions

    def after_loss(self, entry: Entry, now: float) -> list[Action]:
        """Ask again for a stream whose worker is gone: at once, unless it breaks every worker."""
        entry.plays.insist_on(INSIST)
        wait = self._suspicion.wait(entry.stream)
        if not wait and entry.plays.hurry(now):
            return self._play(entry, now)
        entry.plays.ask_at(now + max(wait, AGAIN))
        return []

    def say_unwritable(self, entry: Entry) -> None:
        """Say of a stream why it is not even asked for."""
        if entry.recording and self._conditions.unwritable:
            entry.failures.block(self._conditions.unwritable)

    def _play(self, entry: Entry, now: float) -> list[Action]:
        if not entry.askable:
            return []
        if not self._reaches(entry):
            entry.plays.ask_at(None)
            return []
        if not self._conditions.can_ask(entry.recording):
            self.say_unwritable(entry)
            entry.plays.ask_at(now)
            return []
        entry.ask(now)
        return [Play(entry.raw_id, self._whom(entry))]

    def _whom(self, entry: Entry) -> str:
        """Return whom alone to ask, lest who is recorded under the same id begin anew."""
        shared = any(one.peer for one in self._rows.of(entry.id))
        alone = shared and not (self._conditions.announces or entry.expected)
        return entry.uuid if alone else ""

    def _reaches(self, entry: Entry) -> bool:
        """Whether a request for its id can reach a row's publisher.

        A routed server passes it on to who announced the id last: not to strangers, and not to
        who was there before somebody else.
        """
        if not self._conditions.announces:
            return True
        claims = self._claims.of(entry.id)
        last = claims[0].said.uuid if claims else entry.uuid
        return entry.announced and not self._rows.is_connected(last)
