"""What is answered to which offer."""

from __future__ import annotations

import pytest

from roomdeck.core.config import Sound
from roomdeck.core.errors import MediaError
from roomdeck.core.model import Codec, Kind
from roomdeck.core.rtp.packet import ExtensionIds
from roomdeck.core.rtp.track import PayloadFormat
from roomdeck.core.webrtc.answer import LocalTransport, write_answer
from roomdeck.core.webrtc.description import Section, SessionDescription
from roomdeck.core.webrtc.negotiation import Agreement, Wishes, negotiate
from roomdeck.core.webrtc.sdp import parse_offer

from .offers import CHANNEL, CHROMIUM, audio, offer, video

LOCAL = LocalTransport("ours", "x" * 22, ("sha-256", "CC"), "active", ("candidate:1 …",))


def agree(text: str, wishes: Wishes | None = None, before: Agreement | None = None) -> Agreement:
    return negotiate(parse_offer(text), wishes or Wishes(), before)


def answered(text: str, wishes: Wishes | None = None) -> SessionDescription:
    """The answer, read back."""
    return parse_offer(write_answer(agree(text, wishes), LOCAL, 1, 1))


def section(text: str, kind: str, wishes: Wishes | None = None) -> Section:
    return next(s for s in answered(text, wishes).sections if s.kind == kind)


def test_chromium_offer_gets_the_first_codec_and_redundant_opus() -> None:
    agreement = agree(offer(CHANNEL, video(), audio()))
    first, second = agreement.tracks
    assert first.choice.payloads == {
        96: PayloadFormat(codec=Codec.VP8, nack=True),
        97: PayloadFormat(rtx_for=96),
    }
    assert second.choice.payloads == {
        111: PayloadFormat(codec=Codec.OPUS),
        63: PayloadFormat(red=True),
    }
    assert agreement.extensions == ExtensionIds(transport_sequence=4, audio_level=14, mid=9)
    assert agreement.transport_cc
    assert agreement.channel
    assert agreement.channel.mid == "0"
    assert first.local_ssrc != second.local_ssrc


def test_answer_lists_only_what_is_received() -> None:
    text = write_answer(agree(offer(CHANNEL, video(), audio())), LOCAL, 5, 2)
    assert "o=- 5 2 IN IP4" in text
    assert "a=group:BUNDLE 0 1 2\r\n" in text
    assert "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n" in text
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n" in text
    assert text.count("a=recvonly") == 2
    assert "sendrecv" not in text
    assert "video-orientation" not in text
    assert "goog-remb" not in text
    assert "a=rtcp-fb:96 transport-cc" in text
    assert text.count("a=candidate:1 …") == 1
    assert text.count("a=setup:active") == 3


@pytest.mark.parametrize(
    ("preference", "numbers"),
    [
        (None, [96, 97]),
        (Codec.H264, [102, 103]),
        (Codec.AV1, [45, 46]),
        (Codec.VP9, [98, 99]),
        (Codec.H265, [96, 97]),
    ],
)
def test_preferred_codec_where_offered(preference: Codec | None, numbers: list[int]) -> None:
    answer = section(offer(video()), "video", Wishes(codec=preference))
    assert list(answer.formats) == numbers


@pytest.mark.parametrize(
    ("number", "codec"),
    [(39, Codec.H264), (45, Codec.AV1), (98, Codec.VP9), (100, Codec.VP9), (102, Codec.H264)],
)
def test_every_offered_form_is_answered_as_it_is(number: int, codec: Codec) -> None:
    """Payload types 35-63, VP9 profile 2, any H.264 profile, both packetization modes."""
    text = offer(video({number: CHROMIUM[number]}))
    assert agree(text).tracks[0].info.codec is codec
    answer = section(text, "video").formats[number]
    assert answer.parameters == CHROMIUM[number][1]


def test_h265_is_answered() -> None:
    assert agree(offer(video({49: ("H265", "")}))).tracks[0].info.codec is Codec.H265


def test_interleaved_h264_cannot_be_recorded() -> None:
    text = offer(video({102: ("H264", "packetization-mode=2"), 96: ("VP8", "")}))
    assert agree(text).tracks[0].info.codec is Codec.VP8


