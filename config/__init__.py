"""The ground of the house: settings, database, clock, ids, logging, sealing. Knows nothing of the trade."""
