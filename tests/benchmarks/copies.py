"""How surely a copy of a photo is found, and how often a different one is taken for it: the print rule of adr/0020."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

from tests import scenes
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Plan
from workflows.domain.evidence.imaging import derivatives, prints, reading
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import MOST_BITS, PAIRS, distance, is_confirmed

Prints = Mapping[str, Print]
Change = Callable[[Image.Image], Image.Image]
SHELVES_OF_A_STORE = 3
FALSE_PER_CENT, STRONG, MIRRORED, CUT = 0.1, 99, 95, 80


def measured(plan: Plan, photographs: Sequence[Image.Image] = ()) -> list[Figure]:
    """Recall for each way to change a picture, and false matches among all pairs of different ones."""
    places = [(number // SHELVES_OF_A_STORE, number % SHELVES_OF_A_STORE) for number in range(plan.scenes)]
    pictures = [*(scenes.shelf(*place) for place in places), *photographs]
    kept = [_prints(picture) for picture in pictures]
    found = [
        _recall(name, target, [change(one) for one in pictures], kept) for name, (change, target) in _CHANGES.items()
    ]
    later = [scenes.shelf(*place, day=1) for place in places]
    honest = _recall("the same shelf on another day, honest", None, later, kept[: len(later)])
    return [*found, *_false(kept, plan.scenes), honest]


def is_alike(asked: Prints, kept: Prints) -> bool:
    """Would the search find it? The rule of `imaging/likeness.py`, without a database."""
    return any(
        distance(asked[one].bits, kept[other].bits) <= MOST_BITS and is_confirmed(asked[one].fine, kept[other].fine)
        for one, other in PAIRS
    )


def _recall(name: str, target: int | None, changed: list[Image.Image], kept: list[Prints]) -> Figure:
    hits = sum(is_alike(_prints(photo), original) for photo, original in zip(changed, kept, strict=True))
    share = 100 * hits / len(kept)
    return Figure(f"taken for a copy: {name}", "", f"{hits} of {len(kept)}", "", share, " %", target, is_least=True)


def _false(kept: list[Prints], shelves: int) -> list[Figure]:
    """Among all pairs, and among neighbours in one store, whose shelves share products, walls and light."""
    pairs = [(one, other) for one in range(len(kept)) for other in range(len(kept)) if one != other]
    near = [
        (one, other)
        for one, other in pairs
        if max(one, other) < shelves and one // SHELVES_OF_A_STORE == other // SHELVES_OF_A_STORE
    ]
    return [_false_among("all pairs", pairs, kept), _false_among("neighbours in one store", near, kept)]


def _false_among(name: str, pairs: list[tuple[int, int]], kept: list[Prints]) -> Figure:
    hits = sum(is_alike(kept[one], kept[other]) for one, other in pairs)
    work = f"different pictures taken for copies, {name}"
    return Figure(work, "", f"{hits} of {len(pairs):,}", "", 100 * hits / len(pairs), " %", FALSE_PER_CENT)


def _prints(photo: Image.Image) -> Prints:
    """By the product's own way: as JPEG, decoded, shrunk, printed."""
    content = BytesIO()
    photo.save(content, "JPEG", quality=85)
    picture, kind = reading.opened(content.getvalue())
    made = derivatives.derived(reading.decoded(picture, kind), 1)
    return {one.variant: one for one in prints.prints_of(made.grey)}


def _again(photo: Image.Image, quality: int) -> Image.Image:
    content = BytesIO()
    photo.save(content, "JPEG", quality=quality)
    return Image.open(content)


def _cut(photo: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    width, height = photo.size
    return photo.crop(
        (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    )


def _around(share: float) -> Change:
    """So much less in width and height, the middle kept."""
    return lambda photo: _cut(photo, share / 2, share / 2, share / 2, share / 2)


def _aslant(photo: Image.Image) -> Image.Image:
    width, height = photo.size
    corners = (0.03 * width, 0.015 * height, 0, height, width, 0.985 * height, 0.97 * width, 0)
    return photo.transform(photo.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)


def _stamped(photo: Image.Image) -> Image.Image:
    """A black bar over a tenth of the height, with time and place."""
    stamped = photo.copy()
    draw, top = ImageDraw.Draw(stamped), photo.height * 9 // 10
    draw.rectangle((0, top, *photo.size), fill=(0, 0, 0))
    draw.text((20, top + 20), "2026-11-22 09:30 上海", fill=(255, 255, 255), font_size=36)
    return stamped


@cache
def _marks(size: tuple[int, int]) -> Image.Image:
    marks = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(marks)
    for top in range(0, size[1], 150):
        draw.text(
            (40 + top % 300, top),
            "CAMERA 2026-11-22 09:30   CAMERA 2026-11-22",
            fill=(255, 255, 255, 110),
            font_size=48,
        )
    return marks


def _marked(photo: Image.Image) -> Image.Image:
    return Image.alpha_composite(photo.convert("RGBA"), _marks(photo.size)).convert("RGB")


_CHANGES: Mapping[str, tuple[Change, int | None]] = {
    "JPEG quality 30": (lambda photo: _again(photo, 30), STRONG),
    "1080 pixels, quality 60": (lambda photo: _again(photo.resize((1080, 810), Image.Resampling.BICUBIC), 60), STRONG),
    "half the size": (lambda photo: photo.reduce(2), STRONG),
    "30 % brighter": (lambda photo: scenes.brightened(photo, 1.3), STRONG),
    "30 % darker": (lambda photo: scenes.brightened(photo, 0.7), STRONG),
    "blurred (radius 3 at 1200)": (lambda photo: scenes.blurred(photo, 3), STRONG),
    "a watermark all over": (_marked, STRONG),
    "mirrored": (lambda photo: photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT), MIRRORED),
    "5 % cut off around": (_around(0.05), CUT),
    "perspective 3 %": (_aslant, CUT),
    "mirrored, 5 % cut off": (lambda photo: _around(0.05)(photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)), None),
    "5 % cut off one corner": (lambda photo: _cut(photo, 0.05, 0.05, 0, 0), None),
    "10 % cut off around": (_around(0.10), None),
    "20 % cut off around": (_around(0.20), None),
    "a black bar over a tenth": (_stamped, None),
    "turned by 3°": (lambda photo: photo.rotate(3, Image.Resampling.BICUBIC), None),
}
