"""``python -m roomdeck.tui``: the program, where its script is not on the path."""

from .start import main

main()
