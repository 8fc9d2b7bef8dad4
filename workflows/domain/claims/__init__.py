"""Claims: the proof of a promotion in one store, what was decided on it, and what it pays."""
