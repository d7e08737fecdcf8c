"""Routed clients among themselves: protocol.md §1.3."""

from __future__ import annotations

import pytest

from .lab import ROOM, Lab

OTHER_ROOM = "ffffffffffffffff"


def alert(text: str) -> dict[str, str]:
    return {"request": "alert", "message": text}


def test_recorded_sequence_of_two_guests() -> None:
    lab = Lab()
    a, b = lab.client(), lab.client()
    a.say(request="joinroom", roomid=ROOM)
    assert a.take() == [{"request": "listing", "list": []}]
    a.say(request="seed", streamID="guestA808d64")
    b.say(request="joinroom", roomid=ROOM)
    at, bt = lab.uuid(a), lab.uuid(b)
    assert b.take() == [{"request": "listing", "list": [{"UUID": at, "streamID": "guestA808d64"}]}]
    assert a.take() == [{"request": "someonejoined", "UUID": bt}]
    b.say(request="seed", streamID="guestB808d64")
    assert a.take() == [{"request": "videoaddedtoroom", "UUID": bt, "streamID": "guestB808d64"}]
    b.say(request="play", streamID="guestA808d64")
    assert a.take() == [{"request": "offerSDP", "UUID": bt}]
    sealed = {"description": "0a1b", "session": "rfpxPYdKar", "vector": "2c"}
    a.say(UUID=bt, streamID="guestA808d64", **sealed)
    assert b.take() == [{"UUID": at, "streamID": "guestA808d64", **sealed}]
    a.say(UUID=bt, type="local", candidates="3d", session="rfpxPYdKar", vector="4e")
    assert b.take() == [
        {"UUID": at, "type": "local", "candidates": "3d", "session": "rfpxPYdKar", "vector": "4e"}
    ]
    b.say(UUID=at, **sealed)
    b.say(UUID=at, type="remote", candidates="5f", session="rfpxPYdKar", vector="60")
    assert a.take() == [
        {"UUID": bt, **sealed},
        {"UUID": bt, "type": "remote", "candidates": "5f", "session": "rfpxPYdKar", "vector": "60"},
    ]


def test_addresses_are_distinct_uuids() -> None:
    lab = Lab()
    addresses = {lab.uuid(lab.routed()) for _ in range(3)}
    assert len(addresses) == 3
    assert all(len(address) == 36 for address in addresses)


def test_from_is_removed_and_values_stay_as_they_were() -> None:
    lab = Lab()
    a, b = lab.routed(), lab.routed()
    lab.forget()
    a.raw(f'{{"UUID":"{lab.uuid(b)}","big":123456789012345678901234567890,"from":"x"}}')
    # The first message decided the dialect; a later `from` means nothing.
    assert b.take() == [{"UUID": lab.uuid(a), "big": 123456789012345678901234567890}]


def test_who_seeded_before_joining_is_announced_with_the_stream() -> None:
    lab = Lab()
    a, b = lab.routed(), lab.client()
    b.say(request="seed", streamID="early")
    b.say(request="joinroom", roomid=ROOM)
    assert a.take() == [{"request": "someonejoined", "UUID": lab.uuid(b), "streamID": "early"}]


def test_second_join_is_ignored_and_room_names_are_trimmed() -> None:
    lab = Lab()
    a, b = lab.routed(), lab.client()
    b.say(request="joinroom", roomid=f"  {ROOM} ")
    assert [m["request"] for m in a.take()] == ["someonejoined"]
    b.take()
    b.say(request="joinroom", roomid=OTHER_ROOM)
    b.say(request="joinroom", roomid=ROOM)
    assert a.take() == []
    assert b.take() == []


def test_unknown_requests_and_pings_are_ignored() -> None:
    lab = Lab()
    a, b = lab.routed(), lab.routed()
    lab.forget()
    a.say(request="ping")
    a.say(request="alert", UUID=lab.uuid(b), message="spoofed")
    a.say(leave=True)
    assert a.take() == []
    assert b.take() == []


