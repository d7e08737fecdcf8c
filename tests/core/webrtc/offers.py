"""Offers as real publishers make them, reduced to what matters."""

from __future__ import annotations

SESSION = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\n"
TRANSPORT = (
    "c=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n"
    "a=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n"
)
CHANNEL = (
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    f"{TRANSPORT}a=mid:0\r\na=sctp-port:5000\r\n"
)
FEEDBACK = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
CHROMIUM = {
    96: ("VP8", ""),
    102: ("H264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f"),
    39: ("H264", "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f"),
    45: ("AV1", "level-idx=5;profile=0;tier=0"),
    98: ("VP9", "profile-id=0"),
    100: ("VP9", "profile-id=2"),
    118: ("red", ""),
}
RTX = {96: 97, 102: 103, 39: 40, 45: 46, 98: 99, 100: 101}
"""Payload types of retransmission."""


def video(
    codecs: dict[int, tuple[str, str]] = CHROMIUM,
    *,
    mid: str = "1",
    direction: str = "sendrecv",
    feedback: tuple[str, ...] = FEEDBACK,
    port: int = 9,
    extra: str = "",
) -> str:
    """A video section as Chromium offers it."""
    numbers = [n for number in codecs for n in (number, RTX.get(number)) if n is not None]
    lines = [f"m=video {port} UDP/TLS/RTP/SAVPF {' '.join(map(str, numbers))}"]
    for number, (name, parameters) in codecs.items():
        lines.append(f"a=rtpmap:{number} {name}/90000")
        lines += [f"a=rtcp-fb:{number} {item}" for item in feedback]
        if parameters:
            lines.append(f"a=fmtp:{number} {parameters}")
        if number in RTX:
            lines += [f"a=rtpmap:{RTX[number]} rtx/90000", f"a=fmtp:{RTX[number]} apt={number}"]
    lines += [
        "a=extmap:3 urn:3gpp:video-orientation",
        "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid",
        f"a={direction}",
        f"a=mid:{mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    return "\r\n".join(lines) + "\r\n" + TRANSPORT + extra


def audio(
    *,
    mid: str = "2",
    codecs: tuple[str, ...] = ("opus", "red", "G722", "PCMU", "PCMA"),
    direction: str = "sendrecv",
    opus: str = "minptime=10;useinbandfec=1",
    extra: str = "",
) -> str:
    """An audio section as Chromium offers it."""
    table: dict[str, tuple[int, list[str]]] = {
        "opus": (111, ["rtpmap:111 opus/48000/2", "rtcp-fb:111 transport-cc", f"fmtp:111 {opus}"]),
        "red": (63, ["rtpmap:63 red/48000/2", "fmtp:63 111/111"]),
        "G722": (9, ["rtpmap:9 G722/8000"]),
        "PCMU": (0, []),
        "PCMA": (8, []),
        "CN": (13, ["rtpmap:13 CN/8000"]),
    }
    numbers = " ".join(str(table[name][0]) for name in codecs)
    lines = [f"m=audio 9 UDP/TLS/RTP/SAVPF {numbers}"]
    lines += [f"a={line}" for name in codecs for line in table[name][1]]
    lines += [
        "a=extmap:14 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
        f"a={direction}",
        f"a=mid:{mid}",
        "a=rtcp-mux",
    ]
    return "\r\n".join(lines) + "\r\n" + TRANSPORT + extra


def offer(*sections: str, mids: str = "0 1 2 3 4") -> str:
    """A whole description."""
    return SESSION.format(mids=mids) + "".join(sections)
