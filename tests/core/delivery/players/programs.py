"""Programs that open delivered files: what each finds in a file, and what it shows where."""

from __future__ import annotations

import base64
import contextlib
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import av

from .scene import SECONDS, SMALL, File, Luma, all_of, small

_HERE = Path(__file__).parent
_PATIENCE = 60
_HANGS = 15
"""Seconds that a program gets that may hang."""
_TRIES = 4
"""Of such a program."""
_SOMEBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
"""VLC does not run as root."""
_PYTHON = "/usr/bin/python3"


class Found(NamedTuple):
    """What a program makes of a file."""

    picture: bool | None = None
    """Whether there is one; ``None``: it does not say."""
    sound: bool | None = None
    seconds: float | None = None
    """How long it is, or the sum of what is decoded."""
    timecode: str | None = None
    shown: Sequence[Luma] | None = None
    """The picture at each slot that was asked for; ``None``: it cannot jump."""
    words: str = ""
    """What else it complains of."""


class Program(NamedTuple):
    """Something that opens files."""

    name: str
    version: Callable[[], str]
    """Empty: it is not installed."""
    look: Callable[[File, Sequence[int]], Found]
    """Opens a file, and jumps to slots."""
    suffixes: frozenset[str] = frozenset({".mp4", ".m4a", ".mov", ".wav"})
    """Of files that it claims to be for."""
    off: int = 0
    """Slots by which its own jumps are off, also in files of others."""


def faults(program: Program, file: File, slots: Sequence[int]) -> list[str]:
    """Return what is wrong with a file in a program, in words."""
    try:
        found = program.look(file, slots)
    except (OSError, ValueError, LookupError, StopIteration, subprocess.SubprocessError) as error:
        return [f"does not open: {str(error)[:200]}"]
    wrong = [found.words] if found.words else []
    for kind, there, wanted in (
        ("picture", found.picture, bool(file.shows)),
        ("sound", found.sound, file.sound),
    ):
        if there is not None and there != wanted:
            wrong.append(f"no {kind}" if wanted else f"a {kind}")
    # One of its pictures, or one frame of AAC: those who do not heed edit lists count a whole one.
    frame = max(1 / file.fps if file.fps else 0.0, 0.024)
    if found.seconds is not None and abs(found.seconds - SECONDS) > frame + 1e-3:
        wrong.append(f"{found.seconds:.3f} s long")
    if file.fps and found.timecode is not None and found.timecode != "22:13:20:00":
        wrong.append(f"timecode {found.timecode!r}")
    for slot, shown in zip(slots, found.shown or (), strict=bool(found.shown)):
        near = range(slot - program.off, slot + program.off + 1)
        if not any(0 <= one < len(file.shows) and file.is_at(shown, one) for one in near):
            wrong.append(f"another picture at {slot}")
    return wrong


def _run(
    *words: str | Path, timeout: float = _PATIENCE, **more: Any
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        **more,
    )


