"""What strangers may use up: protocol.md §9.3."""

from __future__ import annotations

import json

import pytest

from roomdeck.core.server.limits import counted_address

from .lab import ROOM, Lab

FULL = {"request": "alert", "message": "Room is full"}


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_addresses_that_count_as_one(host: str, counted: str) -> None:
    assert counted_address(host) == counted


def test_too_many_messages_are_dropped_then_end_the_connection() -> None:
    lab = Lab(rate=1.0, burst=5)
    a, b = lab.fanout("aaaa"), lab.fanout("bbbb")
    lab.forget()
    for number in range(8):
        a.say(n=number)
    assert [m["n"] for m in b.take()] == [0, 1, 2, 3]
    assert a.closed is None
    lab.now += 5
    a.say(n=8)
    assert [m["n"] for m in b.take()] == [8]
    for number in range(20):
        a.say(n=number)
    assert a.closed == 1008
    b.take()
    lab.now += 1000
    a.say(n=9)
    assert b.take() == []


def test_binary_frames_are_dropped_but_counted() -> None:
    lab = Lab(rate=1.0, burst=5)
    a, b = lab.fanout("aaaa"), lab.fanout("bbbb")
    lab.forget()
    for _ in range(4):
        a.raw(b'{"from":"aaaa","n":1}')
    a.say(n=2)
    assert a.take() == b.take() == []


def test_large_frame_ends_the_connection() -> None:
    lab = Lab(frame=1000)
    a, b = lab.fanout("aaaa"), lab.fanout("bbbb")
    lab.forget()
    a.raw(json.dumps({"from": "aaaa", "x": "x" * 900}))
    assert len(b.take()) == 1
    a.raw(json.dumps({"from": "aaaa", "x": "x" * 1000}))
    assert b.take() == []
    assert a.closed == 1009


def test_full_room_in_both_dialects() -> None:
    lab = Lab(members=2)
    first = lab.routed()
    lab.fanout("aaaa")
    routed, page = lab.client(), lab.client("bbbb")
    lab.forget()
    routed.say(request="joinroom", roomid=ROOM)
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    assert routed.take() == page.take() == [FULL]
    assert first.take() == []
    first.leave()
    routed.say(request="joinroom", roomid=ROOM)
    assert routed.take()[0]["request"] == "listing"


def test_member_of_a_full_room_may_join_it_again() -> None:
    lab = Lab(members=1)
    page = lab.fanout("aaaa")
    page.say(request="joinroom", roomid=ROOM)
    assert page.take() == []


def test_guest_is_not_moved_to_a_full_room() -> None:
    lab = Lab(members=2)
    lab.routed(room="there")
    lab.routed(room="there")
    director = lab.client()
    director.say(request="joinroom", roomid=ROOM, claim=True)
    guest = lab.routed()
    director.say(request="migrate", roomid="there", target=lab.uuid(guest))
    assert director.take() == [FULL]
    assert guest.take() == []


def test_rooms_are_limited_and_empty_ones_do_not_count() -> None:
    lab = Lab(rooms=1)
    first, second, page = lab.routed(room="one"), lab.client(), lab.client("aaaa")
    second.say(request="joinroom", roomid="two")
    page.say(request="joinroom", roomid="two")
    assert [m["request"] for m in second.take() + page.take()] == ["alert", "alert"]
    first.leave()
    second.say(request="joinroom", roomid="two")
    assert [m["request"] for m in second.take()] == ["listing"]


def test_connections_per_address() -> None:
    lab = Lab(connections_per_address=2)
    first = lab.client()
    lab.client()
    assert not lab.server.admits("192.0.2.1")
    assert not lab.server.connect(99, "192.0.2.1")
    assert lab.server.admits("192.0.2.2")
    first.leave()
    assert lab.server.admits("192.0.2.1")


def test_connections_altogether() -> None:
    lab = Lab(connections=3)
    lab.client()
    assert not lab.server.admits("192.0.2.2")


def test_remembered_departures_are_bounded() -> None:
    lab = Lab(connections=10)
    watcher = lab.routed()
    for number in range(30):
        lab.routed(f"cam{number}").leave()
    lab.forget()
    lab.tick(100)
    assert len(watcher.take()) == 10


@pytest.mark.parametrize("request_", ["joinroom", "seed", "play"])
@pytest.mark.parametrize("name", ["<img src=x>", "a\u0007b", "x" * 129, 7, {"a": 1}, "\u202e"])
def test_names_with_markup_or_control_characters_go_nowhere(request_: str, name: object) -> None:
    lab = Lab()
    a, b, viewer = lab.fanout("aaaa"), lab.fanout("bbbb"), lab.routed()
    lab.forget()
    field = "roomid" if request_ == "joinroom" else "streamID"
    for sender in (a, viewer):
        sender.raw(json.dumps({"from": "aaaa", "request": request_, field: name}))
        assert sender.take() == [{"error": "invalid message format"}]
    assert a.take() == b.take() == viewer.take() == []
