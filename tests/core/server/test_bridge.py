"""Routed and fan-out clients in one room."""

from __future__ import annotations

from .lab import ROOM, Client, Lab

PAGE, OTHER = "HUsA2345678901234567", "4qDv2345678901234567"


def test_listing_holds_fanout_members() -> None:
    lab = Lab()
    lab.fanout(PAGE, "cam")
    lab.fanout(OTHER)
    viewer = lab.client()
    viewer.say(request="joinroom", roomid=ROOM)
    assert viewer.take() == [
        {"request": "listing", "list": [{"UUID": PAGE, "streamID": "cam"}, {"UUID": OTHER}]}
    ]


def test_viewer_is_not_announced_to_fanout_members() -> None:
    lab = Lab()
    page = lab.fanout(PAGE, "cam")
    lab.routed()
    assert page.take() == []


def test_fanout_newcomer_is_announced_to_routed_members() -> None:
    lab = Lab()
    viewer, page = lab.routed(), lab.client(PAGE)
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    assert viewer.take() == [
        {"request": "someonejoined", "UUID": PAGE},
        {"request": "videoaddedtoroom", "UUID": PAGE, "streamID": "cam"},
    ]
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    page.say(request="seed", streamID="cam")
    page.say(request="seed", streamID="cam", UUID=lab.uuid(viewer))
    assert viewer.take() == []


def test_fanout_publisher_who_changes_rooms_is_announced_there() -> None:
    lab = Lab()
    page, viewer = lab.fanout(PAGE, "cam", room="elsewhere"), lab.routed()
    page.say(request="joinroom", roomid=ROOM)
    assert viewer.take() == [
        {"request": "someonejoined", "UUID": PAGE},
        {"request": "videoaddedtoroom", "UUID": PAGE, "streamID": "cam"},
    ]


def test_fanout_seed_after_joining_is_announced_once() -> None:
    lab = Lab()
    viewer, page = lab.routed(), lab.fanout(PAGE)
    lab.forget()
    page.say(request="seed", streamID="cam")
    assert viewer.take() == [{"request": "videoaddedtoroom", "UUID": PAGE, "streamID": "cam"}]


def test_routed_viewer_and_fanout_publisher() -> None:
    lab = Lab()
    page, viewer = lab.fanout(PAGE, "cam"), lab.routed()
    address = lab.uuid(viewer)
    viewer.say(request="play", streamID="cam")
    assert page.take() == [{"request": "play", "streamID": "cam", "from": address, "roomid": ROOM}]
    page.say(UUID=address, streamID="cam", description="0a", session="s", vector="1b")
    assert viewer.take() == [
        {"UUID": PAGE, "streamID": "cam", "description": "0a", "session": "s", "vector": "1b"}
    ]
    viewer.say(UUID=PAGE, description="2c", session="s", **{"from": "forged"})
    assert page.take() == [
        {"UUID": PAGE, "description": "2c", "session": "s", "from": address, "roomid": ROOM}
    ]


def test_routed_publisher_and_fanout_viewer() -> None:
    lab = Lab()
    viewer, publisher = lab.fanout(PAGE), lab.routed()
    lab.forget()
    address = lab.uuid(publisher)
    publisher.say(request="seed", streamID="cam")
    announcement = {"request": "joinroom", "streamID": "cam", "from": address, "roomid": ROOM}
    assert viewer.take() == [announcement]
    viewer.say(request="play", streamID="cam")
    assert publisher.take() == [{"request": "offerSDP", "UUID": PAGE}]
    publisher.say(UUID=PAGE, description="0a", session="s")
    assert viewer.take() == [
        {"UUID": PAGE, "description": "0a", "session": "s", "from": address, "roomid": ROOM}
    ]


def test_fanout_newcomer_hears_of_every_routed_publisher_once() -> None:
    lab = Lab()
    first, second = lab.routed("one"), lab.routed("two")
    lab.routed()
    page = lab.client(PAGE)
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    expected = [
        {"request": "joinroom", "streamID": "one", "from": lab.uuid(first), "roomid": ROOM},
        {"request": "joinroom", "streamID": "two", "from": lab.uuid(second), "roomid": ROOM},
    ]
    assert page.take() == expected
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    assert page.take() == []


def test_newcomer_with_a_refused_stream_is_still_in_the_picture() -> None:
    lab = Lab()
    owner, page = lab.routed("cam"), lab.client(PAGE)
    page.say(request="joinroom", roomid=ROOM, streamID="cam")
    assert [m.get("error", m.get("request")) for m in page.take()] == [
        "joinroom",
        "sid already in use",
    ]
    assert owner.probed == 1
    assert owner.take() == [{"request": "someonejoined", "UUID": PAGE}]


