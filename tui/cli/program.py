"""The command line: every command, its options, its exit status."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from ...core.config import FLOOR, KEY_FRAMES, SYNC, RecordConfig, RoomConfig, Sound, is_hosted
from ...core.descriptors import raise_limit
from ...core.errors import JoinError, RoomdeckError, UsageError
from ...core.model import Codec
from ...core.signaling.invite_links import RoomLink
from ..dashboard.appearance import Appearance, can_show
from ..exits import Exit, Finished, finish
from ..lines.printer import STATUS_INTERVAL, Printer, narrate
from . import flags, quantities, running
from .dashboard_flags import with_appearance
from .options import (
    CONFIGURED,
    ENVIRONMENT,
    HOSTED_NOTE,
    TYPED,
    RoomFlags,
    Setting,
    configuration,
    container_kind,
    patterns,
    room_config,
    size,
    video_codec,
)

app = typer.Typer(
    name="roomdeck",
    help="A tape deck for VDO.Ninja rooms: records every stream, untouched, to its own file.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the program."""
    raise_limit()
    try:
        app()
    except Finished as finished:
        sys.exit(finished.args[0])
    except RoomdeckError as error:
        narrate(f"roomdeck: {error}")
        sys.exit(Exit.NOT_JOINED if isinstance(error, JoinError) else Exit.USAGE)
    except SystemExit as left:
        # Typer leaves with 2 where an option is wrong.
        sys.exit(Exit.USAGE if left.code == 2 else left.code)


def _print_version(wanted: bool) -> None:
    if wanted:
        # Loads importlib.metadata.
        from ...core.version import VERSION

        print(f"roomdeck {VERSION}")
        raise typer.Exit


@app.callback()
def roomdeck(
    context: typer.Context,
    config: Annotated[
        str | None,
        typer.Option(help="Configuration file (TOML); else ROOMDECK_CONFIG.", show_default=False),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    """Read the configuration before any command."""
    context.default_map = configuration(config, _settings(context))


def _settings(context: typer.Context) -> dict[str, dict[str, Setting]]:
    """Return what the configuration file may say, by command and option."""
    commands: dict[str, Any] = cast(Any, context.command).commands
    return {
        name: {
            option.removeprefix("--").replace("-", "_"): _setting(parameter)
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("--")
        }
        for name, command in commands.items()
    }


def _setting(parameter: Any) -> Setting:
    kind = parameter.type_descriptor.annotation
    scalar = kind if kind in (bool, int, float) else str
    return Setting(parameter.name, scalar, parameter.min, parameter.max)


_RANKS = {"COMMANDLINE": TYPED, "ENVIRONMENT": ENVIRONMENT, "DEFAULT_MAP": CONFIGURED}


def _where(context: typer.Context) -> tuple[RoomConfig, RoomLink]:
    """Read the options for the room, which every command that has them names alike."""
    names = {field.name for field in fields(RoomFlags)}
    values = {name: value for name, value in context.params.items() if name in names}

    def rank(name: str) -> int:
        source = context.get_parameter_source(name)
        return _RANKS.get(source.name, 0) if source is not None else 0

    where, link = room_config(RoomFlags(**values, rank=rank))
    if is_hosted(where.server):
        narrate(f"roomdeck: {HOSTED_NOTE}")
    return where, link


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


@app.command()
@with_appearance
def record(
    context: typer.Context,
    room: flags.Room = "",
    streams: flags.Streams = "",
    server: flags.Server = "",
    tls_ca: flags.TlsCa = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", envvar="ROOMDECK_OUTPUT", help="Folder of the files.")
    ] = Path(),
    prefix: Annotated[
        str,
        typer.Option(
            help="First part of every file name; else the room or the streams.",
            show_default=False,
        ),
    ] = "",
    password: flags.Password = None,
    password_file: flags.PasswordFile = "",
    salt: flags.Salt = "",
    family: flags.Family = "auto",
    only: Annotated[
        str, typer.Option(help="Record only these streams: a,b*", show_default=False)
    ] = "",
    exclude: Annotated[
        str, typer.Option(help="Never record these streams: c,d*", show_default=False)
    ] = "",
    codec: Annotated[
        str,
        typer.Option(help="Preferred video codec: h264, vp8, vp9, av1, h265.", show_default=False),
    ] = "",
    container: Annotated[
        str,
        typer.Option(help="Kind of files: ts, mkv, mp4; auto is ts for H.264, else mkv."),
    ] = "auto",
    key_frames: Annotated[
        float,
        typer.Option(
            callback=flags.finite,
            min=0,
            help="Seconds without a key frame before one is asked for; 0: never.",
        ),
    ] = KEY_FRAMES,
    split_every: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Go on in a new file every 30m, 1h30m, 90s.",
            show_default=False,
        ),
    ] = "",
    split_size: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Go on in a new file before one is larger than 4GB, 700MB, 3.5GiB.",
            show_default=False,
        ),
    ] = "",
    stereo: Annotated[
        bool, typer.Option("--stereo", help="Ask every browser for stereo sound.")
    ] = False,
    audio_bitrate: Annotated[
        int | None,
        typer.Option(
            min=6, max=510, help="Ask browsers for sound of so many kbit/s.", show_default=False
        ),
    ] = None,
    no_audio: flags.NoAudio = False,
    no_video: flags.NoVideo = False,
    stun: flags.Stun = "",
    turn: flags.Turn = "",
    turn_user: flags.TurnUser = "",
    turn_password: flags.TurnPassword = "",
    seconds: Annotated[
        float | None,
        typer.Option(
            callback=flags.finite, min=0.1, help="Stop after so long.", show_default=False
        ),
    ] = None,
    sync: Annotated[
        float,
        typer.Option(
            callback=flags.finite,
            min=0,
            help="Most seconds that a power cut may cost; 0: until a file ends.",
        ),
    ] = SYNC,
    floor: Annotated[
        str, typer.Option(help="Recording stops when less is free: 300MB, 2GB.")
    ] = f"{FLOOR // 1_000_000}MB",
    workers: Annotated[
        int, typer.Option(min=0, help="At most so many processes; 0 is one per core.")
    ] = 0,
    headless: Annotated[
        bool, typer.Option("--headless", help="Record in this very process; for services.")
    ] = False,
    status: Annotated[
        float, typer.Option(callback=flags.finite, min=0.5, help="Seconds between status lines.")
    ] = STATUS_INTERVAL,
    as_json: flags.Json = False,
    *,
    appearance: Appearance,
) -> None:
    """Record every stream of a room, or streams outside rooms, each to its own file.

    On a terminal a dashboard opens. It may be left, or lost, while the recording goes on;
    roomdeck attach comes back to it.
    """
    # Loads the engine and websockets.
    from ..commands.record import record_apart, record_here, record_on_screen

    where, link = _where(context)
    config = RecordConfig(
        room=where,
        output=os.path.abspath(output),
        prefix=prefix or where.name,
        only=link.view
        if link.room and link.view and not _typed(context, "only")
        else patterns(only),
        exclude=patterns(exclude),
        codec=video_codec(codec) or link.codec,
        container=container_kind(container),
        key_frames=key_frames,
        split_every=quantities.split_every(split_every),
        split_bytes=quantities.split_size(split_size),
        audio=not no_audio,
        video=not no_video,
        sound=Sound(stereo, (audio_bitrate or 0) * 1000),
        seconds=seconds,
        sync=sync,
        disk_floor=quantities.byte_count("--floor", floor),
        workers=workers,
    )
    printer = Printer(as_json, status)
    if headless or not sys.stdout.isatty():
        finish(record_here(config, printer))
    if as_json or not can_show(appearance):
        finish(record_apart(config, printer))
    finish(record_on_screen(config, appearance))