def _run_again(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program that now and then hangs at its end, whatever it was given.

    Raises:
        TimeoutExpired: It hangs every time.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(subprocess.TimeoutExpired):
            return _run(*words, timeout=_HANGS)
    return _run(*words)


def _version(name: str, *words: str, pattern: str = r"(\d+(?:\.\d+)+)") -> Callable[[], str]:
    @functools.cache
    def said() -> str:
        if shutil.which(name) is None:
            return ""
        done = _run(name, *words)
        number = re.search(pattern, done.stdout + done.stderr)
        return number[1] if number else "?"

    return said


def _read(path: Path) -> Luma:
    container: Any
    with av.open(str(path)) as container:
        return small(next(container.decode(video=0)))


# ── ffmpeg ──


def _ffprobe(file: File, _: Sequence[int]) -> Found:
    done = _run(
        "ffprobe", "-v", "warning", "-of", "json", "-show_streams", "-show_format", file.path
    )
    said = json.loads(done.stdout)
    by_kind = {one["codec_type"]: one for one in said["streams"]}
    rates = {one["avg_frame_rate"] for one in said["streams"] if one["codec_type"] == "video"}
    words = _ffmpeg_words(done.stderr)
    if rates and rates != {f"{round(file.fps)}/1"}:
        words += f" rates {rates}"
    code = by_kind.get("data", {}).get("tags", {}).get("timecode", "") if file.fps else None
    seconds = float(said["format"]["duration"])
    return Found("video" in by_kind, "audio" in by_kind, seconds, code, words=words)


def _ffmpeg_words(said: str) -> str:
    # Its own remark on a track of timecode, which is none that can be decoded.
    return " ".join(line for line in said.splitlines() if "codec with id 0" not in line)


def _ffmpeg(file: File, slots: Sequence[int]) -> Found:
    whole = _run(
        *("ffmpeg", "-v", "warning", "-xerror", "-i", file.path),
        *("-map", "0:v?", "-map", "0:a?", "-f", "null", "-"),
    )
    shown = [_ffmpeg_at(file, slot) for slot in slots]
    return Found(shown=shown, words=_ffmpeg_words(whole.stderr))


def _ffmpeg_at(file: File, slot: int) -> Luma:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "at.png"
        second = max(0.0, (slot - 0.25) / file.fps)
        _run(
            "ffmpeg", "-v", "error", "-ss", f"{second:.6f}", "-i", file.path, "-frames:v", "1", path
        )
        return _read(path)


# ── programs that look at containers ──


def _mediainfo(file: File, _: Sequence[int]) -> Found:
    said = json.loads(_run("mediainfo", "--Output=JSON", file.path).stdout)
    tracks = {one["@type"]: one for one in said["media"]["track"]}
    video, code = tracks.get("Video", {}), tracks.get("Other", {})
    words = ""
    if file.fps and (video.get("FrameRate_Mode"), float(video["FrameRate"])) != ("CFR", file.fps):
        words = f"rate {video.get('FrameRate_Mode')} {video['FrameRate']}"
    seconds = float(tracks["General"]["Duration"])
    first = code.get("TimeCode_FirstFrame", "")
    return Found("Video" in tracks, "Audio" in tracks, seconds, first, words=words)


def _mkvmerge(file: File, slots: Sequence[int]) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.mkv"
        done = _run("mkvmerge", "-o", path, file.path)
        words = " ".join(
            line
            for line in done.stdout.splitlines()
            if line.startswith(("Warning", "Error")) and "timecode" not in line.lower()
        )
        said = json.loads(_run("mkvmerge", "-J", path).stdout)
        kinds = {one["type"] for one in said["tracks"]}
        seconds = said["container"]["properties"]["duration"] / 1e9
        container: Any
        shown: list[Luma] = []
        if file.fps:
            with av.open(str(path)) as container:
                pictures = [small(frame) for frame in container.decode(video=0)]
            shown = [pictures[slot] for slot in slots if slot < len(pictures)]
        return Found("video" in kinds, "audio" in kinds, seconds, shown=shown, words=words)


def _mp4box(file: File, _: Sequence[int]) -> Found:
    done = _run("MP4Box", "-info", file.path)
    said = done.stdout + done.stderr
    lasts = re.search(r"Duration (\d+):(\d+):(\d+\.\d+)", said)
    seconds = (
        sum(float(x) * y for x, y in zip(lasts.groups(), (3600, 60, 1), strict=True))
        if (lasts)
        else None
    )
    words = " ".join(line for line in said.splitlines() if re.search(r"(?i)error|corrupt", line))
    return Found("vide" in said, "soun" in said, seconds, words=words)


@functools.cache
def _node_module() -> str:
    """A folder with the package mp4box of npm, if there is one (`NODE_PATH`)."""
    folders = os.environ.get("NODE_PATH", "").split(":") if shutil.which("node") else []
    found = (Path(one) / "mp4box" for one in folders if one)
    return next((str(one) for one in found if one.exists()), "")


def _node_version() -> str:
    module = _node_module()
    return json.loads((Path(module) / "package.json").read_text())["version"] if module else ""


_NODE = """
const { createFile } = require("mp4box");
const data = require("fs").readFileSync(process.argv[1]);
const file = createFile();
file.onError = (...words) => { throw new Error(words.join(" ")); };
file.onReady = (info) => console.log(JSON.stringify(info));
const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
buffer.fileStart = 0;
file.appendBuffer(buffer);
file.flush();
"""


def _mp4box_js(file: File, _: Sequence[int]) -> Found:
    done = _run("node", "-e", _NODE, file.path)
    said = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    tracks = {one["type"]: one for one in said["tracks"]}
    words = "" if done.returncode == 0 else done.stderr[:200]
    if file.fps and tracks["video"]["nb_samples"] != round(SECONDS * file.fps):
        words += f" {tracks['video']['nb_samples']} pictures"
    seconds = said["duration"] / said["timescale"]
    return Found("video" in tracks, "audio" in tracks, seconds, words=words)


# ── GStreamer ──


def _gst_bindings() -> str:
    script = (
        "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst;"
        "Gst.init(None); print(Gst.version_string())"
    )
    if not Path(_PYTHON).exists():
        return ""
    done = _run(_PYTHON, "-c", script)
    found = re.search(r"(\d+\.\d+\.\d+)", done.stdout)
    return found[1] if done.returncode == 0 and found else ""


def _discoverer_version() -> str:
    there = shutil.which("gst-discoverer-1.0") is not None
    return _version("gst-launch-1.0", "--version", pattern=r"(\d+\.\d+\.\d+)")() if there else ""


def _discoverer(file: File, _: Sequence[int]) -> Found:
    said = _run("gst-discoverer-1.0", "-v", file.path).stdout
    lasts = re.search(r"Duration: (\d+):(\d+):([\d.]+)", said)
    seconds = (
        sum(float(x) * y for x, y in zip(lasts.groups(), (3600, 60, 1), strict=True))
        if lasts
        else None
    )
    rate = re.search(r"Frame rate: (\d+)/(\d+)", said)
    wrong = bool(file.fps) and (rate is None or int(rate[1]) / int(rate[2]) != file.fps)
    words = f"rate {rate and rate[0]}" if wrong else ""
    return Found("video #" in said, "audio #" in said, seconds, words=words)


def _gstreamer(file: File, slots: Sequence[int]) -> Found:
    seconds = [f"{(slot + 0.5) / file.fps:.6f}" for slot in slots]
    done = _run(_PYTHON, _HERE / "gst_seek.py", file.path, *seconds)
    said = json.loads(done.stdout)
    shown = [_grey(*one) for one in said["found"]]
    words = ""
    if file.fps and said["pictures"] != round(SECONDS * file.fps):
        words = f"{said['pictures']} pictures are decoded"
    heard = said["samples"] / 48000
    if file.sound and abs(heard - SECONDS) > 0.05:
        words += f" {heard:.3f} s of sound are decoded"
    lasts = said["seconds"] or None
    return Found(said["pictures"] > 0, said["samples"] > 0, lasts, shown=shown, words=words)


def _grey(width: int, height: int, data: str) -> Luma:
    frame = av.VideoFrame(width, height, "gray")
    plane, rows = frame.planes[0], base64.b64decode(data)
    lines = [
        rows[at : at + width].ljust(plane.line_size, b"\0")
        for at in range(0, width * height, width)
    ]
    plane.update(b"".join(lines))
    return small(frame)


# ── players ──


def _mpv(file: File, slots: Sequence[int]) -> Found:
    quiet = ("mpv", "--no-config", "--msg-level=all=warn")
    fast = ("--vo=null", "--untimed", "--ao=pcm", f"--ao-pcm-file={os.devnull}")
    whole = _run(*quiet, *fast, file.path)
    told = _run(
        *quiet[:2],
        "--msg-level=all=warn,cplayer=info,statusline=status",
        "--vo=null",
        "--ao=null",
        "--end=0.3",
        "--term-status-msg=@${=duration}",
        file.path,
    ).stdout
    lasts = re.search(r"@(\d+\.\d+)", told)
    seconds = float(lasts[1]) if lasts else None
    shown: list[Luma] = []
    for slot in slots:
        with tempfile.TemporaryDirectory() as folder:
            second = max(0.0, (slot - 0.25) / file.fps)
            _run(
                *quiet,
                "--no-audio",
                "--vo=image",
                "--vo-image-format=png",
                "--frames=1",
                f"--vo-image-outdir={folder}",
                f"--start={second:.6f}",
                "--hr-seek=yes",
                file.path,
            )
            shown.append(_read(Path(folder) / "00000001.png"))
    words = " ".join(line for line in whole.stderr.splitlines() if "dummy" not in line.lower())
    return Found("--vid=1" in told, "--aid=1" in told, seconds, shown=shown, words=words)


def _vlc_version() -> str:
    if shutil.which("cvlc") is None or shutil.which("setpriv") is None:
        return ""
    said = _run(*_SOMEBODY, "vlc", "--version") if os.geteuid() == 0 else _run("vlc", "--version")
    number = re.search(r"\d+\.\d+\.\d+", said.stdout)
    return number[0] if number else ""


def _vlc(file: File, slots: Sequence[int]) -> Found:
    first = _SOMEBODY if os.geteuid() == 0 else ()
    shown: list[Luma] = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o777)
        shutil.copy(file.path, path := place / file.path.name)
        path.chmod(0o644)
        quiet = (*first, "cvlc", "--ignore-config", "--play-and-exit", "-vv")
        environment = os.environ | {"HOME": folder}
        whole = _run(
            *quiet,
            "--vout=dummy",
            "--aout=afile",
            f"--audiofile-file={place / 'out.wav'}",
            "--run-time=1",
            path,
            "vlc://quit",
            env=environment,
        )
        heard = (place / "out.wav").exists() and (place / "out.wav").stat().st_size > 30_000
        said = whole.stderr
        for slot in slots:
            for old in place.glob("v*.png"):
                old.unlink()
            _run(
                *quiet,
                "--no-audio",
                "--vout=dummy",
                "--video-filter=scene",
                "--scene-ratio=1",
                "--scene-format=png",
                f"--scene-path={folder}",
                "--scene-prefix=v",
                f"--start-time={(slot + 0.5) / file.fps:.6f}",
                "--run-time=0.2",
                path,
                "vlc://quit",
                env=environment,
            )
            shown.append(_read(min(place.glob("v*.png"))))
    seen = bool(re.search(r"using video decoder module|Video : |avcodec decoder", said))
    return Found(seen if file.fps else None, heard, shown=shown)


