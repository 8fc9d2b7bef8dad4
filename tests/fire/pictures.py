"""Photos as strangers send them: honest ones of every make, and files made to crash, fill, hang or fool whoever opens them.

Each is made anew from a few lines; none is kept. `verdict` is what looking at it must say: ACCEPTED or an Unreadable's code.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any, Final

import pillow_heif
from PIL import Image

from tests import scenes
from tests.fire.picture_parts import box, chunk, exif_block, heic_with, jpeg_with, png, png_header, tiff_entry, zipped
from workflows.domain.evidence.imaging.inspection import ANIMATED, BROKEN, NOT_A_PICTURE, TOO_MANY_PIXELS

pillow_heif.register_heif_opener()

ACCEPTED: Final = "accepted"
_MADE: Final[dict[str, bytes]] = {}
SCRIPT: Final = b"<script>alert(1)</script>"


@dataclass(frozen=True)
class Picture:
    """One file: the name it comes under, the type it claims, how its bytes are made, and what must be said of it."""

    name: str
    verdict: str
    make: Callable[[], bytes]
    claimed: str = "image/jpeg"

    @property
    def content(self) -> bytes:
        """Its bytes, made once."""
        if self.name not in _MADE:
            _MADE[self.name] = self.make()
        return _MADE[self.name]


@cache
def scene() -> Image.Image:
    """A small shelf, upright, with something recognisable in its corners."""
    return scenes.shelf(5, 1).resize((640, 480), Image.Resampling.BOX)


@cache
def large(width: int, height: int) -> Image.Image:
    """A large picture that compresses well."""
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def saved(picture: Image.Image, kind: str, **more: Any) -> bytes:
    """The picture's bytes."""
    stream = BytesIO()
    if kind == "HEIF":
        more = {"enc_params": {"preset": "ultrafast"}, **more}
    picture.save(stream, kind, **more)
    return stream.getvalue()


def jpeg(**more: Any) -> bytes:
    """The small shelf as JPEG."""
    return saved(scene(), "JPEG", **{"quality": 85, **more})


