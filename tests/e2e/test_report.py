"""What an editor sees first of a session: its report, made by itself when the recording ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec
import pytest

from roomdeck.core.config import RecordConfig
from roomdeck.core.delivery.report import make_report, write_report
from roomdeck.core.delivery.report.words import plain
from roomdeck.core.model import Codec
from roomdeck.core.recording.sidecar import SessionInfo, Sidecar, merge

from ..core.delivery.report.pages import Parsed
from ..core.delivery.report.sessions import STARTED, eventful, long_session, marker
from ..core.recording import films
from ..core.recording.media import video
from .browser import Browser, Page, chromium, find_chromium
from .lab import Lab


async def test_it_is_there_when_the_recording_has_ended(lab: Lab, tmp_path: Path) -> None:
    settings = tmp_path / "with-report.toml"
    settings.write_text("workers = 1\n")
    recorder = await lab.record(ROOMDECK_CONFIG=str(settings))
    alice = lab.publish("alice", Codec.H264, seconds=None)
    bob = lab.publish("bob", Codec.VP8, seconds=2.0)
    await recorder.line("take.end", "bob")
    alice.stop()
    await recorder.line("take.end", "alice")
    assert await recorder.stop() == 0
    assert bob

    (said,) = recorder.all("report")
    (sidecar,) = lab.output.glob("*.json")
    beside = {end: str(sidecar.with_suffix(end)) for end in (".html", ".txt")}
    assert (said["html"], said["text"]) == (beside[".html"], beside[".txt"])
    page, text = _read(said["html"]), _read(said["text"])
    parsed = Parsed(page)
    files = {Path(line["file"]).name for line in recorder.all("take.end")}
    assert {link for link in parsed.values("a", "href") if link[0] != "#"} == {
        f"./{name}" for name in files
    }
    assert all(name in text for name in files)
    assert "2 good" in parsed.text
    assert {*parsed.values("img", "alt")}
    types = [line["type"] for line in recorder.lines]
    assert types.index("report") < types.index("engine.end")


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


async def test_an_engine_on_which_nobody_looks_makes_it_too(lab: Lab) -> None:
    config = RecordConfig(room=lab.room(), output=str(lab.output), prefix="lab", workers=1)
    lab.publish("alice")
    await lab.record_apart(config)
    (text,) = lab.output.glob("*.txt")
    (page,) = lab.output.glob("*.html")
    (take,) = lab.output.glob("*.ts")
    assert take.name in text.read_text(encoding="utf-8")
    assert take.name in page.read_text(encoding="utf-8")


# ── in a browser ─────────────────────────────────────────────────────────────────────────────

_BINARY = find_chromium()
_BROKEN = {"Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"}
_MEASURE = """[...document.querySelectorAll('.lane')].map((lane) => {
  const all = lane.getBoundingClientRect();
  return [...lane.querySelectorAll('rect.bar')].map((bar) => {
    const one = bar.getBoundingClientRect();
    return [(one.left - all.left) / all.width, (one.right - all.left) / all.width, all.width];
  });
})"""
in_a_browser = pytest.mark.skipif(_BINARY is None, reason="no Chromium is installed")


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    async with chromium(_BINARY or "") as browser:
        yield browser


def _reported(folder: Path, known: Sidecar) -> Path:
    """A report of a session whose files are there."""
    for take in known.takes[:4]:
        if take.file:
            films.save(folder / take.file, films.timed(video(Codec.H264)))
    path = folder / "lab.json"
    merge(path, known.session, known.takes, known.markers, known.happenings)
    levels = {"alice": [(10.0 + second, -30.0) for second in range(90)]}
    return write_report(path, *make_report(path, levels=levels))[0]


async def _opened(browser: Browser, file: Path) -> Page:
    page = await browser.open(file.as_uri(), "Log", "Runtime", "Network", "Page")
    await page.until("location.protocol === 'file:' && document.readyState === 'complete'")
    return page


def _asked_for(browser: Browser) -> list[str]:
    """What was loaded: the page, and pictures that are in it."""
    sent = [words for method, words in browser.events if method == "Network.requestWillBeSent"]
    return [words["request"]["url"] for words in sent]


@pytest.mark.browser
@in_a_browser
async def test_a_browser_shows_each_take_in_its_place(browser: Browser, tmp_path: Path) -> None:
    file = _reported(tmp_path, eventful())
    page = await _opened(browser, file)
    ground: set[str] = set()
    for width, dark in ((1200, False), (390, False), (1200, True)):
        await page.show(width, dark=dark)
        assert await page.run("document.documentElement.scrollWidth") <= width
        alice, bob, eve = await page.run(_MEASURE)
        # The axis goes from 0 to 100 s.
        for lane, places in (
            (alice, [(0.1, 1.0)]),
            (bob, [(0.2, 0.5), (0.6, 1.0)]),
            (eve, [(0.7, 0.7)]),
        ):
            for (left, right, all_), (begin, end) in zip(lane, places, strict=True):
                assert abs(left - begin) * all_ < 1.5
                assert abs(right - end) * all_ < 1.5
        ground.add(await page.run("getComputedStyle(document.body).backgroundColor"))
    assert len(ground) == 2
    pictures = "[...document.images].map((image) => image.naturalWidth)"
    assert {*await page.run(pictures)} == {64}
    curve = "document.querySelector('.level').getBoundingClientRect().width"
    assert await page.run(f"{curve} / document.querySelector('.lane').clientWidth") > 0.85
    file_of = "document.querySelector('.takes a').href"
    assert await page.run(file_of) == (tmp_path / "lab_alice.ts").as_uri()
    assert [url for url in _asked_for(browser) if not url.startswith("data:image/jpeg")] == [
        file.as_uri()
    ]
    assert [event for event in browser.events if event[0] in _BROKEN] == []


@pytest.mark.browser
@in_a_browser
async def test_a_browser_obeys_nothing_that_guests_wrote(browser: Browser, tmp_path: Path) -> None:
    evil = "</title></svg><script>window.owned = 1</script><img src=x onerror='window.owned = 1'>"
    takes = tuple(
        msgspec.structs.replace(take, label=evil, raw_id=evil, error=evil)
        for take in eventful().takes
    )
    known = msgspec.structs.replace(
        long_session(500, 26),
        takes=(*takes, *long_session(500, 26).takes),
        markers=(marker(20.0, evil),),
        session=SessionInfo(room=evil, server="ws://x", started=STARTED),
    )
    file = _reported(tmp_path, known)
    page = await _opened(browser, file)
    assert await page.run("document.scripts.length") == 0
    assert await page.run("typeof window.owned") == "undefined"
    assert await page.run("document.querySelector('h1').textContent") == plain(evil)
    bars = await page.run("document.querySelectorAll('rect.bar').length")
    assert bars >= len(known.takes)
    # What the page itself may not do: run a script, and ask for anything.
    policy = """(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.owned = 1';
      document.body.append(script);
      const refused = await fetch('lab.json').then(() => false, () => true);
      return [typeof window.owned, refused];
    })()"""
    assert await page.run(policy) == ["undefined", True]
