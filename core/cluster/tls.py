"""TLS between an engine and workers, with the certificates that Ray has for its own connections.

Both sides show one of the same authority, as in Ray: so it has to be one that is made for the
cluster. Which host a certificate names does not count, whom the authority knows does.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping

from ..errors import UsageError

SWITCH = "RAY_USE_TLS"
CERTIFICATE, KEY = "RAY_TLS_SERVER_CERT", "RAY_TLS_SERVER_KEY"
AUTHORITY = "RAY_TLS_CA_CERT"
VARIABLES = (SWITCH, CERTIFICATE, KEY, AUTHORITY)
"""Environment variables of Ray's own."""


def context(purpose: ssl.Purpose, known: Mapping[str, str] = os.environ) -> ssl.SSLContext | None:
    """Return how connections are encrypted; ``None``: they are not.

    Args:
        purpose: Of whom we want a certificate: ``CLIENT_AUTH`` for who listens.
        known: The environment.

    Raises:
        UsageError: A file is not named, or cannot be used; says which.
    """
    if known.get(SWITCH, "").strip().lower() not in ("1", "true"):
        return None
    if missing := [name for name in VARIABLES if not known.get(name)]:
        raise UsageError(f"{SWITCH} is set and {', '.join(missing)} is not")
    try:
        made = ssl.create_default_context(purpose, cafile=known[AUTHORITY])
        made.load_cert_chain(known[CERTIFICATE], known[KEY])
    except (OSError, ValueError) as error:
        files = ", ".join(known[name] for name in (CERTIFICATE, KEY, AUTHORITY))
        raise UsageError(f"TLS of the cluster: {error}; see {files}") from None
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made
