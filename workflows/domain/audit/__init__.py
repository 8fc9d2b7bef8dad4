"""Who changed what, and who saw it: one chain per brand, sealed link by link, with anchors kept outside (ADR 0015)."""
