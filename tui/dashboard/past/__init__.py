"""Sessions that are over: what is read of them, and what is made of them by processes."""
