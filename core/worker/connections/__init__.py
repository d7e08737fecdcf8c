"""Publishers that a worker is connected with, and what they say on their data channels."""
