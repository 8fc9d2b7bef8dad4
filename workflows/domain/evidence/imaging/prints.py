"""How a picture looks in 64 bits, by the low frequencies of its grey (pHash; docs/adr/0020). Runs in the decode child only.

Plain Python: eight by eight coefficients of 32 by 32 points are 10,000 multiplications, less than loading numpy once.
"""

import math
from collections.abc import Sequence
from operator import mul
from statistics import median
from typing import Final

from PIL import Image
from PIL.Image import Resampling

from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import CENTRE, CENTRE_MIRROR, CUT, MIRROR, WHOLE

_SIDE: Final = 32
_WAVES: Final = 8
_COSINES: Final = tuple(
    tuple(math.cos(math.pi * wave * (2 * point + 1) / (2 * _SIDE)) for point in range(_SIDE)) for wave in range(_WAVES)
)
_ODD_COLUMNS: Final = sum(1 << (_WAVES * row + column) for row in range(_WAVES) for column in range(1, _WAVES, 2))


def prints_of(grey: Image.Image) -> tuple[Print, ...]:
    """The whole picture, its centre, and both mirrored."""
    side, top = grey.width * CUT / 100, grey.height * CUT / 100
    whole = _waves(grey, (0, 0, grey.width, grey.height))
    centre = _waves(grey, (side, top, grey.width - side, grey.height - top))
    return (
        Print(WHOLE, _bits(whole)),
        Print(MIRROR, _bits(_mirrored(whole))),
        Print(CENTRE, _bits(centre)),
        Print(CENTRE_MIRROR, _bits(_mirrored(centre))),
    )


def _waves(grey: Image.Image, box: tuple[float, float, float, float]) -> list[float]:
    """The 64 lowest frequencies within the box, row by row (DCT-II)."""
    small = grey.resize((_SIDE, _SIDE), Resampling.BOX, box=box).tobytes()
    rows = [small[at : at + _SIDE] for at in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[_dot(row, wave) for row in rows] for wave in _COSINES]
    return [_dot(column, wave) for wave in _COSINES for column in across]


def _dot(values: Sequence[float], wave: Sequence[float]) -> float:
    total: float = sum(map(mul, values, wave))
    return total


def _mirrored(waves: list[float]) -> list[float]:
    """The waves of the mirror image: those with an odd number of half turns across change their sign."""
    return [-value if _ODD_COLUMNS >> at & 1 else value for at, value in enumerate(waves)]


def _bits(waves: list[float]) -> int:
    """Which waves are above the middle; the first, plain brightness, says nothing and is left out of the middle."""
    middle = median(waves[1:])
    return sum(1 << at for at, value in enumerate(waves) if value > middle)
