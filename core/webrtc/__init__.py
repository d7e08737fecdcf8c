"""One receiving WebRTC connection, over aiortc's ICE, DTLS, SRTP and SCTP.

An offer goes through `sdp`, `negotiation` and `answer`, put together by `answerer`, all without
I/O. `transport` and `data_channel` are the network; decrypted packets go to `receiver`, again
without I/O, which routes them to `core/rtp` and says what to send back, at each tick of
`reception`. `connection` holds these together for its owner.

`path` decides how packets come in: on the fast path `sockets` are drained together by `ticker`,
many datagrams at a time (`batch`), and decrypted where they lie (`srtp`); on the plain path they
come one by one through asyncio and aiortc. `compat` and `guard` are what is changed in the
libraries, for publishers too.
"""

from . import late_mdns

# before anything here imports aioice
late_mdns.install()
