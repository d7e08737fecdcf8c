"""What fails where nodes of a cluster record: machines, what is between them, and Ray."""
