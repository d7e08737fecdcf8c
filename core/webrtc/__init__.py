"""One receiving WebRTC connection, over aiortc's ICE, DTLS, SRTP and SCTP.

An offer goes through `sdp` and `negotiation` to `answer`, all without I/O. `transport` and
`channel` are the network; decrypted packets go to `receiver`, again without I/O, which routes
them to `core/rtp` and says what to send back. `connection` holds these together for its owner.
`compat` and `guard` are what is changed in the libraries, for publishers too.
"""
