"""The two pictures people are shown, and the small grey one that is measured. Runs in the decode child only."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image
from PIL.Image import Resampling, Transpose

from workflows.domain.evidence.imaging.reading import FULL_SIDE

THUMB_SIDE: Final = 320
WORKING_SIDE: Final = 512
_QUALITY: Final = 80
_TURNS: Final = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Derived:
    """The upright photo in three sizes; `grey` is the whole picture with its longest side at WORKING_SIDE."""

    full: Image.Image
    thumb: Image.Image
    grey: Image.Image


def derived(picture: Image.Image, orientation: int) -> Derived:
    """Make them: small first, since turning and converting 50 megapixels would need three times the memory."""
    full = _plain(_within(_deep_grey_as_light(picture), FULL_SIDE))
    if orientation in _TURNS:
        full = full.transpose(_TURNS[orientation])
    full.info.clear()  # what the camera wrote must not travel on: Pillow would save comments, profiles and more again
    working = _working(full)
    return Derived(full, _within(working, THUMB_SIDE), working.convert("L"))


def written(picture: Image.Image) -> bytes:
    """As JPEG without a word about where it comes from."""
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()


def _within(picture: Image.Image, side: int) -> Image.Image:
    """No side longer than `side`; never enlarged. A palette's numbers are not colours and cannot be averaged."""
    longest = max(picture.size)
    if longest <= side:
        return picture
    if picture.mode in ("P", "PA", "1"):
        picture = picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    size = (max(1, picture.width * side // longest), max(1, picture.height * side // longest))
    return picture.resize(size, Resampling.BICUBIC, reducing_gap=2.0)


def _working(full: Image.Image) -> Image.Image:
    """Longest side at WORKING_SIDE, each point the mean of what it covers; a smaller picture stays as it is."""
    longest = max(full.size)
    if longest <= WORKING_SIDE:
        return full
    size = (max(1, full.width * WORKING_SIDE // longest), max(1, full.height * WORKING_SIDE // longest))
    return full.resize(size, Resampling.BOX)


def _deep_grey_as_light(picture: Image.Image) -> Image.Image:
    """Sixteen bits of grey as eight: a plain conversion would cut everything above 255 to white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _plain(picture: Image.Image) -> Image.Image:
    """Red, green, blue and nothing else; what is transparent shows white paper."""
    if picture.mode == "RGB":
        return picture
    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(paper, clear).convert("RGB")
    return picture.convert("RGB")
