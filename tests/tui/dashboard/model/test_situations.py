from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.model import DiskSnapshot, RoomSnapshot, SignalingState, StreamState
from roomdeck.tui.dashboard.model.glyphs import UNICODE
from roomdeck.tui.dashboard.model.history import History
from roomdeck.tui.dashboard.model.room import KnownRoom
from roomdeck.tui.dashboard.model.situations import (
    PATIENCE,
    Facts,
    Kind,
    Past,
    Situation,
    read_past,
    situation,
    situation_of,
)
from roomdeck.tui.dashboard.model.view import ViewState, build

from ...fake_client import event, room, stream


def said(snapshot: RoomSnapshot | None, **facts: Any) -> Situation:
    found = situation(Facts(snapshot=snapshot, **facts))
    assert found is not None
    return found


def words(found: Situation) -> str:
    return " ".join((found.title, *found.lines))


def outside(link: SignalingState, **changes: Any) -> RoomSnapshot:
    return room(link=link, elapsed=3.0, **changes)


def test_a_room_with_rows_needs_no_words():
    assert situation(Facts(snapshot=room(stream("anna")), shown=1)) is None


def test_before_the_first_snapshot_the_engine_is_waited_for():
    assert said(None).kind is Kind.STARTING


def test_connecting_says_where_to_and_for_how_long():
    found = said(outside(SignalingState.CONNECTING))
    assert found.kind is Kind.CONNECTING
    assert "studio-7" in found.title
    assert "ws://127.0.0.1:8443 for 3 seconds" in found.lines[0]


def test_a_server_that_was_never_reached_is_an_error_with_the_number_of_the_try():
    past = Past(tries=3, reason="the server does not answer", retry_at=10.0)
    found = said(outside(SignalingState.RECONNECTING), past=past)
    assert (found.kind, found.level) == (Kind.SERVER_DOWN, "error")
    assert "The server does not answer. Try 4 in 7 seconds." in words(found)
    asked = Past(tries=1, reason="is it running?")
    assert "Is it running? Try 2" in words(said(outside(SignalingState.RECONNECTING), past=asked))
    assert "--server" in words(found)


def test_a_lost_connection_leaves_the_table_where_it_is():
    past = Past(joined=True, tries=1, reason="the connection to the server was lost")
    found = said(outside(SignalingState.RECONNECTING), past=past, shown=2)
    assert (found.kind, found.covers) == (Kind.RECONNECTING, False)
    assert "not affected" in words(found)


def test_the_countdown_never_goes_below_zero():
    past = Past(tries=1, reason="gone", retry_at=1.0)
    assert "Try 2 now." in words(said(outside(SignalingState.RECONNECTING), past=past))


def test_an_empty_room_says_where_files_will_be_and_waits_before_it_doubts_the_password():
    early = said(room(elapsed=PATIENCE - 1))
    late = said(room(elapsed=PATIENCE))
    assert early.kind is late.kind is Kind.EMPTY
    assert room().output in words(early)
    assert "password" not in words(early)
    assert "--password and --salt" in words(late)


def test_a_room_that_everybody_left_is_not_suspected_of_a_wrong_password():
    found = said(room(elapsed=900.0, takes_done=2))
    assert found.title == "Everybody has left"
    assert "2 files closed" in words(found)
    assert "password" not in words(found)


def test_messages_that_do_not_open_mean_a_wrong_password():
    found = said(room(), past=Past(joined=True, locked_out=True))
    assert (found.kind, found.level) == (Kind.PASSWORD, "error")
    assert "--password" in words(found)


def test_a_filter_that_hides_all_says_how_to_get_out():
    found = said(room(stream("anna")), hidden=7, filter="cam!")
    assert found.title == '0 of 7 streams match "cam!"'
    assert "esc" in words(found)


def test_a_full_disk_stands_above_the_rows():
    failed = stream("anna", StreamState.FAIL, reason="the disk is full; make space")
    found = said(room(failed), shown=1)
    assert (found.kind, found.covers) == (Kind.DISK_FULL, False)
    assert "Make space" in words(found)
    full = msgspec.structs.replace(room(failed), disk=DiskSnapshot(goes_on=600_000_000))
    assert "when 600 MB are free" in words(said(full, shown=1))


