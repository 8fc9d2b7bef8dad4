"""How a picture looks, by the low frequencies of its grey (pHash; docs/adr/0020). Runs in the decode child only.

Plain Python: sixteen by sixteen coefficients of 32 by 32 points are 25,000 multiplications, less than loading numpy once.
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
_WAVES: Final = 16
_COARSE: Final = 8  # waves each way in the 64 bits; all of them are in the 256
_COSINES: Final = tuple(
    tuple(math.cos(math.pi * wave * (2 * point + 1) / (2 * _SIDE)) for point in range(_SIDE)) for wave in range(_WAVES)
)


def prints_of(grey: Image.Image) -> tuple[Print, ...]:
    """The whole picture, its centre, and both mirrored."""
    side, top = grey.width * CUT / 100, grey.height * CUT / 100
    whole = _waves(grey, (0, 0, grey.width, grey.height))
    centre = _waves(grey, (side, top, grey.width - side, grey.height - top))
    return (
        _print(WHOLE, whole),
        _print(MIRROR, _mirrored(whole)),
        _print(CENTRE, centre),
        _print(CENTRE_MIRROR, _mirrored(centre)),
    )


def _print(variant: str, waves: list[list[float]]) -> Print:
    return Print(variant, _bits([row[:_COARSE] for row in waves[:_COARSE]]), _bits(waves))


def _waves(grey: Image.Image, box: tuple[float, float, float, float]) -> list[list[float]]:
    """The lowest frequencies within the box, a row for each number of half turns downwards (DCT-II)."""
    small = _without_highlights(grey.resize((_SIDE, _SIDE), Resampling.BOX, box=box).tobytes())
    rows = [small[at : at + _SIDE] for at in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[_dot(row, wave) for row in rows] for wave in _COSINES]
    return [[_dot(column, wave) for column in across] for wave in _COSINES]


def _without_highlights(small: bytes) -> bytes:
    """The brightest tenth as bright as the darkest of it: a brightened copy has lost those differences."""
    top = sorted(small)[len(small) * 9 // 10]
    return small.translate(bytes(min(value, top) for value in range(256)))


def _dot(values: Sequence[float], wave: Sequence[float]) -> float:
    total: float = sum(map(mul, values, wave))
    return total


def _mirrored(waves: list[list[float]]) -> list[list[float]]:
    """The waves of the mirror image: those with an odd number of half turns across change their sign."""
    return [[-value if at % 2 else value for at, value in enumerate(row)] for row in waves]


def _bits(waves: list[list[float]]) -> int:
    """Which waves are above the middle; the first, plain brightness, says nothing and is left out of the middle."""
    values = [value for row in waves for value in row]
    middle = median(values[1:])
    return sum(1 << at for at, value in enumerate(values) if value > middle)