def test_routed_seeder_cannot_take_a_fanout_stream() -> None:
    lab = Lab()
    page, rival = lab.fanout(PAGE, "cam"), lab.routed()
    rival.say(request="seed", streamID="cam")
    assert rival.take() == [{"request": "alert", "message": "Stream ID is already in use."}]
    assert page.probed == 1
    assert page.take() == []


def test_routed_publisher_who_seeds_first_is_announced_on_joining() -> None:
    lab = Lab()
    page, publisher = lab.fanout(PAGE), lab.client()
    publisher.say(request="seed", streamID="cam")
    assert page.take() == []
    publisher.say(request="joinroom", roomid=ROOM)
    assert [m["streamID"] for m in page.take()] == ["cam"]


def test_fanout_requests_for_an_offer_are_translated_and_others_stay_outside() -> None:
    lab = Lab()
    page, publisher = lab.fanout(PAGE), lab.routed("cam")
    address = lab.uuid(publisher)
    lab.forget()
    page.say(request="sendoffer", UUID=address)
    assert publisher.take() == [{"request": "offerSDP", "UUID": PAGE}]
    page.say(request="alert", UUID=address, message="spoofed")
    page.say(request="transferred", UUID=address, list=[])
    page.say(request="play", streamID="cam", UUID=OTHER)
    page.say(request="play")
    page.say(bye=True)
    assert publisher.take() == []


def strangers(lab: Lab) -> list[tuple[Client, Client]]:
    """Pairs of a routed and a fan-out client who are not in one place."""
    return [
        (lab.routed("r1"), lab.fanout("f1", "s1", room="elsewhere")),
        (lab.client(), lab.fanout("f2", "s2")),
    ]


def test_no_message_crosses_rooms() -> None:
    lab = Lab()
    for routed, page in strangers(lab):
        address = lab.uuid(routed)
        lab.forget()
        routed.say(UUID=page.name, n=1)
        routed.say(request="play", streamID="s1")
        routed.say(request="play", streamID="s2")
        page.say(UUID=address, n=1)
        page.say(request="play", streamID="r1")
        assert routed.take() == page.take() == []


def test_outside_rooms_a_viewer_waits_for_the_other_kind() -> None:
    lab = Lab()
    routed, page = lab.client(), lab.client(PAGE)
    routed.say(request="play", streamID="cam")
    page.say(request="seed", streamID="cam")
    assert page.take() == [{"request": "play", "streamID": "cam", "from": lab.uuid(routed)}]
    page.say(request="play", streamID="late")
    routed.say(request="seed", streamID="late")
    assert routed.take() == [{"request": "offerSDP", "UUID": PAGE}]
    assert page.take() == []


def test_fanout_guest_cannot_be_migrated() -> None:
    lab = Lab()
    page, director = lab.fanout(PAGE), lab.client()
    director.say(request="joinroom", roomid=ROOM, claim=True)
    lab.forget()
    director.say(request="migrate", roomid="elsewhere", target=PAGE)
    assert [m["request"] for m in director.take()] == ["alert"]
    assert page.take() == []


def test_migrated_publisher_is_announced_to_fanout_members_there() -> None:
    lab = Lab()
    director, guest, page = lab.client(), lab.routed("cam"), lab.fanout(PAGE, room="there")
    director.say(request="joinroom", roomid=ROOM, claim=True)
    director.say(request="migrate", roomid="there", target=lab.uuid(guest))
    assert page.take() == [
        {"request": "joinroom", "streamID": "cam", "from": lab.uuid(guest), "roomid": "there"}
    ]


def test_a_room_hears_of_a_publisher_that_went_on_to_another_but_not_of_a_viewer() -> None:
    lab = Lab()
    routed, fanout = lab.routed(), lab.fanout("page")
    publisher, viewer = lab.fanout("p", "cam"), lab.fanout("v")
    for one in (publisher, viewer):
        one.say(request="joinroom", roomid="another")
    removed = {"request": "videoremovedfromroom", "UUID": "p", "streamID": "cam", "moved": True}
    assert routed.take() == [removed]
    assert fanout.take() == [{"type": "leave", "uuid": "p"}]
    publisher.say(request="joinroom", roomid="another")
    assert routed.take() == fanout.take() == []


def test_goodbye_of_a_fanout_publisher_is_for_routed_members() -> None:
    lab = Lab()
    viewer, other, page = lab.routed(), lab.fanout(OTHER), lab.fanout(PAGE, "cam")
    page.leave()
    lab.forget()
    lab.tick(100)
    assert viewer.take() == [{"request": "cleanup", "UUID": PAGE}]
    assert other.take() == []


def test_goodbye_is_not_said_of_an_address_that_is_back() -> None:
    lab = Lab()
    viewer, page = lab.routed(), lab.fanout(PAGE, "cam")
    page.leave()
    lab.fanout(PAGE)
    lab.forget()
    lab.tick(100)
    assert viewer.take() == []