@pytest.mark.parametrize(
    ("codecs", "codec"),
    [
        (("PCMU", "PCMA", "opus"), Codec.OPUS),
        (("CN", "G722", "PCMU"), Codec.G722),
        (("PCMA", "PCMU"), Codec.PCMA),
        (("PCMU",), Codec.PCMU),
    ],
)
def test_other_audio_codecs_only_without_opus(codecs: tuple[str, ...], codec: Codec) -> None:
    assert agree(offer(audio(codecs=codecs))).tracks[0].info.codec is codec


def test_redundancy_of_something_else_is_not_taken() -> None:
    text = offer(audio()).replace("fmtp:63 111/111", "fmtp:63 9/9")
    assert list(section(text, "audio").formats) == [111]


def test_stereo_is_asked_for_where_it_is_offered() -> None:
    text = offer(audio(opus="minptime=10;sprop-stereo=1;stereo=1"))
    assert section(text, "audio").formats[111].parameters == "minptime=10;stereo=1"
    assert "stereo" not in section(offer(audio()), "audio").formats[111].parameters


@pytest.mark.parametrize(
    ("sound", "offered", "answered"),
    [
        (Sound(stereo=True), "minptime=10;useinbandfec=1", "minptime=10;useinbandfec=1;stereo=1"),
        (Sound(stereo=True), "stereo=0; sprop-stereo=0; usedtx=1", "usedtx=1;stereo=1"),
        (Sound(stereo=True), "", "stereo=1"),
        (Sound(bitrate=96_000), "minptime=10", "minptime=10;maxaveragebitrate=96000"),
        # What the publisher wants to receive is nothing that we want.
        (Sound(bitrate=96_000), "MaxAverageBitrate=20000", "maxaveragebitrate=96000"),
        (Sound(True, 510_000), "stereo=1", "stereo=1;maxaveragebitrate=510000"),
    ],
)
def test_stereo_and_a_rate_are_asked_for_on_request(
    sound: Sound, offered: str, answered: str
) -> None:
    wishes = Wishes(sound=sound)
    text = offer(audio(opus=offered), video())
    assert section(text, "audio", wishes).formats[111].parameters == answered
    assert section(text, "audio", wishes).formats[63].parameters == "111/111"
    assert section(text, "video", wishes) == section(text, "video")


def test_a_codec_without_channels_is_answered_as_it_is() -> None:
    text = offer(audio(codecs=("PCMU",)))
    wishes = Wishes(sound=Sound(True, 96_000))
    assert section(text, "audio", wishes) == section(text, "audio")


@pytest.mark.parametrize("unwanted", ["audio", "video"])
def test_unwanted_kind_is_inactive(unwanted: str) -> None:
    text = offer(video(), audio())
    wishes = Wishes(audio=unwanted != "audio", video=unwanted != "video")
    answer = answered(text, wishes)
    assert [s.direction for s in answer.sections if s.kind == unwanted] == ["inactive"]
    assert [s.direction for s in answer.sections if s.kind != unwanted] == ["recvonly"]
    sending = [t.info.kind for t in agree(text, wishes).tracks if t.sending]
    assert sending == [Kind.VIDEO if unwanted == "audio" else Kind.AUDIO]


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ("sendrecv", "recvonly"),
        ("sendonly", "recvonly"),
        ("recvonly", "inactive"),
        ("inactive", "inactive"),
    ],
)
def test_directions(offered: str, expected: str) -> None:
    assert section(offer(video(direction=offered)), "video").direction == expected


def test_section_without_a_codec_we_know_is_answered_but_inactive() -> None:
    """It may carry the transport of the bundle, so it is not rejected."""
    answer = answered(offer(video({120: ("theora", "")}), audio()))
    assert [(s.port, s.direction) for s in answer.sections] == [(9, "inactive"), (9, "recvonly")]


def test_switched_off_and_unbundled_sections_are_rejected() -> None:
    text = offer(CHANNEL, video(port=0), audio(mid="7"), mids="0 1")
    answer = answered(text)
    assert [s.port for s in answer.sections] == [9, 0, 0]
    assert answer.bundle == ["0"]
    assert agree(text).tracks == ()


