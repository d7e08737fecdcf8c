"""Nothing is here but what a bridge asks for."""
