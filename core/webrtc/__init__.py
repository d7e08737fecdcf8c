"""One receiving WebRTC connection, over aiortc's ICE, DTLS, SRTP and SCTP."""
