"""A certificate that nobody vouches for, made here: guests accept it once, in their browser.

It is kept with its key and used again, for who accepted it accepted this very one.
"""

from __future__ import annotations

import datetime
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .. import locks
from ..atomic import replace_file
from ..errors import UsageError
from .tls import KeyPair, check_pair, read_certificates

LIFE = datetime.timedelta(days=365)
"""Apple's systems take none of more than 825 days (support.apple.com/103769)."""
RENEWAL = datetime.timedelta(days=30)
"""So long before its end another one is made."""
_EARLIER = datetime.timedelta(days=1)
"""Clocks of guests may be late."""
_HOST_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Names:
    """What a server may be called in an address."""

    hosts: frozenset[str]
    addresses: frozenset[Address]

    def __or__(self, other: Names) -> Names:
        """All names of both."""
        return Names(self.hosts | other.hosts, self.addresses | other.addresses)

    def covers(self, other: Names) -> bool:
        """Whether all names of another one are here."""
        return self.hosts >= other.hosts and self.addresses >= other.addresses


def machine_addresses() -> list[Address]:
    """Return the addresses of this machine that others may reach it at, IPv4 first."""
    found = [
        ip_address(ip.ip if isinstance(ip.ip, str) else ip.ip[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
    reachable = {one for one in found if not (one.is_loopback or one.is_link_local)}
    return sorted(reachable, key=lambda one: (one.version, one))


def lasting_names(host: str = "") -> Names:
    """Return what this machine is called today and tomorrow, and the host it listens at.

    Without IPv6 addresses, of which systems make themselves a new one every day (RFC 8981).
    """
    name = socket.gethostname().lower()
    hosts = {"localhost", name, f"{name.partition('.')[0]}.local"}
    addresses: set[Address] = {ip_address("127.0.0.1"), ip_address("::1")}
    addresses |= {one for one in machine_addresses() if one.version == 4}
    try:
        given = ip_address(host)
    except ValueError:
        hosts.add(host.lower())
    else:
        addresses |= set() if given.is_unspecified else {given}
    return Names(frozenset(filter(_HOST_NAME.fullmatch, hosts)), frozenset(addresses))


def self_made(folder: Path, names: Names) -> KeyPair:
    """Return the certificate that is kept in a folder, or make one.

    Another one is made where there is none for all of these names, or it ends soon, or somebody
    else could have read its key. The key is for this user only.

    Raises:
        UsageError: The folder cannot be used.
    """
    files = KeyPair(folder / "certificate.pem", folder / "key.pem")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locks.turn(folder / ".lock"):  # Two that start together have the same one.
            if not _usable(files, names):
                _make(files, names)
    except OSError as error:
        raise UsageError(
            f"cannot keep a certificate in {folder}: {error.strerror}; "
            "make that possible, or give one: --tls-cert FILE --tls-key FILE"
        ) from None
    return files


def names_of(certificate: x509.Certificate) -> Names:
    """Return what a server with this certificate may be called."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Names(frozenset(), frozenset())
    addresses = names.get_values_for_type(x509.IPAddress)
    return Names(
        frozenset(names.get_values_for_type(x509.DNSName)),
        frozenset(one for one in addresses if isinstance(one, IPv4Address | IPv6Address)),
    )


def _usable(files: KeyPair, names: Names) -> bool:
    try:
        check_pair(files)
        certificate = read_certificates(files.certificate)[0]
        private = files.key.stat().st_mode & 0o077 == 0
    except (UsageError, OSError):
        return False
    soon = datetime.datetime.now(tz=datetime.UTC) + RENEWAL
    return (
        private and certificate.not_valid_after_utc > soon and names_of(certificate).covers(names)
    )


def _make(files: KeyPair, names: Names) -> None:
    names |= Names(frozenset(), frozenset(machine_addresses()))
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(key, names, datetime.datetime.now(tz=datetime.UTC))
    # The key first: without its certificate it is replaced the next time.
    replace_file(
        files.key,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        0o600,
    )
    replace_file(files.certificate, certificate.public_bytes(Encoding.PEM), 0o644)


def _sign(
    key: ec.EllipticCurvePrivateKey, names: Names, now: datetime.datetime
) -> x509.Certificate:
    """Make a certificate for a server, which cannot vouch for others (RFC 5280, 4.2)."""
    public = key.public_key()
    called = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "roomdeck serve"),
            x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64] or "localhost"),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + LIFE)
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    own = x509.SubjectAlternativeName(
        [
            *(x509.DNSName(host) for host in sorted(names.hosts)),
            *(x509.IPAddress(one) for one in sorted(names.addresses, key=str)),
        ]
    )
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (own, False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (usage, True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (identifier, False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
    ]
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())
