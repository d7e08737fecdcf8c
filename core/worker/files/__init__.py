"""What a worker does with what arrives: writes it, keeps its last picture, puts files right."""
