"""Descriptions and candidates: what travels over the websocket and the data channel alike.

Encrypted values stay as they are until `open_peer_message`: whoever relays them needs no key.
protocol.md §3 has the encryption, protocol.md §4.3 to §4.5 the shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar, cast

import msgspec

from ..errors import ProtocolError
from .fields import Fields, flag, identifier
from .secrets import Secrets

CANDIDATE_LIMIT = 100
"""Candidates in one message."""
SESSION_LIMIT = 64

_CANDIDATE_LENGTH = 1024
_SCREEN_LIMIT = 32
_SectionIndex = Annotated[int, msgspec.Meta(ge=0, le=255)]

T = TypeVar("T")
Message = dict[str, Any]
"""A message to send, ready for JSON."""


class Role(StrEnum):
    """Who sent candidates, seen from the connection they belong to (protocol.md §4.4)."""

    LOCAL = "local"
    """The publisher."""
    REMOTE = "remote"
    """The viewer; a page drops candidates of a viewer that do not say so."""


class Description(msgspec.Struct, frozen=True):
    """A session description in the clear."""

    type: str
    """``offer`` or ``answer``."""
    sdp: str


class PeerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that one peer says to another about their connection."""

    uuid: str
    """Address of the sender; "" on the data channel, where only one can be meant."""
    session: str | None = None
    """Identity of the connection, chosen by the publisher; some publishers have none."""
    wire_stream: str | None = None
    """With suffix on the websocket, without on the data channel; not an identity."""
    type: Role | None = None
    description: Description | str | None = None
    """A text is hex, still encrypted."""
    candidates: tuple[dict[str, Any], ...] | str = ()
    """A text is hex, still encrypted. Otherwise at most 100 objects of ``candidate``, ``sdpMid``,
    ``sdpMLineIndex`` and ``usernameFragment``, each of the right type."""
    vector: str | None = None
    """Hex; there if and only if something is or was encrypted. Answer an offer in kind."""
    screen: tuple[int, ...] | None = None
    """Media sections of the screen share, counted without application sections."""
    ice_restart: bool = False
    """The viewer asks the publisher to restart ICE."""
    alternate: bool = False
    """Concerns the second stream of the same person."""

    @property
    def encrypted(self) -> bool:
        """Whether it came encrypted; stays true after `open_peer_message`."""
        return self.vector is not None

    def in_kind(self, secrets: Secrets) -> Secrets | None:
        """Return what to build a reply with: encrypted if and only if this message was."""
        return secrets if self.encrypted else None


def parse_peer_message(fields: Fields, uuid: str) -> PeerMessage | None:
    """Read the connection's part of a message.

    Returns:
        ``None`` where it has no such part.

    Raises:
        ProtocolError: A field is malformed, too long or lacks its vector.
    """
    description = _value(fields, "description", _description)
    name = "candidates" if fields.get("candidates") is not None else "candidate"
    candidates = _value(fields, name, _candidates)
    ice_restart = flag(fields, "iceRestartRequest") or False
    if description is None and candidates is None and not ice_restart:
        return None
    sealed = isinstance(description, str) or isinstance(candidates, str)
    vector = identifier(fields, "vector")
    if sealed and vector is None:
        raise ProtocolError("an encrypted value without its vector")
    return PeerMessage(
        uuid=uuid,
        session=identifier(fields, "session", SESSION_LIMIT),
        wire_stream=identifier(fields, "streamID"),
        type=_role(fields.get("type")),
        description=description,
        candidates=candidates or (),
        vector=vector if sealed else None,
        screen=_screen(fields.get("screen")),
        ice_restart=ice_restart,
        alternate=flag(fields, "altUUID") or False,
    )


def open_peer_message(message: PeerMessage, secrets: Secrets) -> PeerMessage:
    """Decrypt what is encrypted in a message; a plain one comes back as it is.

    Raises:
        DecryptError: Our password does not open it.
        ProtocolError: It opens, but holds no description or candidates.
    """
    description, candidates, vector = message.description, message.candidates, message.vector
    if isinstance(description, str):
        description = _description(secrets.decrypt(description, vector or ""))
    if isinstance(candidates, str):
        candidates = _candidates(secrets.decrypt(candidates, vector or ""))
    return msgspec.structs.replace(message, description=description, candidates=candidates)


