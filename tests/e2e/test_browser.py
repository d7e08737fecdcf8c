"""Recordings of a real browser: Chromium's encoders, congestion control and network stack.

The page is our own (``page/``) and says what a VDO.Ninja page says. Every encoded frame is taken
on its way to the network, so that files can be compared with what was sent.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from statistics import correlation
from typing import Any

import av
import pytest

from roomdeck.core.model import Codec, Kind
from roomdeck.core.recording.check import CheckReport, check
from roomdeck.core.recording.sentlog import SentFrame
from roomdeck.core.rtp.bitstream.vp9 import split_superframe

from ..core.server.authority import Authority
from .browser import Browser, Page, chromium, find_chromium
from .lab import SOON, Lab, Line
from .pictures import counters
from .tapped import save_sent

_BINARY = find_chromium()
# A browser encodes in software: beside other tests it measures the machine, not roomdeck.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(_BINARY is None, reason="no Chromium is installed"),
]


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with chromium(_BINARY or "") as browser:
        yield browser


def _recorded(seconds: float, stream: str = "alice") -> Callable[[Line], bool]:
    def enough(line: Line) -> bool:
        return any(s["stream"] == stream and s["seconds"] > seconds for s in line["streams"])

    return enough


def _sizes(report: CheckReport) -> list[tuple[int, int]]:
    assert report.video is not None
    return [(size.width, size.height) for size in report.video.sizes]


def _alike(frame: Any) -> float:
    """How alike both sides of a piece of sound are, 0 to 1; silence is."""
    left, right = (memoryview(plane).cast("f")[: frame.samples] for plane in frame.planes)
    return abs(correlation(left, right)) if any(left) and any(right) else 1.0


async def _sent_video(page: Page) -> int:
    (video,) = await page.stats("outbound-rtp", "video")
    return video["framesEncoded"]


def _flushed(report: CheckReport, sent: Sequence[SentFrame]) -> tuple[int, int]:
    """How many frames were sent in part or not at all, and in how many places.

    A key frame drops what is before it in the queue of Chromium's pacer, without a gap in the
    sequence numbers.
    """
    video = [one for one in sent if one.kind is Kind.VIDEO]
    ranges = {one.kind: one.missing_ranges for one in report.comparisons}[Kind.VIDEO]
    assert all(video[last + 1].key for _, last in ranges), ranges
    return sum(last + 1 - first for first, last in ranges), len(ranges)


@pytest.mark.parametrize("codec", [Codec.VP8, Codec.H264, Codec.VP9, Codec.AV1])
async def test_what_chromium_encodes_is_in_the_file(
    lab: Lab, browser: Browser, codec: Codec
) -> None:
    recorder = await lab.record()
    page = await browser.publish(
        lab.server.url, "alice", codec=codec, number=42, noise=0.2, tap=1, keepsize=1
    )
    await recorder.status(_recorded(3))
    await page.run("publisher.scale(2)")
    await recorder.status(_recorded(6))
    encoded = await _sent_video(page)
    await page.run("publisher.leave()")
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    sent = await save_sent(page, codec, lab.sent("alice"))
    report = await lab.check(take)
    flushed, places = _flushed(report, sent)
    assert report.problems == ([f"picture: {flushed} sent frames are missing"] if flushed else [])
    assert take["reason"] == "bye"
    assert take["holes"] <= places
    assert take["video"]["codec"] == codec
    # A few more are encoded between the question and the goodbye.
    assert take["video"]["frames"] >= encoded - 5
    assert {one.kind: one.first for one in report.comparisons}[Kind.VIDEO] == 0
    assert len([one for one in sent if one.kind is Kind.AUDIO]) > 50
    assert _sizes(report) == [(640, 360), (320, 180)]
    seen = [code for code in counters(Path(take["file"])) if code]
    assert len(seen) > 0.9 * take["video"]["frames"]
    assert {number for number, _ in seen} == {42}
    numbers = [counter for _, counter in seen]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("layers", ["L2T3", "L2T3_KEY", "L3T3", "L3T3_KEY"])
async def test_of_spatial_layers_the_largest_is_shown(
    lab: Lab, browser: Browser, layers: str
) -> None:
    recorder = await lab.record()
    page = await browser.publish(
        *(lab.server.url, "alice"),
        **{"codec": "vp9", "scalability": layers, "width": 960, "height": 540},
        **{"fps": 15, "bitrate": 4000, "keepsize": 1},
    )
    await recorder.status(_recorded(6))
    (sent,) = await page.stats("outbound-rtp", "video")
    await page.run("publisher.leave()")
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    assert sent["scalabilityMode"] == layers
    report = check(Path(take["file"]))
    assert report.video is not None
    assert (report.video.error_count, report.video.frames) == (0, report.video.decoded)
    container: Any
    with av.open(take["file"]) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert any(len(split_superframe(packet)) > 1 for packet in packets)


async def test_sound_comes_twice_and_one_codec_is_agreed_on(lab: Lab, browser: Browser) -> None:
    recorder = await lab.record("--codec", "h264")
    page = await browser.publish(lab.server.url, "alice")
    await recorder.line("take.start", "alice")
    first, second = await page.run("publisher.answers")
    codecs = {one["mimeType"] for one in await page.stats("codec")}
    (request,) = await page.run("publisher.requests")
    await page.run("publisher.ping(17)")
    assert await page.until("publisher.pongs[0]") == 17
    assert await recorder.stop() == 0

    assert "m=video" not in first
    video, audio = second[second.index("m=video") :].split("m=audio")
    assert video.count("a=rtpmap") == 2
    assert "H264/90000" in video
    assert "transport-wide-cc" in video
    assert "video-orientation" not in video
    assert audio.splitlines()[0].split()[-2:] == ["63", "111"]
    assert "video/H264" in codecs
    assert request["preferVideoCodec"] == "h264"


async def test_stereo_and_its_rate_are_what_was_asked_for(lab: Lab, browser: Browser) -> None:
    recorder = await lab.record("--stereo", "--audio-bitrate", "128")
    await browser.publish(lab.server.url, "alice", stereo=1, width=320, height=180)
    await recorder.status(_recorded(4))
    await recorder.stop()
    take = await recorder.line("take.end", "alice")

    assert take["audio"]["channels"] == 2
    container: Any
    with av.open(take["file"]) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        seconds = float((packets[-1].pts - packets[0].pts) * packets[0].time_base)
        sizes = sum(packet.size for packet in packets)
    assert 8 * sizes / seconds == pytest.approx(128_000, rel=0.1)
    with av.open(take["file"]) as container:
        # The beep is the same on both sides.
        assert min(map(_alike, container.decode(audio=0))) < 0.5


@pytest.mark.parametrize(
    "parameters", ["packetization-mode=0,42e01f", "packetization-mode=1,4d001f"]
)
async def test_other_kinds_of_h264_from_a_publisher_that_offers_media_at_once(
    lab: Lab, browser: Browser, parameters: str
) -> None:
    recorder = await lab.record()
    page = await browser.publish(
        *(lab.server.url, "alice"), codec="h264", format=parameters, mediafirst=1, tap=1
    )
    await recorder.status(_recorded(1))
    await page.run("publisher.leave()")
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0

    await save_sent(page, Codec.H264, lab.sent("alice"))
    report = await lab.check(take)
    assert not report.bad, report.problems
    answers = await page.run("publisher.answers")
    assert all(word in answers[0] for word in parameters.split(","))


async def test_a_page_that_hides_its_addresses_is_recorded(lab: Lab) -> None:
    recorder = await lab.record("--password", "false")
    async with chromium(_BINARY or "", devices=False) as browser:
        page = await browser.publish(
            lab.server.url, "alice", permission=0, audio=0, password="false"
        )
        await recorder.line("take.start", "alice")
        candidates = await page.run("publisher.candidates")
        await recorder.stop()

    assert candidates
    assert all(".local " in candidate for candidate in candidates)


async def test_a_reload_is_a_second_take_and_a_closed_tab_a_goodbye(
    lab: Lab, browser: Browser
) -> None:
    recorder = await lab.record()
    page = await browser.publish(lab.server.url, "alice", width=320, height=180)
    await recorder.line("take.start", "alice")
    await page.reload()
    first = await recorder.line("take.end", "alice")
    await recorder.line("take.start", "alice", count=2)
    await page.close()
    second = await recorder.line("take.end", "alice", count=2)
    assert await recorder.stop() == 0

    assert (first["reason"], second["reason"]) == ("bye", "bye")
    assert first["file"] != second["file"]
    assert not check(Path(first["file"])).bad
    assert not check(Path(second["file"])).bad


async def test_a_screen_share_has_its_own_file_and_a_crash_is_noticed(
    lab: Lab, browser: Browser
) -> None:
    recorder = await lab.record()
    page = await browser.publish(lab.server.url, "alice", number=3, noise=0)
    await recorder.line("take.start", "alice")
    await page.run("publisher.share(800, 450)")
    await recorder.status(_recorded(2, "alice-screen"))
    await page.run("publisher.stopShare()")
    screen = await recorder.line("take.end", "alice-screen")
    await browser.kill()
    camera = await recorder.line("take.end", "alice")
    await recorder.stop()

    assert (screen["reason"], camera["reason"]) == ("share-ended", "vanished")
    assert screen["audio"] is None
    report = check(Path(screen["file"]))
    assert not report.bad, report.problems
    assert {code[0] for code in counters(Path(screen["file"])) if code} == {4}
    assert {code[0] for code in counters(Path(camera["file"])) if code} == {3}
    assert camera["audio"]["packets"] > 100


async def test_who_still_believes_in_the_connection_of_a_killed_worker_is_recorded_again(
    lab: Lab, browser: Browser
) -> None:
    recorder = await lab.record()
    page = await browser.publish(lab.server.url, "alice", width=320, height=180)
    await recorder.status(_recorded(2))
    os.kill(lab.worker_pid(1), signal.SIGKILL)
    lost = await recorder.line("take.end", "alice")
    begun = await recorder.line("take.start", "alice", count=2)
    await recorder.status(_recorded(2))
    await page.run("publisher.leave()")
    take = await recorder.line("take.end", "alice", count=2)
    await recorder.stop()

    assert begun["time"] - lost["time"] < SOON
    assert (lost["reason"], take["reason"]) == ("worker-lost", "bye")
    assert not check(Path(take["file"])).bad


# ── pages and the certificate of `roomdeck serve` ────────────────────────────────────────


async def _recorded_over(lab: Lab, browser: Browser, server: str, *trust: str) -> None:
    """A page publishes over a server, and what it sent is in its file."""
    recorder = await lab.record("--server", server, *trust)
    page = await browser.publish(server, "alice", codec="vp8", tap=1, keepsize=1)
    await recorder.status(_recorded(2))
    await page.run("publisher.leave()")
    take = await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    sent = await save_sent(page, Codec.VP8, lab.sent("alice"))
    assert _flushed(await lab.check(take), sent) == (0, 0)


async def test_a_guest_accepts_the_certificate_that_serve_made_and_is_recorded(
    lab: Lab, browser: Browser
) -> None:
    server = await lab.run("serve", "--tls", "--port", "0", "--json", XDG_DATA_HOME=str(lab.folder))
    said = await server.line("server")
    url, certificate = said["url"], said["certificate"]
    # Without that, a page learns only that the connection failed.
    early = await browser.publish(url, "early")
    assert await early.until("publisher.socket.readyState === WebSocket.CLOSED")
    page = await browser.accept(url.replace("wss://", "https://"))
    assert await page.until("document.title === 'Connected'")
    await _recorded_over(lab, browser, url, "--tls-ca", certificate)
    assert await server.stop() == 0


@pytest.mark.skipif(shutil.which("certutil") is None, reason="no certutil is installed")
async def test_a_certificate_that_the_browser_trusts_needs_no_click(lab: Lab) -> None:
    authority = Authority()
    (own := lab.folder / "ca.pem").write_bytes(authority.own.pem)
    files = authority.issue("localhost").put(lab.folder)
    words = ("--tls-cert", str(files.certificate), "--tls-key", str(files.key), "--port", "0")
    server = await lab.run("serve", *words, "--json")
    url = (await server.line("server"))["url"].replace("127.0.0.1", "localhost")
    async with chromium(_BINARY or "", authority=own) as browser:
        await _recorded_over(lab, browser, url, "--tls-ca", str(own))
    assert await server.stop() == 0
