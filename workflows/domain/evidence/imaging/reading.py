"""Opening a stranger's bytes as a picture: formats, frames, pixels and truncation. Runs in the decode child only."""

from io import BytesIO
from typing import Final

import pillow_heif
from PIL import Image, ImageFile

from workflows.domain.evidence.imaging.inspection import (
    ANIMATED,
    BROKEN,
    NOT_A_PICTURE,
    TOO_MANY_PIXELS,
    Unreadable,
)

JPEG, PNG, WEBP, HEIF = "JPEG", "PNG", "WEBP", "HEIF"
MEDIA_TYPES: Final = {JPEG: "image/jpeg", PNG: "image/png", WEBP: "image/webp", HEIF: "image/heic"}
MOST_PIXELS: Final = {JPEG: 50_000_000, PNG: 50_000_000, WEBP: 25_000_000, HEIF: 50_000_000}
"""What fits the child's memory. A WebP is held four times while it is read, and phones make none that large; a transparent PNG
is held twice and fits up to 40 million or so: beyond that its memory ends first, with the same verdict."""

_MOST_SCANS: Final = 100
"""Cameras write up to a dozen. Each scan of a progressive JPEG may paint the whole surface anew."""

FULL_SIDE: Final = 2048
_SHARP_ENOUGH_SIDE: Final = 1600  # a JPEG is decoded at half or a quarter where at least this much is left
_STILL_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_MOVING_HEIC: Final = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})


def prepare() -> None:
    """Load what opening needs, before the child is limited."""
    # A photo is limited by our own figures, which are told; Pillow's own would only warn up to twice as many.
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.init()


def kind_of(content: bytes) -> str:
    """The format by its first bytes: names and declared types say nothing. Raises Unreadable."""
    if content[:3] == b"\xff\xd8\xff":
        return JPEG
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content[4:8] == b"ftyp":
        return _kind_of_heic(content[8:12])
    raise Unreadable(NOT_A_PICTURE)


def _kind_of_heic(brand: bytes) -> str:
    if brand in _MOVING_HEIC:
        raise Unreadable(ANIMATED)
    if brand not in _STILL_HEIC:
        raise Unreadable(NOT_A_PICTURE)
    return HEIF


def opened(content: bytes) -> tuple[Image.Image, str]:
    """The picture with its format, its header read and nothing decoded. Raises Unreadable, and whatever Pillow raises.

    A JPEG with several pictures (MPO: phones write depth and brightness maps behind the photo) and a HEIC with several count as
    their first. What moves is refused: one frame of it would prove nothing.
    """
    kind = kind_of(content)
    if kind == WEBP:
        _check_size(_webp_size(content), kind)  # Pillow makes room for all of it while it opens
    if kind == JPEG and content.count(b"\xff\xda") > _MOST_SCANS:
        raise Unreadable(BROKEN)
    picture = Image.open(BytesIO(content), formats=[kind])
    _check_size(picture.size, kind)
    if kind in (PNG, WEBP) and getattr(picture, "is_animated", False):
        raise Unreadable(ANIMATED)
    return picture, kind


def _check_size(size: tuple[int, int], kind: str) -> None:
    if min(size) < 1:
        raise Unreadable(BROKEN)
    if size[0] * size[1] > MOST_PIXELS[kind]:
        raise Unreadable(TOO_MANY_PIXELS)


def _webp_size(content: bytes) -> tuple[int, int]:
    """As its first chunk says: extended, lossless or lossy."""
    if content[12:16] == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if content[12:16] == b"VP8L":
        both = int.from_bytes(content[21:25], "little")
        return 1 + (both & 0x3FFF), 1 + (both >> 14 & 0x3FFF)
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF


def decoded(picture: Image.Image, kind: str) -> Image.Image:
    """The whole picture, decoded to its end. Raises whatever Pillow raises.

    Not more of a large JPEG than the full derivative needs; `verify` is no way, it passes a JPEG cut in half.
    """
    if kind == JPEG:
        _draft(picture)
    picture.load()
    return picture


def _draft(picture: Image.Image) -> None:
    side = max(picture.size)
    scale = next((scale for scale in (8, 4, 2) if side // scale >= _SHARP_ENOUGH_SIDE), 1)
    if scale > 1:
        picture.draft(None, (max(1, picture.width // scale), max(1, picture.height // scale)))
