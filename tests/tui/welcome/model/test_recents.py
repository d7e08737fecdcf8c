from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomdeck.core.config import RecordConfig
from roomdeck.core.model import Codec
from roomdeck.core.signaling.secrets import Secrets
from roomdeck.tui.cli.options import TYPED, RoomFlags, room_config
from roomdeck.tui.welcome.model.recents import (
    MOST,
    PASSWORD,
    RELAY,
    SALT,
    Recent,
    added,
    recent_of,
    without,
)

SERVER = "&wss2=h.example"


def recorded(room: str, codec: Codec | None = None, **flags: Any) -> tuple[Recent, RecordConfig]:
    """Return what is remembered of a recording of this room, and its configuration."""
    where, link = room_config(
        RoomFlags(room, rank=lambda name: TYPED if name in flags else 0, **flags)
    )
    config = RecordConfig(room=where, output="/rec", prefix="p", codec=codec)
    return recent_of(config, link, 5.0), config


@pytest.mark.parametrize(
    ("room", "flags"),
    [
        ("lab", {"server": "ws://x"}),
        ("lab", {"server": "ws://x", "password": "false"}),
        ("https://vdo.ninja/?room=lab" + SERVER, {}),
        ("https://meet.example.org/alpha/?director=lab" + SERVER, {}),
        ("https://vdo.ninja/?view=a,b" + SERVER, {}),
        ("https://[::1]/?push=a" + SERVER, {}),
        ("https://vdo.ninja/?room=lab&view=a,b&p0" + SERVER, {}),
        ("", {"server": "ws://x", "streams": "a,b"}),
    ],
)
def test_what_is_remembered_leads_to_the_same_room(room: str, flags: dict[str, str]) -> None:
    recent, config = recorded(room, None, **flags)
    assert recent.lacks == ()
    again, link = room_config(RoomFlags(recent.room, recent.server, rank=lambda name: 0))
    known = msgspec.structs.replace(config.room, family=again.family)
    assert again == known
    assert link.view == ("a", "b") or "view" not in room


@pytest.mark.parametrize(
    ("room", "flags", "lacks"),
    [
        ("lab", {"server": "ws://x", "password": "s3cret"}, (PASSWORD,)),
        ("https://vdo.ninja/?room=lab&pw=s3cret" + SERVER, {}, (PASSWORD,)),
        ("https://vdo.ninja/?room=lab&salt=s3cret" + SERVER, {}, (SALT,)),
        ("lab", {"server": "ws://x", "salt": "s3cret"}, (SALT,)),
        ("https://vdo.ninja/?room=lab&turn=me;s3cret;turn:t.example" + SERVER, {}, (RELAY,)),
        ("https://me:s3cret@vdo.ninja/?room=lab#s3cret" + SERVER, {"server": "ws://x"}, ()),
        ("lab", {"server": "wss://x/?api_key=s3cret"}, ()),
        ("lab", {"server": "wss://me:s3cret@x"}, ()),
        ("https://vdo.ninja/?room=lab&pie=s3cret", {}, ()),
        ("lab", {"server": "ws://x", "turn": "turn:x", "turn_password": "s3cret"}, ()),
    ],
)
def test_nothing_secret_is_remembered(
    room: str, flags: dict[str, str], lacks: tuple[str, ...]
) -> None:
    recent, _ = recorded(room, None, **flags)
    assert b"s3cret" not in msgspec.json.encode(recent)
    assert recent.lacks == lacks


def test_a_hash_of_the_password_is_not_remembered() -> None:
    suffix = Secrets("s3cret").suffix
    recent, _ = recorded(f"https://vdo.ninja/?room=lab&pw=s3cret&hash={suffix}" + SERVER)
    assert (recent.room, recent.lacks) == ("lab", (PASSWORD,))


def test_folder_and_codec_are_remembered() -> None:
    recent, _ = recorded("lab", Codec.VP9, server="ws://x")
    assert recent.options() == {
        "room": "lab",
        "server": "ws://x",
        "output": "/rec",
        "codec": "vp9",
    }


def test_a_room_is_remembered_once_and_the_oldest_is_forgotten() -> None:
    rooms: tuple[Recent, ...] = ()
    for number in range(MOST + 2):
        rooms = added(rooms, Recent(name=f"{number}", room=f"{number}"))
    assert [one.name for one in rooms] == [f"{number}" for number in range(MOST + 1, 1, -1)]
    rooms = added(rooms, Recent(name="5", room="5", codec="vp8"))
    assert len(rooms) == MOST
    assert rooms[0].codec == "vp8"
    assert [one.name for one in without(rooms, rooms[0])][:2] == ["13", "12"]