def test_bundle_only_section_is_accepted() -> None:
    text = offer(audio(), video(port=0, extra="a=bundle-only\r\n"), mids="2 1")
    assert [s.port for s in answered(text).sections] == [9, 9]


def test_no_bundle_leaves_the_first_section() -> None:
    text = offer(video(), audio()).replace("a=group", "a=other")
    assert [s.port for s in answered(text).sections] == [9, 0]


def test_offered_roles() -> None:
    for setup in ("active", "passive", "actpass"):
        text = offer(video()).replace("actpass", setup)
        assert agree(text).transport.setup == setup


def test_estimate_feedback_without_transport_cc() -> None:
    feedback = ("goog-remb", "nack", "nack pli")
    agreement = agree(offer(video(feedback=feedback)))
    assert not agreement.transport_cc
    assert agreement.extensions.transport_sequence == 0
    text = write_answer(agreement, LOCAL, 1, 1)
    assert "transport-wide" not in text
    assert "a=rtcp-fb:96 goog-remb" in text


def test_renegotiation_keeps_codec_and_ssrc() -> None:
    first = agree(offer(CHANNEL, video()))
    reordered = dict(sorted(CHROMIUM.items(), key=lambda item: item[0] != 102))
    second = agree(offer(CHANNEL, video(reordered), audio()), before=first)
    assert second.tracks[0].choice.payloads == first.tracks[0].choice.payloads
    assert second.tracks[0].local_ssrc == first.tracks[0].local_ssrc


def test_renegotiation_follows_when_the_codec_is_gone() -> None:
    first = agree(offer(video()))
    second = agree(offer(video({102: CHROMIUM[102]})), before=first)
    assert second.tracks[0].info.codec is Codec.H264


def test_screen_share_indexes_do_not_count_the_application_section() -> None:
    sections = (CHANNEL, video(), audio(), audio(mid="3"), video(mid="4"))
    infos = [track.info for track in agree(offer(*sections)).tracks]
    assert [(i.mid, i.kind, i.index) for i in infos] == [
        ("1", Kind.VIDEO, 0),
        ("2", Kind.AUDIO, 1),
        ("3", Kind.AUDIO, 2),
        ("4", Kind.VIDEO, 3),
    ]


def test_streams_and_ssrcs_of_a_track() -> None:
    extra = (
        "a=ssrc-group:FID 1 2\r\na=ssrc:1 cname:x\r\na=ssrc:1 msid:camera track\r\n"
        "a=ssrc:2 cname:x\r\n"
    )
    track = agree(offer(video(extra=extra))).tracks[0]
    assert track.ssrcs == (1, 2)
    assert track.info.msid == "camera"


def test_ice_restart_needs_a_new_connection() -> None:
    first = agree(offer(video()))
    with pytest.raises(MediaError, match="restarts ICE"):
        agree(offer(video()).replace("ufrag:abcd", "ufrag:wxyz"), before=first)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=fingerprint", "a=ignored"),
        ("a=ice-ufrag", "a=ignored"),
        ("a=ice-pwd:0123456789", "a=ice-pwd:"),
        ("m=video 9", "m=video 0"),
    ],
)
def test_offers_that_cannot_be_connected(old: str, new: str) -> None:
    with pytest.raises(MediaError):
        agree(offer(video()).replace(old, new))


@pytest.mark.parametrize(
    ("name", "parameters", "sets"),
    [
        ("h264", "sprop-parameter-sets=Z0IAHw==,aM4=", [b"\x67\x42\x00\x1f", b"\x68\xce"]),
        ("h264", "sprop-parameter-sets=Z0IAHw==,*,aM4", [b"\x67\x42\x00\x1f"]),
        ("h264", "", []),
        (
            "h265",
            "sprop-vps=QAEM;sprop-sps=QgEB; sprop-pps=RAHA",
            [b"@\1\x0c", b"B\1\1", b"D\1\xc0"],
        ),
    ],
)
def test_parameter_sets_of_the_offer(name: str, parameters: str, sets: list[bytes]) -> None:
    text = offer(video({102: (name.upper(), f"packetization-mode=1;{parameters}")}))
    (track,) = agree(text).tracks
    assert track.choice.codec == name
    assert track.choice.parameter_sets == sets
