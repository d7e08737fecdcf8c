"""Reads offers, as far as a receiving connection needs them (RFC 8866, RFC 8829).

The text comes from a stranger: its size and counts are bounded, and whatever does not fit
raises `MediaError`. Candidate lines are kept as they are; `candidates` judges them.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import MediaError
from .description import Format, Section, SessionDescription, TransportParameters

MAX_LENGTH = 200_000
MAX_SECTIONS = 32
MAX_FORMATS = 128
MAX_SSRCS = 32
MAX_CANDIDATES = 100
_MAX_VALUE = 1024
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_STATIC = {0: ("pcmu", 8000), 8: ("pcma", 8000), 9: ("g722", 8000)}
"""Payload types that need no ``rtpmap`` (RFC 3551, 6)."""


def parse_offer(text: str) -> SessionDescription:
    """Read an offer.

    Raises:
        MediaError: It is malformed or larger than any real one.
    """
    if len(text) > MAX_LENGTH:
        raise MediaError(f"a session description of {len(text)} characters is too long")
    if not text.startswith("v=0"):
        raise MediaError("not a session description")
    parser = _Parser()
    for line in text.splitlines():
        parser.line(line)
    return parser.finish()


def _number(text: str, limit: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > limit:
        raise MediaError(f"not a number up to {limit} in a session description: {text[:40]!r}")
    return int(text)


class _Parser:
    """Collects lines; an attribute is a method by its name in `_ATTRIBUTES`."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.bundle: list[str] = []
        self.ice_lite = False
        self.session = TransportParameters()

    @property
    def section(self) -> Section | None:
        return self.sections[-1] if self.sections else None

    @property
    def transport(self) -> TransportParameters:
        return self.sections[-1].transport if self.sections else self.session

    def line(self, line: str) -> None:
        kind, value = line[:2], line[2:].strip()
        if kind == "m=":
            self._media(value)
        elif kind == "a=":
            name, _, rest = value.partition(":")
            if len(rest) > _MAX_VALUE:
                return
            if reader := _SESSION.get(name):
                reader(self, rest)
            elif self.section and name in _DIRECTIONS:
                self.section.direction = name
            elif self.section and (reading := _MEDIA.get(name)):
                reading(self.section, rest)

    def _media(self, value: str) -> None:
        parts = value.split()
        if len(parts) < 4 or len(parts) > 3 + MAX_FORMATS:
            raise MediaError(f"malformed media section: {value[:60]!r}")
        if len(self.sections) >= MAX_SECTIONS:
            raise MediaError(f"more than {MAX_SECTIONS} media sections")
        kind, port, protocol, *formats = parts
        section = Section(
            index=len(self.sections),
            kind=kind,
            port=_number(port.partition("/")[0], 65535),
            protocol=protocol,
            raw_formats=formats,
            transport=TransportParameters(),
        )
        if kind in ("audio", "video"):
            for item in formats:
                number = _number(item, 127)
                name, rate = _STATIC.get(number, ("", 0))
                section.formats[number] = Format(number, name, rate, f"{name.upper()}/{rate}")
        self.sections.append(section)

    def group(self, value: str) -> None:
        semantics, *mids = value.split() or [""]
        if semantics == "BUNDLE" and not self.bundle:
            self.bundle = mids[:MAX_SECTIONS]

    def lite(self, _: str) -> None:
        self.ice_lite = True

    def ufrag(self, value: str) -> None:
        self.transport.ufrag = value

    def password(self, value: str) -> None:
        self.transport.password = value

    def setup(self, value: str) -> None:
        if value not in ("active", "passive", "actpass", "holdconn"):
            raise MediaError(f"unknown DTLS role {value[:20]!r}")
        self.transport.setup = value

    def fingerprint(self, value: str) -> None:
        algorithm, _, digest = value.partition(" ")
        if not digest:
            raise MediaError("malformed fingerprint")
        if len(self.transport.fingerprints) < 8:
            self.transport.fingerprints.append((algorithm.lower(), digest.strip()))

    def finish(self) -> SessionDescription:
        """Hand what the session says down to its sections, and check the mids."""
        if not self.sections:
            raise MediaError("a session description without a media section")
        mids: set[str] = set()
        for section in self.sections:
            section.mid = section.mid or str(section.index)
            if section.mid in mids:
                raise MediaError(f"two media sections with the mid {section.mid!r}")
            mids.add(section.mid)
            own, session = section.transport, self.session
            own.ufrag = own.ufrag or session.ufrag
            own.password = own.password or session.password
            own.setup = own.setup or session.setup
            own.fingerprints = own.fingerprints or session.fingerprints
        return SessionDescription(self.sections, self.bundle, self.ice_lite)


