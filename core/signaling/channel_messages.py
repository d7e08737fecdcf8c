"""What peers say on the data channel ``sendChannel`` (protocol.md §5).

Messages are bags: one object may carry several independent fields. A field of the wrong type
is left out; the others still count.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from ..model import Codec, Kind
from .fields import LABEL_LIMIT, Fields, flag, load_fields, number, shown
from .peer import Message, PeerMessage, parse_peer_message

CHANNEL_LABEL = "sendChannel"
CHANNEL_LIMIT = 256 * 1024
"""Characters of a message that is read."""

_PING_LIMIT = 64

PingValue = int | float | str | bool
"""Whatever the other side sent, to be sent back."""


class ChannelMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one message says; ``None`` is nothing said."""

    peer: PeerMessage | None = None
    """A renegotiation; open it with `open_peer_message`."""
    bye: bool = False
    """The other side leaves for good."""
    ping: PingValue | None = None
    """To be answered by `pong`; some publishers drop who does not."""
    pong: PingValue | None = None

    label: str | None = None
    """Display name, safe to print; "" is none."""
    mute_state: bool | None = None
    """Microphone muted; RTP goes on."""
    video_muted: bool | None = None
    """Camera muted; RTP goes on."""
    screen_share: bool | None = None
    """The one video track is a screen now, or the camera again."""
    screen_stopped: bool | None = None
    """The second video of this connection stopped, or goes on."""
    alternate: bool = False
    """Concerns the second stream of the same person."""

    audio: bool | None = None
    """A viewer wants sound or not; saying either of the two starts publishing."""
    video: bool | None = None
    allow_screen_audio: bool | None = None
    allow_screen_video: bool | None = None
    codec: Codec | None = None
    """Video codec that a viewer prefers."""
    bitrate: int | None = None
    """Video limit of a viewer in kbit/s; negative is the default, 0 is off."""
    keyframe: bool = False
    """A viewer asks for a key frame."""

    @property
    def requests_media(self) -> bool:
        """Whether this is what a page waits for before it sends media (protocol.md §4.2)."""
        return self.audio is not None or self.video is not None


def parse_channel_message(text: str | bytes) -> ChannelMessage:
    """Read one data channel message.

    Raises:
        ProtocolError: It is oversized, no JSON object, or its negotiation is malformed.
    """
    fields = load_fields(text, CHANNEL_LIMIT)
    info = _info(fields)
    return ChannelMessage(
        peer=parse_peer_message(fields, ""),
        bye=flag(fields, "bye") or False,
        ping=_ping(fields.get("ping")),
        pong=_ping(fields.get("pong")),
        label=_label(fields, info),
        mute_state=_first(flag(fields, "muteState"), flag(info, "muted")),
        video_muted=_first(flag(fields, "videoMuted"), flag(info, "video_muted_init")),
        screen_share=_first(flag(fields, "screenShareState"), flag(info, "screenShareState")),
        screen_stopped=flag(fields, "screenStopped"),
        alternate=flag(fields, "altUUID") or False,
        audio=_wish(fields, "audio"),
        video=_wish(fields, "video"),
        allow_screen_audio=flag(fields, "allowscreenaudio"),
        allow_screen_video=flag(fields, "allowscreenvideo"),
        codec=_codec(fields.get("preferVideoCodec")),
        bitrate=number(fields, "bitrate"),
        keyframe=flag(fields, "keyframe") or False,
    )


def recorder_request(audio: bool, video: bool, codec: Codec | None, label: str) -> Message:
    """Build what a recorder says when the channel opens (protocol.md §5.3 says why each)."""
    refused = (
        *("guest", "scene", "director", "allowchunked", "allowmeshcast", "allowwebp"),
        *("allowwhipout", "downloads", "iframe", "widget", "broadcast", "allowmidi"),
        *("allowdrawing", "allowresources"),
    )
    message: Message = {"audio": audio, "video": video} | dict.fromkeys(refused, False)
    message |= {"allowscreenvideo": video, "allowscreenaudio": audio, "info": {"label": label}}
    return message if codec is None else message | {"preferVideoCodec": str(codec)}


def info(label: str, *, muted: bool = False, video_muted: bool = False) -> Message:
    """Build what a publisher says first; an empty label is none."""
    return {
        "info": {"label": label or False, "muted": muted, "video_muted_init": video_muted},
    }


def ping(value: PingValue) -> Message:
    """Ask the other side to answer with the same value."""
    return {"ping": value}


def pong(value: PingValue) -> Message:
    """Answer a ping."""
    return {"pong": value}


def bye() -> Message:
    """Take leave for good."""
    return {"bye": True}


def mute_state(muted: bool) -> Message:
    """Say that the microphone was muted or is heard again."""
    return {"muteState": muted}


def video_muted(muted: bool) -> Message:
    """Say that the camera was switched off or on."""
    return {"videoMuted": muted}


def screen_stopped(stopped: bool) -> Message:
    """Say that the second video stopped or goes on."""
    return {"screenStopped": stopped}


def change_label(label: str) -> Message:
    """Say a new display name."""
    return {"changeLabel": True, "value": label}


def _info(fields: Fields) -> Fields:
    value = fields.get("info")
    return cast(Fields, value) if isinstance(value, dict) else {}


def _label(fields: Fields, info: Fields) -> str | None:
    if fields.get("changeLabel"):
        return shown(fields.get("value"), LABEL_LIMIT)
    return shown(info["label"], LABEL_LIMIT) if "label" in info else None


def _ping(value: Any) -> PingValue | None:
    """Keep a value that is small enough to be sent back."""
    if isinstance(value, str):
        return value[:_PING_LIMIT]
    if isinstance(value, int) and value.bit_length() > _PING_LIMIT:
        return None
    return value if isinstance(value, int | float) else None


def _wish(fields: Fields, name: str) -> bool | None:
    """Read a wish, which is a boolean or a list of what is wanted."""
    return bool(fields[name]) if name in fields else None


def _codec(value: object) -> Codec | None:
    try:
        codec = Codec(str(value).lower())
    except ValueError:
        return None
    return codec if codec.kind is Kind.VIDEO else None


def _first(said: bool | None, initial: bool | None) -> bool | None:
    return initial if said is None else said
