"""A certificate authority, and certificates of every kind."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from roomdeck.core.server.tls import KeyPair

DAY = datetime.timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: bytes = b"") -> bytes:
        lock = BestAvailableEncryption(password) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def put(self, folder: Path, name: str = "server") -> KeyPair:
        """Write both files."""
        files = KeyPair(folder / f"{name}.pem", folder / f"{name}.key")
        files.certificate.write_bytes(self.pem)
        files.key.write_bytes(self.key_pem())
        return files


class Authority:
    """Signs what it is asked to sign."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self.own = Issued(self._sign("Test CA", key, "Test CA", key, (), -DAY, DAY, True), key)

    @staticmethod
    def _sign(
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        hosts: tuple[str, ...],
        begin: datetime.timedelta,
        end: datetime.timedelta,
        ca: bool,
    ) -> x509.Certificate:
        now = datetime.datetime.now(tz=datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begin)
            .not_valid_after(now + end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .add_extension(
                x509.KeyUsage(True, False, False, False, False, ca, ca, False, False),
                critical=True,
            )
        )
        if hosts:
            names = [_host(host) for host in hosts]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer, hashes.SHA256())

    def issue(
        self,
        *hosts: str,
        begin: datetime.timedelta = -DAY,
        end: datetime.timedelta = DAY,
    ) -> Issued:
        """Return a certificate for a server of these names."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self._sign("a server", key, "Test CA", self.own.key, hosts, begin, end, False)
        return Issued(signed, key)


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