def _melt(file: File, slots: Sequence[int]) -> Found:
    said = _run_again("melt", file.path, "-consumer", "xml").stdout
    properties = dict(re.findall(r'<property name="([^"]+)">([^<]*)<', said))
    rate = re.search(r'frame_rate_num="(\d+)" frame_rate_den="(\d+)"', said)
    fps = int(rate[1]) / int(rate[2]) if rate else 0.0
    seconds = int(properties["length"]) / fps if properties["length"].isdigit() else None
    kinds = {value for name, value in properties.items() if name.endswith(".stream.type")}
    words = f"rate {fps}" if file.fps and fps != file.fps else ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "at.y4m"
        cuts = [word for slot in slots for word in (file.path, f"in={slot}", f"out={slot}")]
        cuts += [file.path, "in=0", "out=9"]  # It may hang at the end of a single picture.
        form = ("f=yuv4mpegpipe", "vcodec=wrapped_avframe", "pix_fmt=yuv420p", "an=1")
        end = ("real_time=-1", "terminate_on_pause=1")
        if slots:
            _run_again("melt", *cuts, "-consumer", f"avformat:{path}", *form, *end)
        shown = all_of(path)[: len(slots)] if slots else []
    code = properties.get("meta.attr.0.stream.timecode.markup", "")
    return Found("video" in kinds, "audio" in kinds, seconds, code, shown, words)


