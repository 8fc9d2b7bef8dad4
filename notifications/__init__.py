"""Everything that leaves the house: the outbox, who can be reached how, one file per channel."""
