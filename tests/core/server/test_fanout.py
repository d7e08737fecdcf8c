"""Fan-out clients among themselves: protocol.md §1.4."""

from __future__ import annotations

import json

from .lab import ROOM, Lab

A, B, C = "HUsA2345678901234567", "4qDv2345678901234567", "Zz9k2345678901234567"


def test_recorded_frames_of_two_guests() -> None:
    lab = Lab()
    a, b = lab.client(A), lab.client(B)
    a.say(request="joinroom", streamID="guestA808d64", roomid=ROOM)
    b.say(request="joinroom", streamID="guestB808d64", roomid=ROOM)
    assert a.take() == [
        {"request": "joinroom", "streamID": "guestB808d64", "roomid": ROOM, "from": B}
    ]
    a.say(request="play", streamID="guestB808d64")
    assert b.take() == [{"request": "play", "streamID": "guestB808d64", "from": A, "roomid": ROOM}]
    offer = {"streamID": "guestA808d64", "description": "0a", "isScene": False, "vector": "1b"}
    a.say(UUID=B, session="KBM4JEwApw", **offer)
    assert b.take() == [{"UUID": B, "session": "KBM4JEwApw", **offer, "from": A, "roomid": ROOM}]
    b.say(UUID=A, description="2c", session="KBM4JEwApw", vector="3d")
    assert a.take() == [
        {
            "UUID": A,
            "description": "2c",
            "session": "KBM4JEwApw",
            "vector": "3d",
            "from": B,
            "roomid": ROOM,
        }
    ]


def test_messages_are_handed_on_unchanged() -> None:
    lab = Lab()
    a, b = lab.fanout(A), lab.fanout(B)
    lab.forget()
    text = f'{{ "from":"{A}",  "x" : 1e999, "y": "\\u0041" }}'
    actions = lab.server.receive(a.number, text, lab.now)
    assert [(d.connection, getattr(d, "text", None)) for d in actions] == [(b.number, text)]


class TestRule1:
    def test_not_json_is_answered_with_an_error(self) -> None:
        client = Lab().fanout(A)
        for text in ("", "no", "[]", '"x"', "{", '{"request":7}'):
            client.raw(text)
            assert client.take() == [{"error": "invalid message format"}]

    def test_message_without_from_is_dropped(self) -> None:
        lab = Lab()
        a, b = lab.fanout(A), lab.fanout(B)
        lab.forget()
        a.raw('{"request":"seed","streamID":"x"}')
        assert a.take() == [{"error": "missing from field"}]
        assert b.take() == []

    def test_from_that_is_no_name_is_none(self) -> None:
        for address in ("", 5, None, "<b>", "a\nb", "x" * 200):
            client = Lab().client()
            client.raw(json.dumps({"from": address, "request": "joinroom", "roomid": ROOM}))
            assert client.take() == [{"error": "missing from field"}]


class TestRule2:
    def test_used_address_is_refused_and_the_connection_stays_usable(self) -> None:
        lab = Lab()
        first, watcher, second = lab.fanout(A), lab.fanout(B), lab.client(A)
        lab.forget()
        second.say(request="joinroom", roomid=ROOM)
        assert second.take() == [{"error": "uuid already in use"}]
        assert first.probed == 1
        assert watcher.take() == first.take() == []
        second.name = C
        second.say(request="joinroom", roomid=ROOM)
        assert [m["from"] for m in watcher.take()] == [C]

    def test_address_of_a_routed_client_is_refused(self) -> None:
        lab = Lab()
        thief = lab.client(lab.uuid(lab.routed()))
        thief.say(request="joinroom", roomid=ROOM)
        assert thief.take() == [{"error": "uuid already in use"}]

    def test_changed_from_is_refused(self) -> None:
        lab = Lab()
        a, b = lab.fanout(A), lab.fanout(B)
        lab.forget()
        a.say(UUID=B, bye=True, **{"from": C})
        assert a.take() == [{"error": "can't change uuid"}]
        assert b.take() == []

    def test_address_is_free_again_after_the_end(self) -> None:
        lab = Lab()
        lab.fanout(A).leave()
        again = lab.client(A)
        again.say(request="joinroom", roomid=ROOM)
        assert again.take() == []


