"""Promotions: what a brand asks its partners to carry out, who signed for it, and in which stores."""
