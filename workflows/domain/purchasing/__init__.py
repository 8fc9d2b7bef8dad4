"""Purchase orders: what a brand orders from a supplier, and what the supplier promises."""
