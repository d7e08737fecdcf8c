"""RTP packets to encoded frames, without I/O: reordering, loss, depacketising, clocks.

packets.md says why each of it is as it is.
"""
