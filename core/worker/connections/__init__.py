"""Publishers that a worker is connected with, their streams, and what they say of themselves."""
