"""ICE and DTLS of one receiving connection, over aiortc's ORTC objects.

aiortc's peer connection is not used: what it negotiates is too little for a recorder
(`negotiation`), and it starts connecting in tasks whose failures nobody sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from aioice import stun
from aiortc import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceCandidate,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceServer,
    RTCIceTransport,
)
from OpenSSL import SSL
from pylibsrtp import Session

from ..errors import MediaError
from . import guard, unprotect
from .agent import Agent
from .answer import LocalTransport
from .candidates import candidate_line
from .description import TransportParameters
from .path import fast_sockets
from .receiver import MediaReceiver
from .sdp import MAX_CANDIDATES

log = logging.getLogger(__name__)

_LEAST_RECORD = 13
"""Bytes of the header of a DTLS record (RFC 6347, 4.1)."""


class _Gatherer(RTCIceGatherer):
    """Opens what a receiving end needs of its ICE connection."""

    @property
    def last_check(self) -> guard.Check | None:
        return guard.last_checks.get(self._connection)

    async def check(self) -> None:
        """Ask the peer whether it still wants to talk to us, at once (RFC 7675, 5.1)."""
        connection = self._connection
        if connection.remote_password is None:
            return
        key = connection.remote_password.encode()
        nominated = connection._nominated  # pyright: ignore[reportPrivateUsage]
        for pair in tuple(nominated.values()):
            request = connection.build_request(pair, nominate=False)
            with contextlib.suppress(stun.TransactionError, OSError):
                await pair.protocol.request(request, pair.remote_addr, key, 0)

    @property
    def connection(self) -> Agent:
        agent = self._connection
        assert isinstance(agent, Agent)  # since `compat.install`
        return agent

    def take_control(self) -> None:
        """Of two ends the one that is no "lite" implementation decides (RFC 8445, 6.1.1)."""
        self._connection.ice_controlling = True


class _Ice(RTCIceTransport):
    """Knows what datagram is being handled, and when it arrived."""

    def __init__(self, gatherer: RTCIceGatherer) -> None:
        super().__init__(gatherer)
        self.arrival = 0.0
        self.first_byte = 0
        self._read = self._recv
        self._recv = self._note_arrival

    async def _note_arrival(self) -> bytes:
        data = await self._read()
        self.first_byte = data[0]
        self.arrival = data.arrival if isinstance(data, guard.Datagram) else time.monotonic()
        return data


class _Dtls(RTCDtlsTransport):
    """Hands decrypted packets over at once, and survives those that aiortc does not expect."""

    def __init__(self, transport: _Ice, certificate: RTCCertificate, media: MediaReceiver) -> None:
        super().__init__(transport, [certificate])
        self._ice = transport
        self._media = media
        self.path_lost = False

    def choose_role(self, role: str) -> None:
        self._set_role(role)

    @property
    def receiving(self) -> Session:
        """Decrypts what comes; there is one once the transport is connected."""
        return self._rx_srtp

    def protect_rtcp(self, data: bytes) -> bytes:
        """Encrypt what we say about the media.

        Raises:
            ConnectionError: There are no keys, or no more.
        """
        if self.state != "connected":
            raise ConnectionError("DTLS is not connected")
        return self._tx_srtp.protect_rtcp(data)

    async def _handle_rtp_data(self, data: bytes, arrival_time_ms: int) -> None:
        self._media.receive(data, ((0, len(data), self._ice.arrival),))

    async def _handle_rtcp_data(self, data: bytes) -> None:
        self._media.rtcp(data, self._ice.arrival)

    async def _recv_next(self) -> None:
        try:
            await super()._recv_next()
            if self._ice.first_byte < guard.MEDIA and self.state == "connected" and self._ssl:
                await self._read_on(self._ssl)
        except ConnectionError as error:
            # aiortc raises it without a text when the peer said close_notify.
            self.path_lost = bool(error.args)
            raise
        except SSL.Error as error:
            raise ConnectionError("DTLS gave up") from error
        except Exception:
            log.debug("dropped a packet that aiortc cannot handle", exc_info=True)

    async def _read_on(self, records: SSL.Connection) -> None:
        """Read the other records of a datagram: aiortc would leave them until more comes."""
        for _ in range(guard.LONGEST // _LEAST_RECORD):
            try:
                data = records.recv(guard.LONGEST)
            except SSL.WantReadError:
                return
            if self._data_receiver is not None:
                await self._data_receiver._handle_data(data)  # pyright: ignore[reportPrivateUsage]


class MediaTransport:
    """The path to one publisher; carries media, its feedback and the data channel."""

    def __init__(
        self,
        servers: list[RTCIceServer],
        media: MediaReceiver,
        on_excess: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Open nothing yet.

        Args:
            servers: Used as given: none means none.
            media: Gets what is decrypted.
            on_excess: Told once of each way in which the peer wants more than its share.
        """
        self._gatherer = _Gatherer(iceServers=servers)
        self._gatherer.connection.on_excess = on_excess
        self.ice = _Ice(self._gatherer)
        self._certificate = RTCCertificate.generateCertificate()
        self.dtls = _Dtls(self.ice, self._certificate, media)
        self._media = media
        self._sockets = fast_sockets()
        self._wants_relay = any(str(server.urls).startswith("turn") for server in servers)
        self._setup = ""
        self._addresses: set[tuple[str, int]] = set()

    @property
    def last_check(self) -> guard.Check | None:
        """The last connectivity or consent check that was answered, ``None`` before."""
        return self._gatherer.last_check

    @property
    def local_candidates(self) -> list[RTCIceCandidate]:
        """Where we can be reached."""
        return self._gatherer.getLocalCandidates()

    @property
    def relayed(self) -> bool:
        """Whether a TURN server gave us an address."""
        return any(one.type == "relay" for one in self.local_candidates)

    @property
    def drops(self) -> int:
        """Datagrams that the system dropped because a receive buffer was full."""
        return self._sockets.drops(self._gatherer.connection) if self._sockets else 0

    def read_out(self) -> None:
        """Take what is here and was not read."""
        if self._sockets is not None:
            self._sockets.read_out(self._gatherer.connection)

    async def gather(self) -> None:
        """Open sockets; up to 5 s where a STUN or TURN server does not answer.

        Raises:
            MediaError: This machine has no address to listen on.
        """
        await self._gatherer.gather()
        if not self.local_candidates:
            raise MediaError("this machine has no network address to listen on")

    def local(self, remote: TransportParameters) -> LocalTransport:
        """Our end, for the answer; the first one settles who begins DTLS (RFC 8842, 5.3).

        The publisher, where it lets us choose: who is asked picks the encryption (AES-GCM, which
        costs two thirds of Chromium's pick), and has the keys before the first packet comes.
        """
        self._setup = self._setup or ("active" if remote.setup == "passive" else "passive")
        parameters = self._gatherer.getLocalParameters()
        fingerprint = self._certificate.getFingerprints()[0]
        return LocalTransport(
            ufrag=parameters.usernameFragment or "",
            password=parameters.password or "",
            fingerprint=(fingerprint.algorithm, fingerprint.value),
            setup=self._setup,
            candidates=tuple(candidate_line(c) for c in self.local_candidates),
        )

    async def add_candidate(self, candidate: RTCIceCandidate) -> None:
        """Try this address too, up to `MAX_CANDIDATES` of them.

        The end of candidates is never told to aioice: it would refuse a late one, and our
        own time limit says when it is over.
        """
        address = (candidate.ip, candidate.port)
        if address in self._addresses or len(self._addresses) >= MAX_CANDIDATES:
            return
        if self.ice.state != "closed":
            self._addresses.add(address)
            await self.ice.addRemoteCandidate(candidate)

    async def connect(self, remote: TransportParameters, lite: bool, within: float) -> None:
        """Find a path and agree on keys, within so many seconds.

        Raises:
            ConnectionError: It failed for good, or took too long; the text says where.
        """
        try:
            async with asyncio.timeout(within):
                await self._connect(remote, lite)
        except TimeoutError as error:
            raise ConnectionError(self._missing(f"within {within:g} s")) from error

    async def _connect(self, remote: TransportParameters, lite: bool) -> None:
        if lite:
            self._gatherer.take_control()
        await self.ice.start(RTCIceParameters(remote.ufrag, remote.password, lite))
        if self.ice.state != "completed":
            raise ConnectionError("no network path to the publisher was found")
        self.dtls.choose_role("server" if self._setup == "passive" else "client")
        fingerprints = [RTCDtlsFingerprint(name, value) for name, value in remote.fingerprints]
        await self.dtls.start(RTCDtlsParameters(fingerprints))
        if self.dtls.state != "connected":
            raise ConnectionError("the publisher and we could not agree on encryption (DTLS)")
        if self._sockets is not None:
            self._sockets.tap(self._gatherer.connection, self.dtls.receiving, self._media)
        if self._sockets is None or self.relayed:
            unprotect.adapt(self.dtls.receiving, self._media)
        guard.too_long[self._gatherer.connection] = self._media.too_long

    def _missing(self, within: str) -> str:
        if self.ice.state != "completed":
            no_relay = self._wants_relay and not self.relayed
            missing = "; the TURN server gave no relay" if no_relay else ""
            return f"no network path to the publisher was found {within}{missing}"
        return f"the publisher did not finish the encryption handshake (DTLS) {within}"

    def excess(self, text: str) -> None:
        """Say once that the peer wants more than its share."""
        self._gatherer.connection.tell(text)

    async def check(self) -> None:
        """Send a consent check now, and wait for the answer, if there is one."""
        await self._gatherer.check()

    def send(self, packets: Sequence[bytes]) -> None:
        """Send RTCP; nothing happens where the path is gone."""
        with contextlib.suppress(ConnectionError, OSError):
            for packet in packets:
                _run(self._gatherer.connection.send(self.dtls.protect_rtcp(packet)))

    async def close(self) -> None:
        """Say close_notify and give all sockets back."""
        # What is called for a connection knows it: it would keep itself alive.
        guard.too_long.pop(self._gatherer.connection, None)
        self._gatherer.connection.on_excess = None
        await self.dtls.stop()
        await self.ice.stop()
        # The DTLS task was cancelled but not awaited.
        await asyncio.sleep(0)


def _run(sending: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that does not wait: a task for each packet would cost more than it does."""
    with contextlib.suppress(StopIteration):
        sending.send(None)
    sending.close()
