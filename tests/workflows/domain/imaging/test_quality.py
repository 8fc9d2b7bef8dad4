"""Told at once: blurred, dark, too small. What is sharp is never called blurred, whatever its size, light and subject."""

from collections.abc import Callable
from dataclasses import replace
from math import floor

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests import scenes
from tests.workflows.domain.imaging.conftest import Look, saved
from workflows.domain.evidence.imaging import quality

STORES = range(8)
Change = Callable[[Image.Image], Image.Image]


def _moved(scene: Image.Image) -> Image.Image:
    """The phone moved sideways while it took the photo."""
    sum_of_all = scene
    for step in range(1, 16):
        sum_of_all = Image.blend(sum_of_all, ImageChops.offset(scene, step, 0), 1 / (step + 1))
    return sum_of_all


def _filmed(scene: Image.Image) -> Image.Image:
    """Taken from a screen: its lines and columns, slightly turned."""
    grid = Image.new("L", scene.size, 255)
    draw = ImageDraw.Draw(grid)
    for at in range(0, max(scene.size), 5):
        draw.line((at, 0, at, scene.height), fill=190)
        draw.line((0, at, scene.width, at), fill=190)
    turned = grid.rotate(2, Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(0.6))
    return ImageChops.multiply(scene, turned.convert("RGB"))


def _faults(look: Look, change: Change, min_pixels: int = quality.LEAST_PIXELS) -> list[tuple[str, ...]]:
    return [quality.faults(look(saved(change(scenes.shelf(store, 1)))), min_pixels) for store in STORES]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param(lambda scene: scene, (), id="sharp"),
        pytest.param(lambda scene: scene.resize((640, 480), Image.Resampling.BOX), (), id="sharp at 640 pixels"),
        pytest.param(
            lambda scene: scene.resize((4000, 3000), Image.Resampling.BICUBIC), (), id="sharp at 12 megapixels"
        ),
        pytest.param(lambda scene: scenes.blurred(scene, 1), (), id="a little soft"),
        pytest.param(lambda scene: scenes.brightened(scene, 0.5), (), id="dim"),
        pytest.param(lambda scene: scenes.brightened(scene, 1.6), (), id="bright"),
        pytest.param(lambda scene: scenes.blurred(scene, 4), (quality.BLURRED,), id="out of focus"),
        pytest.param(lambda scene: scenes.blurred(scene, 12), (quality.BLURRED,), id="far out of focus"),
        pytest.param(_moved, (quality.BLURRED,), id="moved"),
        pytest.param(lambda scene: scenes.brightened(scene, 0.2), (quality.DARK,), id="dark"),
        pytest.param(
            lambda scene: scenes.blurred(scenes.brightened(scene, 0.1), 6), (quality.DARK,), id="dark, so not blurred"
        ),
        pytest.param(lambda scene: scene.resize((320, 240), Image.Resampling.BOX), (quality.TOO_SMALL,), id="small"),
        pytest.param(_filmed, (quality.SCREEN_LIKE,), id="taken from a screen"),
    ],
)
def test_a_shelf_is_judged_by_what_can_be_seen(look: Look, change: Change, fault: tuple[str, ...]) -> None:
    assert _faults(look, change) == [fault] * len(STORES)


def test_the_promotion_says_how_many_pixels_are_enough(look: Look) -> None:
    inspection = look(saved(scenes.shelf(1, 1)))
    assert quality.faults(inspection, inspection.pixels) == ()
    assert quality.faults(inspection, inspection.pixels + 1) == (quality.TOO_SMALL,)


def test_sharpness_does_not_grow_with_the_camera(look: Look) -> None:
    small, large = (
        look(saved(scenes.shelf(3, 1).resize(size, Image.Resampling.LANCZOS))) for size in ((640, 480), (4000, 3000))
    )
    assert abs(small.sharpness - large.sharpness) < 0.25 * large.sharpness


def _as_a_phone_computes_it(photo: Image.Image) -> int:
    """What quality.BLURRED_BELOW tells whoever writes it for a phone, word by word."""
    width, height = photo.size
    colours = photo.convert("RGB").tobytes()
    grey = [
        floor((299 * colours[at] + 587 * colours[at + 1] + 114 * colours[at + 2]) / 1000 + 0.5)
        for at in range(0, len(colours), 3)
    ]
    inner = [row * width + column for row in range(1, height - 1) for column in range(1, width - 1)]
    across = [max(-128, min(127, grey[at - 1] + grey[at + 1] - 2 * grey[at])) for at in inner]
    down = [max(-128, min(127, grey[at - width] + grey[at + width] - 2 * grey[at])) for at in inner]
    return floor(1000 * min(_var(across), _var(down)) / (_var(grey) + 100) + 0.5)


def _var(values: list[int]) -> float:
    return sum(value * value for value in values) / len(values) - (sum(values) / len(values)) ** 2


@pytest.mark.parametrize("radius", [0, 1, 2, 3])
def test_a_phone_that_follows_the_description_finds_the_same(look: Look, radius: int) -> None:
    scene = scenes.blurred(scenes.shelf(2, 1).resize((512, 384), Image.Resampling.BOX), radius)
    assert look(saved(scene, "PNG")).sharpness == pytest.approx(_as_a_phone_computes_it(scene), rel=0.02, abs=1)


def test_several_faults_are_told_together(look: Look) -> None:
    inspection = replace(look(saved(scenes.shelf(1, 1))), sharpness=1, width=10, height=10, screen_likeness=90)
    assert quality.faults(inspection) == (quality.BLURRED, quality.TOO_SMALL, quality.SCREEN_LIKE)
