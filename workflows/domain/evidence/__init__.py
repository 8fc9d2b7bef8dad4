"""Photos as evidence: their bytes, what a check found of them, and the codes that must stand in them."""