class TestStreams:
    def test_taken_stream_is_refused_and_its_owner_is_probed(self) -> None:
        lab = Lab()
        owner, rival = lab.routed("cam"), lab.routed()
        rival.say(request="seed", streamID="cam")
        assert rival.take() == [alert("Stream ID is already in use.")]
        assert owner.probed == 1
        assert owner.take() == []

    def test_each_room_has_stream_ids_of_its_own(self) -> None:
        lab = Lab()
        here, there = lab.routed("cam"), lab.routed("cam", room=OTHER_ROOM)
        outside, viewer, watcher = lab.client(), lab.routed(), lab.client()
        outside.say(request="seed", streamID="cam")
        lab.forget()
        viewer.say(request="play", streamID="cam")
        assert here.take() == [{"request": "offerSDP", "UUID": lab.uuid(viewer)}]
        watcher.say(request="play", streamID="cam")
        assert outside.take() == [{"request": "offerSDP", "UUID": lab.uuid(watcher)}]
        assert (here.take(), there.take(), here.probed) == ([], [], 0)
        here.leave()
        viewer.say(request="play", streamID="cam")
        assert outside.take() == [{"request": "offerSDP", "UUID": lab.uuid(viewer)}]

    def test_nobody_is_moved_to_a_room_that_has_its_stream(self) -> None:
        lab = Lab()
        director = lab.routed()
        guest, owner = lab.routed("cam"), lab.routed("cam", room=OTHER_ROOM)
        director.leave()
        director = lab.client()
        director.say(request="joinroom", roomid=ROOM, claim=True)
        lab.forget()
        director.say(request="migrate", roomid=OTHER_ROOM, target=lab.uuid(guest))
        assert director.take() == [alert("Stream ID is already in use.")]
        assert (guest.take(), owner.take()) == ([], [])

    def test_a_stream_leaves_its_room_with_its_publisher(self) -> None:
        lab = Lab()
        guest = lab.routed("cam")
        director = lab.client()
        director.say(request="joinroom", roomid=ROOM, claim=True)
        director.say(request="migrate", roomid=OTHER_ROOM, target=lab.uuid(guest))
        lab.forget()
        rival, there = lab.routed("cam"), lab.routed(room=OTHER_ROOM)
        there.say(request="play", streamID="cam")
        assert guest.take()[-1] == {"request": "offerSDP", "UUID": lab.uuid(there)}
        assert rival.take() == []

    def test_retry_succeeds_once_the_old_socket_is_gone(self) -> None:
        lab = Lab()
        watcher, owner, rival = lab.routed(), lab.routed("cam"), lab.routed()
        rival.say(request="seed", streamID="cam")
        owner.leave()
        lab.forget()
        rival.say(request="seed", streamID="cam")
        assert rival.take() == []
        assert watcher.take() == [
            {"request": "videoaddedtoroom", "UUID": lab.uuid(rival), "streamID": "cam"}
        ]

    def test_stream_cannot_change(self) -> None:
        lab = Lab()
        watcher, owner = lab.routed(), lab.routed("cam")
        lab.forget()
        owner.say(request="seed", streamID="other")
        assert owner.take() == [alert("Stream ID cannot change on an existing connection.")]
        assert watcher.take() == []

    def test_repeated_seed_is_not_announced_again(self) -> None:
        lab = Lab()
        watcher, owner = lab.routed(), lab.routed("cam")
        lab.forget()
        owner.say(request="seed", streamID="cam")
        assert owner.take() == watcher.take() == []

    def test_own_stream_is_never_played(self) -> None:
        lab = Lab()
        owner = lab.routed("cam")
        owner.say(request="play", streamID="cam")
        assert owner.take() == []


