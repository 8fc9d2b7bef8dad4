"""When a photo is too poor to prove anything. Plain Python: web processes and other rooms may import it.

The thresholds are calibrated on generated shelves (tests/workflows/domain/imaging/test_quality.py) and are meant to be lenient: a
photo that a person can read must pass, one where no price tag can be read should not.
"""

from typing import Final

from workflows.domain.evidence.imaging.inspection import Inspection

BLURRED, DARK, TOO_SMALL, SCREEN_LIKE = "blurred", "dark", "too_small", "screen_like"
FAULTS: Final = (BLURRED, DARK, TOO_SMALL, SCREEN_LIKE)

BLURRED_BELOW: Final = 15
"""A sharpness below this is blurred. So that a phone can tell before it sends, sharpness is only this:

1. Draw the upright photo with its longest side at 512 (never enlarge), each point the mean of what it covers: on a canvas,
   halve it until less than 1024 is left, then draw it at its size, smoothing on.
2. Grey of each pixel: (299 R + 587 G + 114 B) / 1000, rounded.
3. For each pixel but the outermost ring: across = left + right - 2 x itself, down = above + below - 2 x itself, each cut to
   -128..127.
4. var(x) = mean of squares minus square of the mean. Sharpness = 1000 x min(var(across), var(down)) / (var(grey) + 100),
   rounded, var(grey) over all pixels.

Sharp shelves have 180 and more whatever their size and light, sharp photos of people 40; price tags are hard to read below 20.
"""

DARK_BELOW: Final = 35
"""A mean grey (0 to 255, of step 2) below this is dark."""

LEAST_PIXELS: Final = 300_000
"""What a shot needs unless the promotion says otherwise: VGA."""

SCREEN_LIKE_FROM: Final = 20
"""A hint, never a reason by itself: shop grids and knitted cloth repeat themselves too. Made-up shelves have 0 to 9, the same
under a screen's grid 13 to 44."""


def faults(inspection: Inspection, min_pixels: int = LEAST_PIXELS) -> tuple[str, ...]:
    """What is wrong with the photo, in the order in which to tell it. A dark photo is not called blurred as well."""
    is_dark = inspection.brightness < DARK_BELOW
    found = {
        DARK: is_dark,
        BLURRED: inspection.sharpness < BLURRED_BELOW and not is_dark,
        TOO_SMALL: inspection.pixels < min_pixels,
        SCREEN_LIKE: inspection.screen_likeness >= SCREEN_LIKE_FROM,
    }
    return tuple(fault for fault, is_found in found.items() if is_found)
