r"""What recording costs, beside what one would use instead.

::

    python -m tests.bench.receive                    # everything, three rounds: half an hour
    python -m tests.bench.receive --only roomdeck --streams 4 --rounds 1
    python -m tests.bench.receive --svg screenshots/receive.svg --json tests/bench/receive.json
    python -m tests.bench.receive.stages             # where the time goes, packet by packet
    python -m tests.bench.receive.against ../older   # two checkouts, at the same time

The load: so many streams of 720p30 H.264 at 2.5 Mbit/s with a key frame every two seconds, and
Opus at 64 kbit/s, about 334 packets a second each, from one process that sends packets made
beforehand and nothing else (`load`). They are encrypted as Chromium encrypts them and arrive in
bursts 2 ms apart, as a page's pacer sends them. Sender and recorder are on one machine and talk
over its own addresses.

The ways (`recorders`): ``roomdeck record --headless``, the same over its plain path, the same with
its dashboard in a terminal of 120x40; aiortc's MediaRecorder; a GStreamer pipeline around webrtcbin
that writes Matroska; and the floor, which receives, decrypts and appends to a file. GStreamer is
measured where it can be used from the system's Python; on Debian::

    apt-get install --no-install-recommends python3-gi python3-gst-1.0 gir1.2-gst-plugins-bad-1.0 \
        gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad \
        gstreamer1.0-nice

Each measurement is a recorder and a sender of its own. After a warm-up, user and system time of
all the recorder's processes is read from /proc at both ends of a window. Then the sender ends, the
recorder closes its files, and every file is compared with the list of what was sent: byte for byte,
or by the number of frames where a recorder changes them. Every way is measured in every round, and
ratios are taken within a round, so that they hold on a machine that has other work.

GStreamer's pipeline is the bare one: by itself it asks for no packet again and reports no arrivals,
so it does less than roomdeck; MediaRecorder has what aiortc has. Loopback loses nothing: what is
missing in a file was lost in the recorder, in its socket for want of time, or later.
"""
