"""The work of a delivery: processes over all cores, that can be interrupted and gone on with."""
