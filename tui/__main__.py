"""``python -m roomdeck.tui``: the program, where its script is not on the path."""

from .cli import main

main()
