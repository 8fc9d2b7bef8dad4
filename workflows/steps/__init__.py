"""Questions that several flows ask alike: built from the trade's records, in the engine's words."""