def turned(kind: str, orientation: int) -> bytes:
    """The small shelf with an orientation in its EXIF."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(scene(), kind, exif=exif.tobytes())


def all_pictures() -> Iterator[Picture]:
    """Every file of the corpus."""
    yield from _honest()
    yield from _odd_but_honest()
    yield from _with_passengers()
    yield from _no_pictures()
    yield from _moving()
    yield from _bombs()
    yield from _damaged()


def _honest() -> Iterator[Picture]:
    yield Picture("shelf.jpg", ACCEPTED, jpeg)
    yield Picture("progressive.jpg", ACCEPTED, lambda: jpeg(progressive=True))
    yield Picture("all-colours.jpg", ACCEPTED, lambda: jpeg(subsampling=0))
    yield Picture("grey.jpg", ACCEPTED, lambda: saved(scene().convert("L"), "JPEG"))
    yield Picture("print-shop-cmyk.jpg", ACCEPTED, lambda: saved(scene().convert("CMYK"), "JPEG"))
    yield Picture("12-megapixels.jpg", ACCEPTED, lambda: saved(scene().resize((4000, 3000)), "JPEG", quality=90))
    yield Picture("48-megapixels.jpg", ACCEPTED, lambda: saved(large(8000, 6000), "JPEG"))
    yield Picture(
        "48-megapixels-progressive.jpg",
        ACCEPTED,
        lambda: saved(large(8000, 6000), "JPEG", progressive=True, subsampling=0),
    )
    for orientation in range(1, 9):
        yield Picture(f"held-{orientation}.jpg", ACCEPTED, lambda orientation=orientation: turned("JPEG", orientation))
    yield Picture("screenshot.png", ACCEPTED, lambda: saved(scene(), "PNG"), "image/png")
    yield Picture("shelf.webp", ACCEPTED, lambda: saved(scene(), "WEBP"), "image/webp")
    yield Picture("lossless.webp", ACCEPTED, lambda: saved(scene(), "WEBP", lossless=True), "image/webp")
    yield Picture("24-megapixels.webp", ACCEPTED, lambda: saved(large(6000, 4000), "WEBP", method=0), "image/webp")
    yield Picture("iphone.heic", ACCEPTED, lambda: saved(scene(), "HEIF"), "image/heic")
    yield Picture("iphone-held.heic", ACCEPTED, lambda: turned("HEIF", 6), "image/heic")
    yield Picture("48-megapixels.png", ACCEPTED, lambda: saved(large(8000, 6000), "PNG", compress_level=1), "image/png")
    yield Picture("24-megapixels.heic", ACCEPTED, lambda: saved(large(6000, 4000), "HEIF"), "image/heic")
    yield Picture("12-megapixels.heic", ACCEPTED, lambda: saved(scene().resize((4000, 3000)), "HEIF"), "image/heic")


def _odd_but_honest() -> Iterator[Picture]:
    yield Picture("palette.png", ACCEPTED, lambda: saved(scene().quantize(64), "PNG"), "image/png")
    yield Picture(
        "palette-with-hole.png", ACCEPTED, lambda: saved(scene().quantize(64), "PNG", transparency=3), "image/png"
    )
    yield Picture("transparent.png", ACCEPTED, lambda: saved(scene().convert("RGBA"), "PNG"), "image/png")
    yield Picture("transparent-grey.png", ACCEPTED, lambda: saved(scene().convert("LA"), "PNG"), "image/png")
    yield Picture("fax.png", ACCEPTED, lambda: saved(scene().convert("1"), "PNG"), "image/png")
    yield Picture("16-bit-grey.png", ACCEPTED, lambda: saved(scene().convert("L").convert("I;16"), "PNG"), "image/png")
    yield Picture("16-bit-colour.png", ACCEPTED, lambda: png(64, 48, 16, 2, bytes(1 + 64 * 6) * 48), "image/png")
    yield Picture("transparent.webp", ACCEPTED, lambda: saved(scene().convert("RGBA"), "WEBP"), "image/webp")
    yield Picture("a-png-called.jpg", ACCEPTED, lambda: saved(scene(), "PNG"))
    yield Picture("a-jpeg-called.png", ACCEPTED, jpeg, "image/png")
    yield Picture("a-heic-called.jpg", ACCEPTED, lambda: saved(scene(), "HEIF"))
    yield Picture("one-pixel.png", ACCEPTED, lambda: saved(Image.new("RGB", (1, 1)), "PNG"), "image/png")
    yield Picture("a-line.png", ACCEPTED, lambda: saved(Image.new("RGB", (30_000, 1)), "PNG"), "image/png")
    yield Picture("a-line.jpg", ACCEPTED, lambda: saved(Image.new("RGB", (1, 30_000)), "JPEG"))
    yield Picture("two-lenses.jpg", ACCEPTED, lambda: saved(scene(), "MPO", save_all=True, append_images=[scene()] * 2))
    yield Picture(
        "burst.heic", ACCEPTED, lambda: saved(scene(), "HEIF", save_all=True, append_images=[scene()] * 2), "image/heic"
    )


def _with_passengers() -> Iterator[Picture]:
    yield Picture("motion-photo.jpg", ACCEPTED, lambda: jpeg() + box(b"ftyp", b"isom") + box(b"mdat", bytes(50_000)))
    yield Picture("jpeg-and-zip.jpg", ACCEPTED, lambda: jpeg() + zipped("evil.sh", b"rm -rf /"))
    yield Picture("jpeg-and-jar.jpg", ACCEPTED, lambda: jpeg() + zipped("META-INF/MANIFEST.MF", b"Main-Class: Evil"))
    yield Picture("jpeg-and-html.jpg", ACCEPTED, lambda: jpeg(comment=b"<html>" + SCRIPT))
    yield Picture("jpeg-and-php.jpg", ACCEPTED, lambda: jpeg() + b"<?php system($_GET[0]); ?>")
    yield Picture("png-and-html.png", ACCEPTED, lambda: _png_with(chunk(b"tEXt", b"Comment\0" + SCRIPT)), "image/png")
    yield Picture("where-it-was.jpg", ACCEPTED, _with_place)
    yield Picture("xmp.jpg", ACCEPTED, lambda: jpeg(xmp=b"<x:xmpmeta>" + SCRIPT * 2_000 + b"</x:xmpmeta>"))
    yield Picture("colours-unknown.jpg", ACCEPTED, lambda: jpeg(icc_profile=b"\xff" * 120_000))
    yield Picture(
        "exif-of-4-gigabytes.jpg", ACCEPTED, lambda: jpeg(exif=exif_block([tiff_entry(0x010F, 2, 0xFFFFFFFF, 8)]))
    )
    yield Picture(
        "exif-of-65535-entries.jpg",
        ACCEPTED,
        lambda: jpeg(exif=exif_block([tiff_entry(0x8769, 4, 1, 8)], count=65_535)),
    )
    yield Picture(
        "exif-in-a-circle.jpg", ACCEPTED, lambda: jpeg(exif=exif_block([tiff_entry(0x8769, 4, 1, 8)], following=8))
    )
    yield Picture("exif-held-9.jpg", ACCEPTED, lambda: jpeg(exif=exif_block([tiff_entry(0x0112, 3, 1, 9 << 16)])))
    yield Picture("exif-held-text.jpg", ACCEPTED, lambda: jpeg(exif=exif_block([tiff_entry(0x0112, 2, 4, 0x41414100)])))
    yield Picture("exif-of-noise.jpg", ACCEPTED, lambda: jpeg(exif=b"Exif\0\0II*\0" + bytes(range(256)) * 200))


def _with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "HUAWEI"
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (31.0, 13.0, 49.0)
    return jpeg(exif=exif, comment=SCRIPT)


def _png_with(extra: bytes) -> bytes:
    """The small shelf as PNG with one more chunk behind its header."""
    content = saved(scene(), "PNG")
    return content[:33] + extra + content[33:]


def _no_pictures() -> Iterator[Picture]:
    said = {
        "nothing.jpg": b"",
        "one-byte.jpg": b"\xff",
        "zeros.jpg": bytes(4_096),
        "noise.jpg": bytes(at * at % 251 for at in range(4_096)),
        "text.jpg": b"This is not a photo.",
        "page.html": b"<!DOCTYPE html><html>" + SCRIPT,
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>",
        "entities.svg": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><svg>&b;</svg>',
        "paper.pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
        "program.jpg": b"MZ" + bytes(300),
        "program-elf.jpg": b"\x7fELF" + bytes(300),
        "postscript.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (w) file",
        "photoshop.jpg": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 30_000, 30_000, 8, 3),
        "astronomy.jpg": b"SIMPLE  =                    T".ljust(2_880),
        "jpeg2000.jpg": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(300),
        "avif.heic": box(b"ftyp", b"avif\0\0\0\0avifmif1") + bytes(300),
        "film.heic": box(b"ftyp", b"isom\0\0\0\0isommp42") + bytes(300),
        "sound.webp": b"RIFF\x24\0\0\0WAVEfmt " + bytes(300),
    }
    for name, content in said.items():
        yield Picture(name, NOT_A_PICTURE, lambda content=content: content)
    small = scene().resize((64, 48))
    for kind in ("GIF", "BMP", "TIFF", "ICO", "PPM", "TGA"):
        yield Picture(f"{kind.lower()}.jpg", NOT_A_PICTURE, lambda kind=kind: saved(small, kind))
    yield Picture(
        "gif-and-jar.gif", NOT_A_PICTURE, lambda: saved(small, "GIF") + zipped("Evil.class", b"\xca\xfe"), "image/gif"
    )
    yield Picture(
        "fax-of-90-megapixels.tiff",
        NOT_A_PICTURE,
        lambda: saved(Image.new("1", (10_000, 9_000)), "TIFF", compression="group4"),
    )
    yield Picture("archive.jpg", NOT_A_PICTURE, lambda: zipped("photo.jpg", jpeg()))
    yield Picture("spaces-before.jpg", NOT_A_PICTURE, lambda: b"  " + jpeg())


def _moving() -> Iterator[Picture]:
    frames = [scene().resize((64, 48)), Image.new("RGB", (64, 48), "red"), Image.new("RGB", (64, 48), "blue")]
    moving = {"save_all": True, "append_images": frames[1:], "duration": 100}
    yield Picture("moving.png", ANIMATED, lambda: saved(frames[0], "PNG", **moving), "image/png")
    yield Picture("moving.webp", ANIMATED, lambda: saved(frames[0], "WEBP", **moving), "image/webp")
    yield Picture("moving.gif", NOT_A_PICTURE, lambda: saved(frames[0], "GIF", **moving), "image/gif")
    yield Picture("moving.heic", ANIMATED, lambda: box(b"ftyp", b"msf1\0\0\0\0msf1hevc") + bytes(300), "image/heic")
    yield Picture(
        "moving-hevc.heic", ANIMATED, lambda: box(b"ftyp", b"hevc\0\0\0\0mif1heic") + bytes(300), "image/heic"
    )


def _bombs() -> Iterator[Picture]:
    yield Picture(
        "88-megapixels.png", TOO_MANY_PIXELS, lambda: saved(Image.new("1", (11_000, 8_000)), "PNG"), "image/png"
    )
    yield Picture(
        "400-megapixels.png", TOO_MANY_PIXELS, lambda: saved(Image.new("1", (20_000, 20_000)), "PNG"), "image/png"
    )
    yield Picture("4-gigapixels-said.png", TOO_MANY_PIXELS, lambda: png(65_535, 65_535, 8, 2, bytes(100)), "image/png")
    yield Picture(
        "2-to-the-62-said.png", TOO_MANY_PIXELS, lambda: png(0x7FFFFFFF, 0x7FFFFFFF, 8, 2, bytes(100)), "image/png"
    )
    yield Picture("81-megapixels.jpg", TOO_MANY_PIXELS, lambda: saved(Image.new("L", (9_000, 9_000)), "JPEG"))
    yield Picture("4-gigapixels-said.jpg", TOO_MANY_PIXELS, lambda: jpeg_with(jpeg(), height=65_500, width=65_500))
    yield Picture(
        "60-megapixels.webp",
        TOO_MANY_PIXELS,
        lambda: saved(Image.new("RGB", (10_000, 6_000)), "WEBP", method=0),
        "image/webp",
    )
    yield Picture(
        "60-megapixels-said.heic",
        TOO_MANY_PIXELS,
        lambda: heic_with(saved(scene(), "HEIF"), 10_000, 6_000),
        "image/heic",
    )
    yield Picture(
        "49-megapixels-of-nothing.png",
        TOO_MANY_PIXELS,
        lambda: saved(Image.new("RGBA", (7_000, 7_000)), "PNG"),
        "image/png",
    )
    yield Picture(
        "49-megapixels-deep.png",
        TOO_MANY_PIXELS,
        lambda: png(7_000, 7_000, 16, 6, bytes(1 + 7_000 * 8) * 7_000),
        "image/png",
    )
    yield Picture("text-of-200-megabytes.png", BROKEN, lambda: _png_with(_text_bomb(200)), "image/png")
    yield Picture("many-texts.png", BROKEN, lambda: _png_with(_text_bomb(1) * 100), "image/png")
    yield Picture("profile-of-200-megabytes.png", BROKEN, lambda: _png_with(_profile_bomb(200)), "image/png")
    yield Picture("more-rows-than-said.png", ACCEPTED, lambda: png(64, 48, 8, 2, bytes(300_000_000)), "image/png")
    yield Picture("4000-scans.jpg", BROKEN, lambda: _scan_bomb(large(800, 600), 4_000))
    yield Picture("95-scans-of-48-megapixels.jpg", ACCEPTED, lambda: _scan_bomb(large(8000, 6000), 85))


def _text_bomb(megabytes: int) -> bytes:
    return chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(megabytes * 1_000_000), 9))


def _profile_bomb(megabytes: int) -> bytes:
    return chunk(b"iCCP", b"Display\0\0" + zlib.compress(bytes(megabytes * 1_000_000), 9))


def _scan_bomb(picture: Image.Image, times: int) -> bytes:
    """A progressive JPEG that paints its whole surface anew, and anew."""
    content = saved(picture, "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * times + b"\xff\xd9"


def _damaged() -> Iterator[Picture]:
    whole = {
        "jpg": jpeg,
        "png": lambda: saved(scene(), "PNG"),
        "webp": lambda: saved(scene(), "WEBP"),
        "heic": lambda: saved(scene(), "HEIF"),
    }
    for ending, make in whole.items():
        claimed = "image/" + ending.replace("jpg", "jpeg")
        yield Picture(f"half.{ending}", BROKEN, lambda make=make: make()[: len(make()) // 2], claimed)
        yield Picture(f"beginning.{ending}", BROKEN, lambda make=make: make()[:40], claimed)
        yield Picture(f"magic-only.{ending}", BROKEN, lambda make=make: make()[:12], claimed)
        yield Picture(f"nine-tenths.{ending}", BROKEN, lambda make=make: make()[: len(make()) * 9 // 10], claimed)
    yield Picture("half-progressive.jpg", BROKEN, lambda: jpeg(progressive=True)[: len(jpeg(progressive=True)) // 2])
    yield Picture("no-height.png", BROKEN, lambda: png(64, 0, 8, 2, b""), "image/png")
    yield Picture("no-width.png", BROKEN, lambda: png(0, 64, 8, 2, bytes(64)), "image/png")
    yield Picture("no-height.jpg", BROKEN, lambda: jpeg_with(jpeg(), height=0, width=640))
    yield Picture("no-rows.png", BROKEN, lambda: png_header(64, 48, 8, 2) + chunk(b"IEND", b""), "image/png")
    yield Picture("fewer-rows-than-said.png", BROKEN, lambda: png(640, 480, 8, 2, bytes(1000)), "image/png")
    yield Picture("taller-than-it-is.jpg", ACCEPTED, lambda: jpeg_with(jpeg(), height=4_800, width=640))
    yield Picture("twelve-bits.jpg", BROKEN, lambda: jpeg_with(jpeg(), precision=12))
    yield Picture("of-a-kind-unknown.png", BROKEN, lambda: png(64, 48, 7, 5, bytes(10_000)), "image/png")
    yield Picture(
        "heic-without-pictures.heic",
        BROKEN,
        lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(4)),
        "image/heic",
    )
    yield Picture("only-a-thumbnail.jpg", BROKEN, lambda: b"\xff\xd8\xff\xe1\x00\x10Exif\0\0" + bytes(8) + b"\xff\xd9")
