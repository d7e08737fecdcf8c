"""TLS for the handshake server: its certificate, checked before it is used.

Pages make ``wss://`` of whatever server their link names, so that without a certificate no page
can use one.
"""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of a certificate, with what leads to its authority after it, and of its key."""

    certificate: Path
    key: Path


class ServerTls:
    """A server's TLS, which can be brought up to date while it runs.

    Args:
        find: Returns the files to be used now; asked again by `refresh`.

    Raises:
        UsageError: They cannot be used; says what to do.
    """

    def __init__(self, find: Callable[[], KeyPair]) -> None:
        self._find = find
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.files = self.refresh()

    def refresh(self) -> KeyPair:
        """Use the files as they are now for connections from now on.

        Raises:
            UsageError: They cannot be used; it goes on with those before.
        """
        files = self._find()
        check_pair(files)
        try:
            self.context.load_cert_chain(files.certificate, files.key)
        except (OSError, ValueError) as error:
            raise UsageError(
                f"cannot use the certificate {files.certificate}: {error}; make a new one"
            ) from None
        self.files = files
        return files

    @property
    def expires(self) -> datetime.datetime:
        """When its certificate does."""
        return read_certificates(self.files.certificate)[0].not_valid_after_utc


def check_pair(files: KeyPair) -> None:
    """Refuse files that no client would get along with.

    Raises:
        UsageError: One cannot be read, they do not belong together, or it is not the time for
            them; says what to do.
    """
    certificate, *others = read_certificates(files.certificate)
    key = _read_key(files.key).public_key()
    if key != certificate.public_key():
        if any(key == other.public_key() for other in others):
            raise UsageError(
                f"the server's own certificate must be the first in {files.certificate}; "
                "put those of its authorities after it"
            )
        raise UsageError(
            f"the key {files.key} does not belong to the certificate {files.certificate}; "
            "give the two that were made together"
        )
    now = datetime.datetime.now(tz=datetime.UTC)
    if now > certificate.not_valid_after_utc:
        day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        raise UsageError(
            f"the certificate {files.certificate} expired on {day}; renew it "
            "(or is this machine's clock wrong?)"
        )
    if now < certificate.not_valid_before_utc:
        day = f"{certificate.not_valid_before_utc:%Y-%m-%d}"
        raise UsageError(
            f"the certificate {files.certificate} is not valid before {day}: "
            "is this machine's clock right?"
        )


def read_certificates(path: Path) -> list[x509.Certificate]:
    """Return the certificates of a file, at least one.

    Raises:
        UsageError: It cannot be read, or holds none.
    """
    data = _read(path, "certificate")
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise UsageError(
            f"{path} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        ) from None


def _read_key(path: Path) -> PrivateKeyTypes:
    data = _read(path, "key")
    try:
        return load_pem_private_key(data, None)
    except TypeError:
        raise UsageError(
            f"the key {path} is locked with a password, for which nobody can be asked; unlock a "
            f"copy, for this user only: openssl pkey -in {path} -out OTHER, then --tls-key OTHER"
        ) from None
    except ValueError:
        raise UsageError(
            f"{path} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); "
            "where it is in a file of its own, name it: --tls-key FILE"
        ) from None


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the {what} {path}: {error.strerror}") from None