def _mid(section: Section, value: str) -> None:
    if not value or len(value) > 64 or not value.isascii() or " " in value:
        raise MediaError(f"malformed mid {value[:40]!r}")
    section.mid = value


def _rtpmap(section: Section, value: str) -> None:
    number, _, mapping = value.partition(" ")
    parts = mapping.strip().split("/")
    if len(parts) < 2:
        raise MediaError(f"malformed rtpmap {value[:60]!r}")
    if known := section.formats.get(_number(number, 127)):
        known.name, known.mapping = parts[0].lower(), mapping.strip()
        known.clock_rate = _number(parts[1], 1_000_000)


def _fmtp(section: Section, value: str) -> None:
    number, _, parameters = value.partition(" ")
    if known := section.formats.get(_number(number, 127)):
        known.parameters = parameters.strip()


def _feedback(section: Section, value: str) -> None:
    number, _, feedback = value.partition(" ")
    if number == "*":
        for known in section.formats.values():
            known.feedback.append(feedback.strip())
    elif known := section.formats.get(_number(number, 127)):
        known.feedback.append(feedback.strip())


def _extmap(section: Section, value: str) -> None:
    number, _, rest = value.partition(" ")
    identifier = _number(number.partition("/")[0], 255)
    if rest and len(section.extensions) < 64:
        section.extensions[rest.split()[0]] = identifier


def _ssrc(section: Section, value: str) -> None:
    number, _, attribute = value.partition(" ")
    _learn_ssrc(section, _number(number, 0xFFFFFFFF))
    if attribute.startswith("msid:") and not section.msid:
        _msid(section, attribute[5:])


def _ssrc_group(section: Section, value: str) -> None:
    for number in value.split()[1:]:
        _learn_ssrc(section, _number(number, 0xFFFFFFFF))


def _learn_ssrc(section: Section, ssrc: int) -> None:
    if ssrc not in section.ssrcs and len(section.ssrcs) < MAX_SSRCS:
        section.ssrcs.append(ssrc)


def _msid(section: Section, value: str) -> None:
    stream = value.split()[0] if value.strip() else ""
    section.msid = "" if stream == "-" else stream[:128]


def _candidate(section: Section, value: str) -> None:
    if len(section.candidates) < MAX_CANDIDATES:
        section.candidates.append(f"candidate:{value}")


def _bundle_only(section: Section, _: str) -> None:
    section.bundle_only = True


def _rtcp_mux(section: Section, _: str) -> None:
    section.rtcp_mux = True


def _reduced_rtcp(section: Section, _: str) -> None:
    section.reduced_rtcp = True


def _sctp_port(section: Section, value: str) -> None:
    section.sctp_port = _number(value, 65535)


def _max_message_size(section: Section, value: str) -> None:
    section.max_message_size = _number(value, 0xFFFFFFFF)


_SESSION: dict[str, Callable[[_Parser, str], None]] = {
    "group": _Parser.group,
    "ice-lite": _Parser.lite,
    "ice-ufrag": _Parser.ufrag,
    "ice-pwd": _Parser.password,
    "setup": _Parser.setup,
    "fingerprint": _Parser.fingerprint,
}
_MEDIA: dict[str, Callable[[Section, str], None]] = {
    "mid": _mid,
    "rtpmap": _rtpmap,
    "fmtp": _fmtp,
    "rtcp-fb": _feedback,
    "extmap": _extmap,
    "ssrc": _ssrc,
    "ssrc-group": _ssrc_group,
    "msid": _msid,
    "candidate": _candidate,
    "bundle-only": _bundle_only,
    "rtcp-mux": _rtcp_mux,
    "rtcp-rsize": _reduced_rtcp,
    "sctp-port": _sctp_port,
    "max-message-size": _max_message_size,
}
