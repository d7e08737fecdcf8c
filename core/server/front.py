"""What a browser shows that opens the handshake server's address as a page."""

from __future__ import annotations

from http import HTTPStatus

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

_STYLE = "body{font:1.1em/1.5 sans-serif;max-width:32em;margin:3em auto;padding:0 1em}"
_FRAME = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{text}
</html>
"""
_ACCEPTED = """\
<p>This is a roomdeck handshake server, and your browser talks to it.</p>
<p>If it warned you of the certificate a moment ago, you have accepted it now. Go back to the page
that you were invited to and load it again. This one can be closed.</p>
"""
_PLAIN = """\
<p>This is a roomdeck handshake server. It has no certificate, and VDO.Ninja pages use no server
without one.</p>
<p>Whoever runs it: start it with <code>roomdeck serve --tls</code>.</p>
"""


def front_page(request: Request, secure: bool) -> Response | None:
    """Return the page for a request that asks for one; ``None`` for a websocket's."""
    if "websocket" in ",".join(request.headers.get_all("Upgrade")).lower():
        return None
    title, text = ("Connected", _ACCEPTED) if secure else ("No certificate", _PLAIN)
    body = _FRAME.format(title=title, style=_STYLE, text=text).encode()
    headers = Headers(
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(HTTPStatus.OK, HTTPStatus.OK.phrase, headers, body)