class TestPlay:
    def test_waits_for_a_publisher_outside_rooms(self) -> None:
        lab = Lab()
        viewer, owner = lab.client(), lab.client()
        viewer.say(request="play", streamID="cam", UUID="ignored")
        owner.say(request="seed", streamID="cam")
        assert owner.take() == [{"request": "offerSDP", "UUID": lab.uuid(viewer)}]
        owner.leave()
        again = lab.client()
        again.say(request="seed", streamID="cam")
        assert again.take() == []

    def test_is_not_answered_later_by_a_publisher_in_a_room(self) -> None:
        lab = Lab()
        member, stranger = lab.routed(), lab.client()
        member.say(request="play", streamID="cam")
        stranger.say(request="play", streamID="cam")
        owner = lab.routed()
        lab.forget()
        owner.say(request="seed", streamID="cam")
        assert owner.take() == []
        assert [m["request"] for m in member.take()] == ["videoaddedtoroom"]
        assert stranger.take() == []

    @pytest.mark.parametrize("room", [OTHER_ROOM, None])
    def test_does_not_reach_into_a_room(self, room: str | None) -> None:
        lab = Lab()
        owner = lab.routed("cam")
        viewer = lab.client() if room is None else lab.routed(room=room)
        viewer.say(request="play", streamID="cam")
        assert owner.take() == []

    def test_heard_wish_is_done(self) -> None:
        lab = Lab()
        viewer, owner = lab.client(), lab.client()
        viewer.say(request="play", streamID="cam")
        owner.say(request="seed", streamID="cam")
        viewer.say(request="play", streamID="cam")
        owner.leave()
        again = lab.client()
        again.say(request="seed", streamID="cam")
        assert again.take() == []

    def test_wish_heard_in_a_room_is_done(self) -> None:
        lab = Lab()
        viewer, owner = lab.routed(), lab.routed()
        viewer.say(request="play", streamID="cam")
        owner.say(request="seed", streamID="cam")
        viewer.say(request="play", streamID="cam")
        owner.leave()
        outside = lab.client()
        outside.say(request="seed", streamID="cam")
        assert outside.take() == []

    def test_publisher_is_not_its_own_viewer(self) -> None:
        client = Lab().client()
        client.say(request="play", streamID="cam")
        client.say(request="seed", streamID="cam")
        assert client.take() == []

    def test_who_left_waits_no_more(self) -> None:
        lab = Lab()
        viewer, owner = lab.client(), lab.client()
        viewer.say(request="play", streamID="cam")
        viewer.leave()
        owner.say(request="seed", streamID="cam")
        assert owner.take() == []

    def test_oldest_wishes_are_forgotten(self) -> None:
        lab = Lab(pending_plays=2)
        viewer, first, last = lab.client(), lab.client(), lab.client()
        for stream in ("a", "b", "c"):
            viewer.say(request="play", streamID=stream)
        first.say(request="seed", streamID="a")
        last.say(request="seed", streamID="c")
        assert first.take() == []
        assert [m["request"] for m in last.take()] == ["offerSDP"]


class TestAddressed:
    def test_does_not_cross_rooms(self) -> None:
        lab = Lab()
        a, b = lab.routed(), lab.routed(room=OTHER_ROOM)
        a.say(UUID=lab.uuid(b), bye=True)
        assert b.take() == []

    def test_reaches_somebody_outside_rooms(self) -> None:
        lab = Lab()
        a, b = lab.routed(), lab.client()
        at, bt = lab.uuid(a), lab.uuid(b)
        a.say(UUID=bt, bye=True)
        b.say(UUID=at, bye=True)
        assert b.take() == [{"UUID": at, "bye": True}]
        assert a.take() == [{"UUID": bt, "bye": True}]

    def test_to_nobody_or_oneself_is_dropped(self) -> None:
        lab = Lab()
        a = lab.routed()
        a.say(UUID="nobody", bye=True)
        a.say(UUID=lab.uuid(a), bye=True)
        a.say(bye=True)
        assert a.take() == []