def offer(
    uuid: str | None,
    wire_stream: str,
    session: str,
    sdp: str,
    secrets: Secrets | None = None,
    *,
    screen: Sequence[int] | None = None,
) -> Message:
    """Build a publisher's offer.

    Args:
        uuid: The viewer; ``None`` on the data channel.
        wire_stream: Stream id, on the websocket with its suffix.
        session: Identity of the connection, ≥ 8 characters chosen by the publisher.
        sdp: Session description.
        secrets: Encrypts it, if there is a password.
        screen: Media sections of a screen share, counted without application sections.
    """
    message = _addressed(uuid, session) | {"streamID": wire_stream}
    if screen is not None:
        message["screen"] = list(screen)
    return message | _seal("description", {"type": "offer", "sdp": sdp}, secrets)


def answer(
    uuid: str | None, session: str | None, sdp: str, secrets: Secrets | None = None
) -> Message:
    """Build a viewer's answer; see `PeerMessage.in_kind` about ``secrets``.

    Args:
        uuid: The publisher; ``None`` on the data channel.
        session: As in the offer.
        sdp: Session description.
        secrets: Encrypts it, if there is a password.
    """
    message = _addressed(uuid, session)
    return message | _seal("description", {"type": "answer", "sdp": sdp}, secrets)


def candidates(
    uuid: str | None,
    session: str | None,
    items: Sequence[Mapping[str, Any]],
    role: Role,
    secrets: Secrets | None = None,
) -> Message:
    """Build a bundle of ICE candidates.

    Args:
        uuid: The peer; ``None`` on the data channel.
        session: Identity of the connection.
        items: ``{"candidate": "candidate:…", "sdpMid": "0", "sdpMLineIndex": 0}``, …
        role: `Role.REMOTE` for a viewer, `Role.LOCAL` for a publisher.
        secrets: Encrypts them, if there is a password.
    """
    message = _addressed(uuid, session) | {"type": str(role)}
    return message | _seal("candidates", [dict(item) for item in items], secrets)


def _addressed(uuid: str | None, session: str | None) -> Message:
    return {"session": session} if uuid is None else {"UUID": uuid, "session": session}


def _seal(name: str, value: object, secrets: Secrets | None) -> Message:
    if secrets is None or not secrets.enabled:
        return {name: value}
    sealed, vector = secrets.encrypt(value)
    return {name: sealed, "vector": vector}


def _value(fields: Fields, name: str, read: Callable[[object], T]) -> T | str | None:
    value = fields.get(name)
    return value if value is None or isinstance(value, str) else read(value)


def _description(value: object) -> Description:
    try:
        description = msgspec.convert(value, Description)
    except (msgspec.ValidationError, RecursionError):
        raise ProtocolError("description is no session description") from None
    if description.type not in ("offer", "answer"):
        raise ProtocolError(f"description of the type {description.type[:20]!r}")
    return description


def _candidates(value: object) -> tuple[dict[str, Any], ...]:
    """Read a bundle or a single candidate; what is none is left out, as others may be good."""
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    if len(items) > CANDIDATE_LIMIT:
        raise ProtocolError(f"more than {CANDIDATE_LIMIT} candidates in one message")
    return tuple(good for item in items if (good := _candidate(item)) is not None)


class _Candidate(msgspec.Struct, omit_defaults=True, rename="camel"):
    candidate: str
    sdp_mid: str | None = None
    sdp_m_line_index: _SectionIndex | None = None
    username_fragment: str | None = None


def _candidate(value: object) -> dict[str, Any] | None:
    try:
        candidate = msgspec.convert(value, _Candidate)
    except (msgspec.ValidationError, RecursionError):
        return None
    if not 0 < len(candidate.candidate) <= _CANDIDATE_LENGTH:
        return None
    return msgspec.to_builtins(candidate)


def _role(value: object) -> Role | None:
    return Role(value) if value in ("local", "remote") else None


def _screen(value: object) -> tuple[int, ...] | None:
    try:
        indexes = msgspec.convert(value, tuple[_SectionIndex, ...])
    except (msgspec.ValidationError, RecursionError):
        return None
    return indexes[:_SCREEN_LIMIT]
