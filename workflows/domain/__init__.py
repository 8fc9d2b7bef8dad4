"""Records on top, operations below, one module per area of the trade."""
