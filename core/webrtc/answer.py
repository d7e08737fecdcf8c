"""Writes the answer that follows from an agreement (RFC 8829, 5.3)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .description import Format
from .negotiation import Agreement, SectionAnswer

MAX_MESSAGE = 262_144
"""Bytes of one data channel message (protocol.md §5.1)."""


class LocalTransport(msgspec.Struct, frozen=True):
    """Our end of the connection."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    """Hash name and value."""
    setup: str
    """``active`` or ``passive``."""
    candidates: tuple[str, ...]
    """``candidate:…`` lines."""


def write_answer(agreement: Agreement, local: LocalTransport, session: int, version: int) -> str:
    """The session description; sections in the order of the offer."""
    bundled = [answer.section.mid for answer in agreement.sections if answer.accepted]
    lines = [
        "v=0",
        f"o=- {session} {version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(bundled)}",
        "a=msid-semantic: WMS",
    ]
    for answer in agreement.sections:
        first = bool(bundled) and answer.section.mid == bundled[0]
        lines += _section(answer, local, local.candidates if first else ())
    return "\r\n".join(lines) + "\r\n"


def _section(answer: SectionAnswer, local: LocalTransport, candidates: Sequence[str]) -> list[str]:
    section = answer.section
    formats = [str(f.payload_type) for f in answer.formats] or section.raw_formats[:1]
    return [
        f"m={section.kind} {9 if answer.accepted else 0} {section.protocol} {' '.join(formats)}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:{local.fingerprint[0]} {local.fingerprint[1]}",
        f"a=setup:{local.setup}",
        *(_media(answer) if section.kind in ("audio", "video") else _channel(answer)),
        *(f"a={line}" for line in candidates),
        *(["a=end-of-candidates"] if candidates else []),
    ]


def _channel(answer: SectionAnswer) -> list[str]:
    if not answer.accepted:
        return []
    return [f"a=sctp-port:{answer.section.sctp_port}", f"a=max-message-size:{MAX_MESSAGE}"]


def _media(answer: SectionAnswer) -> list[str]:
    lines = ["a=recvonly" if answer.receiving else "a=inactive", "a=rtcp-mux"]
    if answer.section.reduced_rtcp:
        lines.append("a=rtcp-rsize")
    lines += [f"a=extmap:{number} {uri}" for uri, number in answer.extensions.items()]
    for offered in answer.formats:
        lines += _format(offered, answer)
    return lines


def _format(offered: Format, answer: SectionAnswer) -> list[str]:
    number = offered.payload_type
    lines = [f"a=rtpmap:{number} {offered.mapping}"]
    if offered.name not in ("rtx", "red"):
        lines += [f"a=rtcp-fb:{number} {item}" for item in answer.feedback]
    if parameters := _parameters(offered, answer):
        lines.append(f"a=fmtp:{number} {parameters}")
    return lines


def _parameters(offered: Format, answer: SectionAnswer) -> str:
    """What was offered, and of Opus what we want to receive (RFC 7587, 7.1).

    A sender of stereo sends it only if the answer asks for it.
    """
    if offered.name != "opus":
        return offered.parameters
    wanted: list[str] = []
    replaced: set[str] = set()
    if answer.sound.stereo or "1" in map(offered.parameter, ("stereo", "sprop-stereo")):
        wanted.append("stereo=1")
        replaced |= {"stereo", "sprop-stereo"}
    if answer.sound.bitrate:
        wanted.append(f"maxaveragebitrate={answer.sound.bitrate}")
        replaced.add("maxaveragebitrate")
    items = map(str.strip, offered.parameters.split(";"))
    kept = [item for item in items if item.partition("=")[0].lower() not in replaced]
    return ";".join(filter(None, [*kept, *wanted]))
