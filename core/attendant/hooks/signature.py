"""Signs what is sent to an address, as Standard Webhooks has it. Pure.

Its specification is at https://github.com/standard-webhooks/standard-webhooks, with libraries for
receivers in many languages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from ...errors import UsageError

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key that a secret stands for: ``whsec_`` and base64, or the text as it is.

    Raises:
        UsageError: What follows ``whsec_`` is no base64.
    """
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise UsageError("a secret that begins with whsec_ goes on in base64") from None


def headers(id: str, body: bytes, now: float, secret: str) -> dict[str, str]:
    """Return the headers of a message: its id, when it was sent and, with a secret, a signature.

    Args:
        id: The same in each attempt, so that a receiver knows what it had before.
        body: As it is sent.
        now: Seconds since the Unix epoch; receivers refuse what is older than some minutes.
        secret: Empty: nothing is signed.
    """
    made = {"webhook-id": id, "webhook-timestamp": str(int(now))}
    if secret:
        signed = f"{id}.{int(now)}.".encode() + body
        digest = hmac.digest(key_of(secret), signed, hashlib.sha256)
        made["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return made
