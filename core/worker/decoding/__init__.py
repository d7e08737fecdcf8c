"""Pictures and sound on their way to a process that decodes them, and what came of them."""