def test_other_failures_are_no_full_disk():
    failed = stream("anna", StreamState.FAIL, reason="disk I/O error")
    assert situation(Facts(snapshot=room(failed), shown=1)) is None


@pytest.mark.parametrize("shown", [0, 2])
def test_an_engine_that_is_gone_leaves_its_last_rows_and_says_how_to_take_over(shown: int):
    found = said(room(), gone=True, log="/run/room/engine.log", shown=shown)
    assert (found.kind, found.covers) == (Kind.ENGINE_GONE, shown == 0)
    assert "roomdeck record" in words(found)
    assert "/run/room/engine.log" in words(found)


def test_the_log_is_that_of_the_room():
    known = KnownRoom("studio-7", 0.0, log="/run/room/engine.log")
    known.show(room(stream("anna")), 0.0)
    known.gone = True
    view = build(room(stream("anna")), ViewState(), 80, History(), UNICODE)
    found = situation_of(known, view, "")
    assert found is not None
    assert found.lines[-1] == "Why it went may be in /run/room/engine.log"


def test_an_engine_that_ended_well_is_not_gone():
    found = said(room(link=SignalingState.CLOSED), gone=True, past=Past(ended=True))
    assert (found.kind, found.level) == (Kind.ENDED, "info")


def test_every_situation_says_what_to_do_next():
    asks = ("q", "esc", "by itself", "when it is back")
    for found in (
        said(None),
        said(outside(SignalingState.CONNECTING)),
        said(outside(SignalingState.RECONNECTING), past=Past(tries=1)),
        said(outside(SignalingState.RECONNECTING), past=Past(joined=True, tries=1)),
        said(room()),
        said(room(stream("anna")), hidden=1, filter="x"),
        said(room(), past=Past(locked_out=True)),
        said(room(), gone=True),
        said(room(), past=Past(ended=True)),
    ):
        assert any(ask in words(found) for ask in asks), found


def test_the_past_counts_tries_since_the_room_was_last_joined():
    lost = {"reason": "the server does not answer", "retry_in": 5.0}
    events = [
        event(1, "engine.start", "recording"),
        event(2, "link.lost", "x; again in 5 s", data=lost),
        event(3, "link.joined", "in the room"),
        event(4, "link.lost", "x; again in 5 s", data=lost),
        event(5, "link.lost", "x; again in 5 s", data=lost),
    ]
    past = read_past(events)
    assert (past.joined, past.tries, past.reason) == (True, 2, "the server does not answer")
    assert past.retry_at == events[-1].elapsed + 5.0


def test_the_past_of_an_older_engine_does_not_count():
    ended = [event(1, "link.joined", ""), event(2, "engine.end", "all files are closed")]
    assert read_past(ended).ended
    assert read_past([*ended, event(3, "engine.start", "recording")]) == Past()


def test_the_past_notices_offers_that_do_not_open():
    text = "a message was refused: does not open with our password and salt"
    assert read_past([event(1, "warning", text, level="warning")]).locked_out


def test_the_warning_about_an_empty_room_is_no_proof_of_a_wrong_password():
    text = "nobody is sending in this room; a wrong password or salt looks just like this"
    assert not read_past([event(1, "warning", text, level="warning")]).locked_out


def test_a_recording_that_starts_clears_the_password():
    refused = "an offer in the clear was refused: this room has a password"
    events = [event(1, "warning", refused, level="warning"), event(2, "take.start", "", "anna")]
    assert not read_past(events).locked_out


def test_a_failure_without_details_is_told_in_the_words_of_the_event():
    past = read_past([event(1, "link.lost", "gone; again in 5 s")])
    assert (past.reason, past.retry_at) == ("gone; again in 5 s", None)
    snapshot = msgspec.structs.replace(room(), link=SignalingState.RECONNECTING)
    assert "Try 2 follows." in words(said(snapshot, past=past))
