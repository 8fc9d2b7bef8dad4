"""When two photos count as nearly the same (docs/adr/0020). Plain Python, for whoever searches.

Every photo gives one print per variant. KEPT are stored and searched; a new photo asks with ASKED. It is like another when the
prints of any pair in PAIRS (asked, kept) differ in at most MOST_BITS of 64 bits, and in at most MOST_FINE_BITS of the 256 finer
ones. The 64 alone are not enough: among a million honest shelves every photo would find about one that is alike by chance.
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
MOST_FINE_BITS: Final = 76


def distance(one: int, other: int) -> int:
    """In how many bits two prints differ, the 64 of each or the 256."""
    return (one ^ other).bit_count()


def is_confirmed(one: int | None, other: int | None) -> bool:
    """Do the finer bits of two prints say the same as the 64 did? Without them the 64 have to do."""
    return one is None or other is None or distance(one, other) <= MOST_FINE_BITS
