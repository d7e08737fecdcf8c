"""``roomdeck publish`` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ...core.config import RoomConfig
from ...core.errors import UsageError
from ...core.model import Codec
from ...core.signaling.invite_links import RoomLink
from ..exits import finish
from . import flags
from .names import video_codec
from .quantities import picture_size
from .room import room_and_link


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
    seconds: flags.Seconds = None,
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

    flags.something(no_audio, no_video)
    where, link = room_and_link(context)
    stream = _published(stream, where, link)
    width, height = picture_size(picture)
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
