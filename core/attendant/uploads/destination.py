"""Where files are to go, as people write it. Pure, but for the working folder."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ...errors import UsageError

_CLOUDS = ("s3", "s3a", "gs", "az", "azure", "adl", "abfs", "abfss")
_HOSTS = (
    ".amazonaws.com",
    ".r2.cloudflarestorage.com",
    ".core.windows.net",
    ".fabric.microsoft.com",
)
"""What addresses of buckets end with, where they are written as ``https://``."""


def destination(text: str) -> str:
    """Return the URL of a bucket or a folder.

    Raises:
        UsageError: It is neither; says what to do.
    """
    if "://" not in text:
        return Path(os.path.abspath(os.path.expanduser(text))).as_uri()
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        secret = bool(url.username or url.password or url.query or url.fragment)
    except ValueError:
        raise UsageError(f"no address to upload to: {text!r}") from None
    if secret:
        raise UsageError(
            "an address to upload to has no user, password or query in it, for others can read "
            "command lines: credentials come from the environment, as AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, GOOGLE_APPLICATION_CREDENTIALS or AZURE_STORAGE_SAS_TOKEN"
        )
    if url.scheme == "file" and not host and url.path.startswith("/"):
        return text
    if (url.scheme in _CLOUDS and host) or (url.scheme == "https" and host.endswith(_HOSTS)):
        return text.rstrip("/")
    raise UsageError(
        f"cannot upload to {text!r}; write it like s3://bucket/folder, gs://bucket/folder, "
        "az://container/folder, or as a folder"
    )


def folder_of(url: str) -> Path | None:
    """Return the folder that a URL of `destination` names; ``None`` where it is a bucket."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None
