"""``roomdeck record`` and its options."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ...core.config import (
    DELIVERIES,
    FLOOR,
    KEY_FRAMES,
    SYNC,
    AttendantConfig,
    RecordConfig,
    Sound,
)
from ...core.errors import MissingError
from ..dashboard.appearance import Appearance, can_show
from ..exits import finish
from ..lines.printer import STATUS_INTERVAL, Printer
from . import clustering, flags, monitoring, quantities
from .alarms import alarm_settings
from .dashboard_flags import with_appearance
from .hooks import with_secrets
from .http import http_address
from .names import container_kind, delivery
from .options import patterns, preferred_codec
from .room import planned, plans, room_and_link, typed
from .tables import tables_of
from .uploading import retention, uploads
from .welcome import ask_for_room


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
    expect: Annotated[
        str,
        typer.Option(
            help="Who should be here, else it is an alarm: a,b*",
            show_default=False,
        ),
    ] = "",
    monitor: Annotated[
        str,
        typer.Option(
            metavar="[=listed]",
            help="Record nothing until r or R: only look, or (=listed) not even connect.",
            show_default=False,
        ),
    ] = "",
    pre_roll: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="With --monitor: begin so long before r, 30s, 2m; held in memory.",
            show_default=False,
        ),
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
    seconds: flags.Seconds = None,
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
    cluster: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Record on the nodes of a Ray cluster: auto, or HOST:PORT of its head.",
            show_default=False,
        ),
    ] = "",
    cluster_token: flags.ClusterToken = "",
    place: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN=LABEL",
            help="Record these streams on nodes with this label: 'stage-*=rack1'; repeatable.",
            show_default=False,
        ),
    ] = None,
    deliver: Annotated[
        str,
        typer.Option(
            metavar="PRESET",
            help=f"Make files to edit with when it is over: {', '.join(DELIVERIES)}.",
            show_default=False,
        ),
    ] = "",
    upload: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Upload files when they are closed: s3://bucket/folder, gs://…, az://…, a folder.",
            show_default=False,
        ),
    ] = "",
    upload_fallback: Annotated[
        str,
        typer.Option(metavar="URL", help="Upload there, where --upload fails.", show_default=False),
    ] = "",
    upload_rate: flags.UploadRate = "",
    keep: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Remove takes so long after their end (7d, 12h); with --upload, uploaded ones.",
            show_default=False,
        ),
    ] = "",
    keep_free: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Remove the oldest takes until so much is free: 50GB; as --keep.",
            show_default=False,
        ),
    ] = "",
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Make no report of the session at its end.")
    ] = False,
    http: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Metrics for Prometheus and remote control, as at 127.0.0.1:9911.",
            show_default=False,
        ),
    ] = "",
    http_token_file: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Who asks there must know what is in it; needed but for 127.0.0.1.",
            show_default=False,
        ),
    ] = "",
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

    try:
        where, link = room_and_link(context)
    except MissingError:
        if headless or as_json or plans(context) or not can_show(appearance):
            raise
        ask_for_room(context)
    flags.something(no_audio, no_video)
    looks = monitoring.monitoring(monitor, where)
    config = RecordConfig(
        room=where,
        output=os.path.abspath(output),
        prefix=prefix or where.name,
        only=link.view
        if link.room and link.view and not typed(context, "only")
        else patterns(only),
        exclude=patterns(exclude),
        codec=preferred_codec(codec, link, typed(context, "codec")),
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
        cluster=clustering.cluster(cluster, cluster_token, place or ()),
        report=not no_report,
        deliver=delivery(deliver),
        attendant=AttendantConfig(
            hooks=with_secrets(tables_of(context).hooks),
            http=http_address(http, http_token_file),
            uploads=uploads(upload, upload_fallback, upload_rate, output),
            retention=retention(keep, keep_free, spare_session=bool(deliver)),
        ),
        expected=patterns(expect),
        alarms=alarm_settings(tables_of(context).alarms),
        monitor=looks,
        pre_roll=monitoring.pre_roll(pre_roll, looks, key_frames),
    )
    if planned(context, config):
        return
    printer = Printer(as_json, status)
    if headless or not sys.stdout.isatty():
        finish(record_here(config, printer, as_json))
    if as_json or not can_show(appearance):
        finish(record_apart(config, printer))
    finish(record_on_screen(config, link, appearance))
