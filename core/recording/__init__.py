"""Encoded frames → files: names, containers, takes, the sidecar, and the check of what came out.

Nothing here decodes or encodes on the way to the disk. One thread writes: `recorder` turns
the frames of one stream into takes, `timeline` gives them their times, `container` puts them
into a file that `naming` opened. `check` reads files again and says what is wrong with them.
What files, clocks and the disk want of all this is in files.md.
"""
