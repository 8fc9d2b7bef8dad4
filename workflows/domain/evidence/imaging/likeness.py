"""When two photos count as nearly the same (docs/adr/0020). Plain Python, for whoever searches.

Every photo gives one print per variant. KEPT are stored and searched; a new photo asks with ASKED. It is like another when the
prints of any pair in PAIRS (asked, kept) differ in at most MOST_BITS of 64 bits.
"""

from typing import Final

WHOLE, MIRROR, CENTRE, CENTRE_MIRROR = "whole", "mirror", "centre", "centre_mirror"
VARIANTS: Final = (WHOLE, MIRROR, CENTRE, CENTRE_MIRROR)

CUT: Final = 5
"""Per cent of each side that the centre leaves out."""

KEPT: Final = (WHOLE, CENTRE)
ASKED: Final = VARIANTS
PAIRS: Final = (
    (WHOLE, WHOLE),
    (MIRROR, WHOLE),
    (WHOLE, CENTRE),
    (MIRROR, CENTRE),
    (CENTRE, WHOLE),
    (CENTRE_MIRROR, WHOLE),
)
MOST_BITS: Final = 8


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two prints differ."""
    return (one ^ other).bit_count()