class TestDirector:
    def test_first_claim_wins_until_the_director_leaves(self) -> None:
        lab = Lab()
        guest, director, rival, heir = lab.routed(), lab.client(), lab.client(), lab.client()
        director.say(request="joinroom", roomid=ROOM, claim=True)
        address = lab.uuid(director)
        listing = director.take()[0]
        assert listing["claim"] is True
        assert "director" not in listing
        assert guest.take() == [
            {"request": "roomclaimed", "director": address},
            {"request": "someonejoined", "UUID": address, "director": True},
        ]
        rival.say(request="joinroom", roomid=ROOM, claim=True)
        listing, refusal = rival.take()
        assert (listing["claim"], listing["director"]) == (False, address)
        assert refusal == alert("Room is already claimed by someone else.")
        director.leave()
        heir.say(request="joinroom", roomid=ROOM, claim=True)
        assert heir.take()[0]["claim"] is True

    def test_migrate_moves_a_guest(self) -> None:
        lab = Lab()
        director, guest, there = lab.client(), lab.routed("cam"), lab.routed("x", room=OTHER_ROOM)
        director.say(request="joinroom", roomid=ROOM, claim=True)
        address = lab.uuid(guest)
        lab.forget()
        director.say(
            request="migrate", roomid=OTHER_ROOM, target=address, transferSettings={"a": [1]}
        )
        assert guest.take() == [
            {
                "request": "transferred",
                "list": [{"UUID": lab.uuid(there), "streamID": "x"}],
                "transferSettings": {"a": [1]},
            }
        ]
        assert there.take() == [{"request": "someonejoined", "UUID": address, "streamID": "cam"}]
        (removed,) = director.take()
        assert removed == {
            "request": "videoremovedfromroom",
            "UUID": address,
            "streamID": "cam",
            "moved": True,
        }
        director.say(request="play", streamID="cam")
        assert guest.take() == []

    def test_only_the_director_of_the_room_may_migrate(self) -> None:
        lab = Lab()
        guest, other = lab.routed(), lab.routed()
        stranger = lab.client()
        stranger.say(request="joinroom", roomid=OTHER_ROOM, claim=True)
        address = lab.uuid(guest)
        lab.forget()
        other.say(request="migrate", roomid=OTHER_ROOM, target=address)
        stranger.say(request="migrate", roomid=OTHER_ROOM, target=address)
        assert guest.take() == stranger.take() == other.take() == []


class TestGoodbye:
    def test_is_said_when_a_stream_does_not_come_back(self) -> None:
        lab = Lab(grace=30)
        watcher, owner = lab.routed(), lab.routed("cam")
        address = lab.uuid(owner)
        lab.forget()
        owner.leave()
        lab.tick(29)
        assert watcher.take() == []
        lab.tick(1)
        assert watcher.take() == [{"request": "cleanup", "UUID": address}]
        lab.tick(60)
        assert watcher.take() == []

    def test_is_not_said_when_it_does(self) -> None:
        lab = Lab(grace=30)
        watcher, owner = lab.routed(), lab.routed("cam")
        owner.leave()
        lab.tick(10)
        lab.routed("cam")
        lab.tick(60)
        assert watcher.take() == []

    def test_is_not_said_for_a_viewer(self) -> None:
        lab = Lab(grace=30)
        publisher, viewer = lab.routed("cam"), lab.routed()
        lab.forget()
        viewer.leave()
        lab.tick(60)
        assert publisher.take() == []

    def test_starts_anew_when_the_stream_left_twice(self) -> None:
        lab = Lab(grace=30)
        watcher = lab.routed()
        lab.routed("cam").leave()
        lab.tick(20)
        second = lab.routed("cam")
        address = lab.uuid(second)
        second.leave()
        lab.forget()
        lab.tick(20)
        assert watcher.take() == []
        lab.tick(10)
        assert watcher.take() == [{"request": "cleanup", "UUID": address}]
