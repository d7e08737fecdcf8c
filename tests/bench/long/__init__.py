"""Whether an hour of recording costs at its end what it cost at its begin, and is whole.

::

    python -m tests.bench.long                              # an hour of 32 streams
    python -m tests.bench.long --seconds 120 --streams 4
    python -m tests.bench.long --json tests/bench/long.json --svg screenshots/long.svg

The load is that of `tests.bench.receive` at a tenth of its bit rate (`SMALL`): 5 GB in an hour.
Every ten seconds each process of the recorder is looked at (`tests.uses`): its memory, its open
descriptors, its threads, its tasks, the time it has used. Then the sender ends, the recorder
closes its files, and every file is compared with the list of what its stream sent, frame by frame.
"""