# ── browsers ──


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, file: File, slots: Sequence[int]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        seconds = [(slot + 0.5) / file.fps for slot in slots]
        self.file = file.path
        self.list = json.dumps([{"url": file.path.name, "seconds": seconds}]).encode()
        self.found: dict[str, Any] = {}
        self.ended = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    @property
    def _asked(self) -> _Server:
        assert isinstance(self.server, _Server)
        return self.server

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        name = self.path.lstrip("/").partition("?")[0]
        if name == self._asked.file.name:
            self._send(self._asked.file.read_bytes(), "video/mp4")
        elif name == "list":
            self._send(self._asked.list, "application/json")
        elif name == "":
            self._send((_HERE / "page.html").read_bytes(), "text/html")
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._send(b"", "text/plain")
        if said is None:
            self._asked.ended.set()
        else:
            self._asked.found = said[1]

    def _send(self, data: bytes, kind: str) -> None:
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        begin = int(part[1]) if part else 0
        end = min(len(data), int(part[2]) + 1) if part and part[2] else len(data)
        self.send_response(206 if part else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - begin))
        if part:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(data[begin:end])


def _browser(*words: str) -> Callable[[File, Sequence[int]], Found]:
    def look(file: File, slots: Sequence[int]) -> Found:
        with _Server(file, slots) as server, tempfile.TemporaryDirectory() as profile:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_address[1]}/"
            filled = [word.replace("{profile}", profile) for word in words]
            quiet = subprocess.DEVNULL
            with subprocess.Popen([*filled, url], stdout=quiet, stderr=quiet) as process:
                server.ended.wait(_PATIENCE)
                process.terminate()
            server.shutdown()
            found = server.found
        pictures = [bytes(one) for one in found.get("pictures", ())]
        return Found(
            picture=bool(found.get("size", [0])[0]),
            sound=found.get("heard", 0) > SECONDS - 0.1,
            seconds=found.get("seconds"),
            shown=pictures if len(pictures) == len(slots) else None,
            words=found.get("error", "" if found else "it says nothing"),
        )

    return look