for command in running.COMMANDS:
    app.command()(command)


@app.command()
def publish(
    context: typer.Context,
    room: flags.Room = "",
    stream: Annotated[
        str,
        typer.Argument(
            metavar="[STREAM]", help="Stream id; else the one of the link.", show_default=False
        ),
    ] = "",
    streams: flags.Streams = "",
    server: flags.Server = "",
    tls_ca: flags.TlsCa = "",
    password: flags.Password = None,
    password_file: flags.PasswordFile = "",
    salt: flags.Salt = "",
    family: flags.Family = "auto",
    stun: flags.Stun = "",
    turn: flags.Turn = "",
    turn_user: flags.TurnUser = "",
    turn_password: flags.TurnPassword = "",
    codec: Annotated[str, typer.Option(help="h264, vp8, vp9, av1 or h265.")] = "h264",
    picture: Annotated[str, typer.Option("--size", help="Of the picture.")] = "640x360",
    fps: Annotated[float, typer.Option(callback=flags.finite, help="Frames per second.")] = 30.0,
    bitrate: Annotated[int, typer.Option(help="Video, kbit/s.")] = 1000,
    seconds: Annotated[
        float | None,
        typer.Option(
            callback=flags.finite, min=0.1, help="Stop after so long.", show_default=False
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Send the encoded packets of this file as they are.", show_default=False),
    ] = None,
    media_first: Annotated[
        bool, typer.Option("--media-first", help="Media in the first offer, as native publishers.")
    ] = False,
    no_audio: flags.NoAudio = False,
    no_video: flags.NoVideo = False,
    label: Annotated[str, typer.Option(help="Display name.", show_default=False)] = "",
    number: Annotated[
        int, typer.Option(min=0, max=255, help="Number in the picture's bar code.")
    ] = 0,
    screen: Annotated[bool, typer.Option("--screen", help="Share a screen as well.")] = False,
    sent: Annotated[
        Path | None,
        typer.Option(
            help="Write a line per encoded frame: RTP time, key, size, hash.", show_default=False
        ),
    ] = None,
    impair: Annotated[
        str,
        typer.Option(
            help="Spoil the network: loss=0.05,burst=5,rtt=0.05,jitter=0.1,reorder=0.01",
            show_default=False,
        ),
    ] = "",
    rsa: Annotated[
        bool, typer.Option("--rsa", help="Use an RSA certificate, as GStreamer does.")
    ] = False,
    as_json: flags.Json = False,
) -> None:
    """Publish a test stream: pictures that carry a counter, a flash and a beep each second."""
    # Loads aiortc and FFmpeg.
    from ...core.publishing.impairment import Impairment
    from ...core.publishing.publish_config import PublishConfig
    from ...core.publishing.source_config import SourceConfig
    from ..commands.publish import publish_stream

    where, link = _where(context)
    stream = _published(stream, where, link)
    width, height = size(picture)
    source = SourceConfig(
        name=stream,
        number=number,
        codec=video_codec(codec) or Codec.H264,
        width=width,
        height=height,
        fps=fps,
        bitrate=bitrate * 1000,
        seconds=seconds,
        audio=not no_audio,
        video=not no_video,
        file=str(file) if file else None,
    )
    share = msgspec.structs.replace(source, name=f"{stream} screen", file=None)
    config = PublishConfig(
        room=where,
        stream=stream,
        source=source,
        label=label,
        media_first=media_first,
        screen=share if screen else None,
        sent=str(sent) if sent else None,
        impairment=Impairment.parse(impair) if impair else None,
        rsa=rsa,
    )
    finish(publish_stream(config, as_json))


def _published(stream: str, where: RoomConfig, link: RoomLink) -> str:
    """Return the id that is named first: as an argument, by the link, by ``--stream``."""
    named = [stream] if stream else [link.push] if link.push else list(where.streams)
    if len(named) != 1:
        raise UsageError(
            "which stream? One is published: roomdeck publish ROOM STREAM, or without a room: "
            "roomdeck publish --stream ID"
        )
    return named[0]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at; 0.0.0.0 is all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8443,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="With a certificate made here, which guests accept once."),
    ] = False,
    tls_cert: Annotated[
        Path | None,
        typer.Option(help="With this certificate and its chain (PEM file).", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(
            help="Its key, where that is not in the same file (PEM file).", show_default=False
        ),
    ] = None,
    members: Annotated[int, typer.Option(min=1, help="Most members of a room.")] = 100,
    connections: Annotated[int, typer.Option(min=1, help="Most connections of an address.")] = 256,
    as_json: flags.Json = False,
) -> None:
    """Run a handshake server for pages, scripts and roomdeck itself.

    Pages need one with TLS: --tls, or --tls-cert with a certificate that browsers trust.
    """
    # Loads websockets and cryptography.
    from ...core.server.limits import Limits
    from ..commands.serve import certificate, run_server

    limits = Limits(members=members, connections_per_address=connections)
    finish(run_server(host, port, limits, certificate(tls, tls_cert, tls_key, host), as_json))


