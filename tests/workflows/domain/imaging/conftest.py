"""One decoder for all tests here, and a photo's bytes looked at in one line."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from workflows.domain.evidence.imaging.decoder import Decoder
from workflows.domain.evidence.imaging.inspection import Inspection

pillow_heif.register_heif_opener()

Look = Callable[[bytes], Inspection]


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    with Decoder() as made:
        yield made


@pytest.fixture
def look(decoder: Decoder, tmp_path: Path) -> Look:
    """What is seen of a photo with these bytes; its derivatives are full.jpg and thumb.jpg in tmp_path."""

    def at(content: bytes) -> Inspection:
        source = tmp_path / "photo"
        source.write_bytes(content)
        return decoder.inspect(source, tmp_path / "full.jpg", tmp_path / "thumb.jpg")

    return at


def size_of(path: Path) -> tuple[int, int]:
    """How large a picture is."""
    with Image.open(path) as picture:
        return picture.size


def saved(picture: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    """The picture's bytes."""
    stream = BytesIO()
    picture.save(stream, kind, **more)
    return stream.getvalue()