class TestRule3:
    def test_stream_cannot_change(self) -> None:
        lab = Lab()
        a, b = lab.fanout(A, "one"), lab.fanout(B)
        lab.forget()
        a.say(request="seed", streamID="two")
        assert a.take() == [{"error": "can't change sid"}]
        assert b.take() == []

    def test_taken_stream_is_refused_though_the_room_is_entered(self) -> None:
        lab = Lab()
        owner, b, c = lab.fanout(A, "cam"), lab.fanout(B), lab.client(C)
        c.say(request="joinroom", roomid=ROOM, streamID="cam")
        assert c.take() == [{"error": "sid already in use"}]
        assert b.take() == []
        assert owner.probed == 1
        c.say(hello=1)
        assert [m["hello"] for m in b.take()] == [1]

    def test_each_room_has_stream_ids_of_its_own(self) -> None:
        lab = Lab()
        a, b, viewer = lab.fanout(A, "cam"), lab.fanout(B, "cam", room="other"), lab.fanout(C)
        outside = lab.client("outside")
        outside.say(request="seed", streamID="cam")
        lab.forget()
        viewer.say(request="play", streamID="cam")
        assert [m["from"] for m in a.take()] == [C]
        assert (b.take(), outside.take(), a.probed) == ([], [], 0)

    def test_who_publishes_enters_no_room_that_has_its_stream(self) -> None:
        lab = Lab()
        owner, rival = lab.fanout(A, "cam"), lab.fanout(B, "cam", room="other")
        lab.forget()
        rival.say(request="joinroom", roomid=ROOM)
        assert rival.take() == [{"error": "sid already in use"}]
        assert (owner.take(), owner.probed) == ([], 1)
        owner.leave()
        rival.say(request="joinroom", roomid=ROOM)
        lab.fanout(C).say(request="play", streamID="cam")
        assert [m["from"] for m in rival.take() if m["request"] == "play"] == [C]

    def test_rooms_are_case_sensitive_and_can_be_changed(self) -> None:
        lab = Lab()
        a, b, c = lab.fanout(A, room="Room"), lab.fanout(B, room="room"), lab.fanout(C, room="Room")
        lab.forget()
        c.say(n=1)
        assert [m["n"] for m in a.take()] == [1]
        assert b.take() == []
        c.say(request="joinroom", roomid="room")
        assert [m["request"] for m in b.take()] == ["joinroom"]
        c.say(n=2)
        assert a.take() == []


class TestRule4:
    def test_address_selects_one(self) -> None:
        lab = Lab()
        a, b, c = lab.fanout(A), lab.fanout(B), lab.fanout(C)
        lab.forget()
        a.say(UUID=B, n=1)
        assert [m["n"] for m in b.take()] == [1]
        assert a.take() == c.take() == []

    def test_rooms_are_kept_apart_also_from_the_lobby(self) -> None:
        lab = Lab()
        a, b, c = lab.fanout(A), lab.fanout(B, room="other"), lab.client(C)
        c.say(request="play", streamID="x")
        lab.forget()
        a.say(UUID=B, n=1)
        a.say(UUID=C, n=1)
        a.say(n=1)
        c.say(UUID=A, n=1)
        c.say(n=1)
        assert a.take() == b.take() == c.take() == []

    def test_lobby_hears_the_lobby(self) -> None:
        lab = Lab()
        a, b = lab.client(A), lab.client(B)
        a.say(request="seed", streamID="cam")
        b.say(request="play", streamID="cam")
        assert a.take() == [{"request": "play", "streamID": "cam", "from": B}]
        a.say(n=1)
        assert [m["n"] for m in b.take()] == [1]

    def test_play_reaches_only_the_owner_of_the_stream(self) -> None:
        lab = Lab()
        a, b, c = lab.fanout(A, "one"), lab.fanout(B, "two"), lab.fanout(C)
        lab.forget()
        c.say(request="play", streamID="two")
        assert [m["request"] for m in b.take()] == ["play"]
        assert a.take() == []
        c.say(request="play", streamID="two", UUID=A)
        assert a.take() == b.take() == []


def test_rule_5_no_notice_on_close() -> None:
    lab = Lab()
    a, b = lab.fanout(A, "cam"), lab.fanout(B)
    lab.forget()
    a.leave()
    lab.tick(100)
    assert b.take() == []