_CHROMIUM = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--autoplay-policy=no-user-gesture-required", "--user-data-dir={profile}"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_FIREFOX = ("firefox-esr", "--headless", "--no-remote", "--profile", "{profile}")
_FOR_BROWSERS = frozenset({".mp4", ".m4a", ".wav"})
_MP4 = frozenset({".mp4", ".m4a"})

PROGRAMS = {
    one.name: one
    for one in (
        Program("ffprobe", _version("ffprobe", "-version"), _ffprobe),
        Program("ffmpeg", _version("ffmpeg", "-version"), _ffmpeg),
        Program("MediaInfo", _version("mediainfo", "--Version"), _mediainfo),
        Program("gst-discoverer", _discoverer_version, _discoverer),
        Program("GStreamer", _gst_bindings, _gstreamer),
        Program("mkvmerge", _version("mkvmerge", "--version", pattern=r"v(\d+\.\d+)"), _mkvmerge),
        Program("MP4Box", _version("MP4Box", "-version"), _mp4box, _MP4 | {".mov"}),
        Program("mp4box.js", _node_version, _mp4box_js, _MP4),
        Program("mpv", _version("mpv", "--version"), _mpv),
        Program("VLC", _vlc_version, _vlc, off=2),
        Program("melt", _version("melt", "--version"), _melt),
        Program("Chromium", _version("chromium", "--version"), _browser(*_CHROMIUM), _FOR_BROWSERS),
        Program(
            "Firefox", _version("firefox-esr", "--version"), _browser(*_FIREFOX), _FOR_BROWSERS
        ),
    )
}
"""By name."""
assert SMALL == (64, 36), "page.html says so, too"
