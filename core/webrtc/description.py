"""What a receiving connection knows of an offer (RFC 8866, RFC 8829)."""

from __future__ import annotations

import msgspec


class Format(msgspec.Struct):
    """One payload type of a section."""

    payload_type: int
    name: str = ""
    """Encoding name in small letters; empty where no ``rtpmap`` says it."""
    clock_rate: int = 0
    mapping: str = ""
    """Value of ``rtpmap`` as it was offered."""
    parameters: str = ""
    """Value of ``fmtp`` as it was offered."""
    feedback: list[str] = []

    def parameter(self, name: str) -> str:
        """One parameter of ``fmtp``, or an empty text."""
        for item in self.parameters.split(";"):
            key, _, value = item.strip().partition("=")
            if key.lower() == name:
                return value
        return ""


class TransportParameters(msgspec.Struct):
    """ICE and DTLS of a section, or of the whole session."""

    ufrag: str = ""
    password: str = ""
    fingerprints: list[tuple[str, str]] = []
    """Hash name and value."""
    setup: str = ""


class Section(msgspec.Struct):
    """A media section; ``index`` counts all sections from 0."""

    index: int
    kind: str
    port: int
    protocol: str
    raw_formats: list[str]
    transport: TransportParameters
    formats: dict[int, Format] = {}
    """By payload type, in the order of the ``m=`` line."""
    mid: str = ""
    direction: str = "sendrecv"
    bundle_only: bool = False
    rtcp_mux: bool = False
    reduced_rtcp: bool = False
    extensions: dict[str, int] = {}
    """URI to id."""
    ssrcs: list[int] = []
    msid: str = ""
    """Id of the MediaStream."""
    candidates: list[str] = []
    sctp_port: int = 5000
    max_message_size: int = 65536

    @property
    def rejected(self) -> bool:
        """Switched off by the offerer (RFC 8829, 5.2.2); bundle-only sections have port 0 too."""
        return self.port == 0 and not self.bundle_only


class SessionDescription(msgspec.Struct):
    """A parsed offer."""

    sections: list[Section]
    bundle: list[str]
    """mids of the first BUNDLE group."""
    ice_lite: bool
