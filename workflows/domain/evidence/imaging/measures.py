"""How sharp, bright and lively a photo is, in whole numbers. Runs in the decode child only; `quality.py` judges."""

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageFilter, ImageStat

_ACROSS: Final = ImageFilter.Kernel((3, 3), (0, 0, 0, 1, -2, 1, 0, 0, 0), scale=1, offset=128)
_DOWN: Final = ImageFilter.Kernel((3, 3), (0, 1, 0, 0, -2, 0, 0, 1, 0), scale=1, offset=128)
NOISE: Final = 100
_PATCH_SIDE: Final = 128
_LAGS: Final = range(1, 17)


@dataclass(frozen=True)
class Measures:
    """The figures of one photo."""

    sharpness: int
    brightness: int
    contrast: int
    screen_likeness: int


def measured(grey: Image.Image, full: Image.Image) -> Measures:
    """All four; grey is the working picture, full shows the finest detail there is."""
    light = ImageStat.Stat(grey)
    return Measures(
        sharpness=sharpness(grey),
        brightness=round(light.mean[0]),
        contrast=round(light.stddev[0]),
        screen_likeness=screen_likeness(full),
    )


def sharpness(grey: Image.Image) -> int:
    """How abruptly the working picture changes; `quality.BLURRED_BELOW` says how a phone computes the same.

    The weaker of both directions counts, since a moved phone leaves the edges along its way sharp. As a share of the picture's
    own variance, so that a dim shelf is as sharp as a bright one.
    """
    if min(grey.size) < 3:
        return 0
    spread = ImageStat.Stat(grey).var[0]
    return round(1000 * min(_edges(grey, _ACROSS), _edges(grey, _DOWN)) / (spread + NOISE))


def _edges(grey: Image.Image, kernel: ImageFilter.Kernel) -> float:
    edges = grey.filter(kernel).crop((1, 1, grey.width - 1, grey.height - 1))
    return ImageStat.Stat(edges).var[0]


def screen_likeness(full: Image.Image) -> int:
    """0 to 100: how much the finest detail repeats itself at a fixed distance everywhere, as pixels of a filmed screen do.

    Fine structure is compared with itself shifted by 1 to 16 pixels: in a scene the difference grows with the shift and stays;
    in a grid it falls back at the grid's width. The middle of three places counts, since one barcode is no screen.
    """
    if min(full.size) < 2 * _PATCH_SIDE:
        return 0
    places = ((0.25, 0.25), (0.5, 0.5), (0.75, 0.75))
    return sorted(_repetition(_patch(full, *place)) for place in places)[1]


def _patch(full: Image.Image, across: float, down: float) -> Image.Image:
    left = round(across * full.width) - _PATCH_SIDE // 2
    top = round(down * full.height) - _PATCH_SIDE // 2
    patch = full.crop((left, top, left + _PATCH_SIDE, top + _PATCH_SIDE)).convert("L")
    smooth = patch.filter(ImageFilter.BoxBlur(8))
    return ImageChops.subtract(patch, smooth, scale=1, offset=128)


def _repetition(fine: Image.Image) -> int:
    return max(_fall(_shifts(fine)), _fall(_shifts(fine.transpose(Image.Transpose.TRANSPOSE))))


def _shifts(fine: Image.Image) -> list[float]:
    """The mean difference to itself at each shift."""
    width, height = fine.size
    return [
        ImageStat.Stat(
            ImageChops.difference(fine.crop((lag, 0, width, height)), fine.crop((0, 0, width - lag, height)))
        ).mean[0]
        for lag in _LAGS
    ]


def _fall(differences: list[float]) -> int:
    """The deepest valley between two heights, in per cent of the lower one."""
    deepest = 0.0
    for at in range(1, len(differences) - 1):
        height = min(max(differences[:at]), max(differences[at + 1 :]))
        if height > 2:  # below that nothing is to be seen that could repeat itself
            deepest = max(deepest, 1 - differences[at] / height)
    return round(100 * deepest)
