"""The pieces that picture files are made of, to be put together wrongly: PNG chunks, ISO boxes, EXIF entries, a JPEG's frame."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width: int, height: int, depth: int, colours: int) -> bytes:
    """A PNG up to its first data."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))


def png(width: int, height: int, depth: int, colours: int, rows: bytes) -> bytes:
    """A PNG that says one thing in its header and has these rows, right or wrong."""
    return png_header(width, height, depth, colours) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def box(kind: bytes, content: bytes) -> bytes:
    """One box of a HEIC or a film."""
    return struct.pack(">I", 8 + len(content)) + kind + content


def jpeg_with(
    content: bytes, height: int | None = None, width: int | None = None, precision: int | None = None
) -> bytes:
    """A JPEG whose frame says something else than what follows it."""
    at = next(content.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in content) + 4
    said = struct.unpack(">BHH", content[at : at + 5])
    frame = struct.pack(
        ">BHH",
        said[0] if precision is None else precision,
        said[1] if height is None else height,
        said[2] if width is None else width,
    )
    return content[:at] + frame + content[at + 5 :]


def heic_with(content: bytes, width: int, height: int) -> bytes:
    """A HEIC that says another size than its picture has."""
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def tiff_entry(tag: int, kind: int, count: int, value: int) -> bytes:
    """One entry of an EXIF directory."""
    return struct.pack(">HHII", tag, kind, count, value)


def exif_block(entries: Sequence[bytes], count: int | None = None, following: int = 0) -> bytes:
    """An EXIF block with one directory, which may lie about how many entries it has and what follows it."""
    directory = (
        struct.pack(">H", len(entries) if count is None else count) + b"".join(entries) + struct.pack(">I", following)
    )
    return b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory


def zipped(name: str, content: bytes) -> bytes:
    """A ZIP archive with one file."""
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()