@app.command()
@with_appearance
def demo(
    seconds: Annotated[
        float | None,
        typer.Option(
            callback=flags.finite,
            min=1.0,
            help="Length of the streams; else 600 with the dashboard, 20 without.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the files.")] = Path(
        "roomdeck-demo"
    ),
    headless: Annotated[
        bool, typer.Option("--headless", help="Print lines; needs no terminal.")
    ] = False,
    as_json: flags.Json = False,
    *,
    appearance: Appearance,
) -> None:
    """Record three test streams in a room of our own.

    On a terminal the dashboard shows them; without one the files are compared with what was
    sent.
    """
    folder = Path(os.path.abspath(output))
    if not (headless or as_json) and can_show(appearance):
        # Loads websockets.
        from ..commands import demo_apart

        finish(demo_apart.demo_on_screen(folder, seconds or demo_apart.SECONDS, appearance))
    # Loads the engine and FFmpeg.
    from ..commands import demo

    finish(demo.run_demo(folder, seconds or demo.SECONDS, Printer(as_json), as_json))


@app.command()
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Recorded files, or their folder.", show_default=False)
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            help="What the publisher sent (its --sent file): compare frame by frame.",
            show_default=False,
        ),
    ] = None,
    as_json: flags.Json = False,
) -> None:
    """Read files again, decode every packet, and say: good, flawed or bad, and why.

    What the JSON file beside them says is taken into account. The status is 1 if one is bad.
    """
    # Loads FFmpeg.
    from ..commands.check import check_files

    raise Finished(check_files(files, against, as_json))


@app.command()
def repair(
    folder: Annotated[Path, typer.Argument(help="Where recordings are.", show_default=False)],
    as_json: flags.Json = False,
) -> None:
    """Complete what a crash or a power cut left: files, and the JSON file that tells of them.

    What is being recorded is not touched, and whatever is complete stays as it is. The status is 1
    where something stays without an end.
    """
    # Loads FFmpeg.
    from ..commands.repair import repair_folder

    raise Finished(repair_folder(folder, as_json))
