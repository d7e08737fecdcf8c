"""RTP packets to encoded frames, without I/O: reordering, loss, depacketising, clocks."""
