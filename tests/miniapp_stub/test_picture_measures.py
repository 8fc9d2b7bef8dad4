"""What the phone says of a photo at once is what the server says later: the same measures, the same thresholds."""

import base64
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageEnhance, ImageFilter

from tests.node import run_node
from tests.pictures import blurred, jpeg, shelf
from workflows.domain.evidence.imaging import quality
from workflows.domain.evidence.imaging.child import inspect

SCRIPT = Path(__file__).parent / "measuring.js"
PICTURE_JS = Path(__file__).parents[2] / "miniapp_stub" / "core" / "picture.js"


def _dark(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(0.12)


PICTURES = {
    "sharp": shelf(1),
    "upright": shelf(2, size=(1536, 2048)),
    "odd size": shelf(3, size=(1999, 1123)),
    "a little soft": shelf(4).filter(ImageFilter.GaussianBlur(2)),
    "blurred": blurred(shelf(5)),
    "dark": _dark(shelf(6)),
    "dark and blurred": _dark(blurred(shelf(7))),
    "small": shelf(8, size=(500, 400)),
    "tiny": shelf(9, size=(2, 2)),
    "grey wall": Image.new("RGB", (1280, 960), (128, 128, 128)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_phone_measures_a_photo_as_the_server_does(name: str) -> None:
    content = jpeg(PICTURES[name])
    here = _on_the_phone(content)
    there, _ = inspect(content)
    assert here["brightness"] == pytest.approx(there.brightness, abs=1)
    assert here["sharpness"] == pytest.approx(there.sharpness, rel=0.15, abs=2)  # a dark one has few greys to round
    told_on_the_spot = {quality.BLURRED, quality.DARK, quality.TOO_SMALL}
    assert here["faults"] == [fault for fault in quality.faults(there) if fault in told_on_the_spot]


def test_the_thresholds_are_the_servers() -> None:
    source = PICTURE_JS.read_text(encoding="utf-8")
    found = {name: int(value) for name, value in re.findall(r"export const (\w+) = (\d+);", source)}
    assert found == {
        "BLURRED_BELOW": quality.BLURRED_BELOW,
        "DARK_BELOW": quality.DARK_BELOW,
        "LEAST_PIXELS": quality.LEAST_PIXELS,
    }


def _on_the_phone(content: bytes) -> dict[str, Any]:
    with Image.open(io.BytesIO(content)) as picture:
        pixels = base64.b64encode(picture.convert("RGBA").tobytes()).decode()
        measures: dict[str, Any] = json.loads(run_node(SCRIPT, pixels, *map(str, picture.size)))
    return measures
