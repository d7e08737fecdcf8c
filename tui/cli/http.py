"""``--http`` and what belongs to it."""

from __future__ import annotations

import os
import re

from ...core.attendant.http.token_file import read_token
from ...core.config import Http
from ...core.errors import UsageError

_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([^\s:/@\[\]]+)):([0-9]{1,5})")


def http_address(text: str, token_file: str) -> Http | None:
    """Return where metrics and remote control are to be had; ``None`` where they are not.

    Raises:
        UsageError: It is no address, or others could come without a secret; says what to do.
    """
    text = text.strip()
    if not text:
        if token_file:
            raise UsageError("--http-token-file is for --http, as in: --http 127.0.0.1:9911")
        return None
    match = _ADDRESS.fullmatch(text)
    if match is None or int(match[3]) > 65535:
        raise UsageError(f"--http: no address: {text!r}; write it like 127.0.0.1:9911")
    path = os.path.abspath(token_file) if token_file else ""
    http = Http(match[1] or match[2], int(match[3]), path)
    read_token(http)  # here, where its complaint is seen
    return http
