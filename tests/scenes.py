"""Made-up shelves, each the same for the same numbers: products in facings, price tags, light from one side, a paper with a code.

Two shelves of one store share its walls, light, camera height and most products, as neighbouring shelves do.
"""

import math
import random
from functools import cache
from typing import Final

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE: Final = (1200, 900)
_SKUS: Final = 14
_CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
Colour = tuple[int, int, int]


def shelf(store: int, number: int, day: int = 0, size: tuple[int, int] = SIZE) -> Image.Image:
    """Shelf `number` of a store as photographed on a day; another day changes some facings, the light, where one stands."""
    scene = _painted(store, number, day)
    if day:
        scene = _from_elsewhere(scene, _dice(f"stand {store} {number} {day}"))
    lit = _lit(scene, _dice(f"light {store} {day}"))
    noisy = Image.blend(lit, _noise().resize(SIZE), 0.04)
    return noisy if size == SIZE else noisy.resize(size, Image.Resampling.BICUBIC)


def _painted(store: int, number: int, day: int) -> Image.Image:
    look, change = _dice(f"store {store}"), _dice(f"day {store} {number} {day}")
    wall, board = _pale(look), _colour(look)
    rows = look.choice((3, 4, 4, 5))
    own = _dice(f"shelf {store} {number}")
    image = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(image)
    height = SIZE[1] // rows
    for row in range(rows):
        floor = (row + 1) * height - 26
        draw.rectangle((0, row * height, SIZE[0], floor), fill=_darker(wall, 40 + 12 * row))
        _facings(draw, own, change if day else None, store, row * height, floor)
        draw.rectangle((0, floor, SIZE[0], floor + 26), fill=board)
        _price_tags(draw, own, floor)
    if own.random() < 0.6:
        _poster(draw, own)
    _paper(draw, _dice(f"paper {store} {number} {day}"))
    return image


def _facings(
    draw: ImageDraw.ImageDraw, own: random.Random, change: random.Random | None, store: int, top: int, floor: int
) -> None:
    left = own.randrange(-30, 20)
    while left < SIZE[0]:
        sku = own.randrange(_SKUS)
        count = own.choice((1, 1, 2, 2, 3, 4))
        if change is not None and change.random() < 0.25:
            sku = change.randrange(_SKUS)
        product = _dice(f"sku {store % 7} {sku}")  # seven assortments: chains sell the same things
        width, height = product.randrange(46, 120), round((floor - top) * product.uniform(0.45, 0.92))
        for _ in range(count):
            _package(draw, _dice(f"pack {store % 7} {sku}"), (left, floor - height, left + width, floor - 1))
            left += width + own.randrange(2, 8)
        left += own.choice((0, 0, 10, 60, 140))


def _package(draw: ImageDraw.ImageDraw, product: random.Random, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    colour, shape = _colour(product), product.choice(("box", "can", "bottle", "bag"))
    width, height = right - left, bottom - top
    if shape == "bottle":
        neck = top + height // 4
        draw.rectangle((left + width // 3, top, right - width // 3, neck), fill=_darker(colour, 50))
        draw.rounded_rectangle((left, neck, right, bottom), radius=10, fill=colour)
    elif shape == "bag":
        draw.polygon(((left + 6, top), (right - 6, top), (right, bottom), (left, bottom)), fill=colour)
    else:
        draw.rounded_rectangle(box, radius=3 if shape == "box" else 12, fill=colour)
    _label(draw, product, (left, top + height // 3, right, bottom - height // 6))
    draw.line((left + 3, top + height // 3, left + 3, bottom - 4), fill=_lighter(colour, 70), width=3)


def _label(draw: ImageDraw.ImageDraw, product: random.Random, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    paper = product.choice(((245, 245, 240), (250, 230, 120), (30, 30, 40), (220, 40, 40)))
    draw.rectangle((left + 2, top, right - 2, max(top + 4, bottom)), fill=paper)
    centre, ink = ((left + right) // 2, (top + bottom) // 2), _colour(product)
    radius = max(4, min(right - left, bottom - top) // 4)
    if product.random() < 0.5:
        draw.ellipse((centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius), fill=ink)
    else:
        draw.polygon(
            (
                (centre[0], centre[1] - radius),
                (centre[0] + radius, centre[1] + radius),
                (centre[0] - radius, centre[1] + radius),
            ),
            fill=ink,
        )
    draw.text((left + 6, top + 4), product.choice(("MILK", "TEA", "奶", "OAT", "COLA", "RICE")), fill=ink, font_size=18)
    for line in range(max(top + 26, bottom - 18), bottom - 2, 5):
        draw.line((left + 6, line, right - 6, line), fill=_darker(paper, 90))


def _price_tags(draw: ImageDraw.ImageDraw, own: random.Random, floor: int) -> None:
    left = own.randrange(10, 90)
    while left < SIZE[0] - 60:
        paper = own.choice(((255, 255, 255), (255, 255, 255), (255, 235, 60)))
        draw.rectangle((left, floor + 3, left + 56, floor + 23), fill=paper)
        draw.text(
            (left + 5, floor + 3), f"{own.randrange(2, 99)}.{own.randrange(10)}0", fill=(20, 20, 20), font_size=16
        )
        left += own.randrange(90, 170)


def _poster(draw: ImageDraw.ImageDraw, own: random.Random) -> None:
    left, top = own.randrange(0, SIZE[0] - 320), own.randrange(0, SIZE[1] - 260)
    draw.rectangle((left, top, left + own.randrange(160, 300), top + own.randrange(100, 240)), fill=_colour(own))
    draw.text((left + 14, top + 20), own.choice(("SALE", "2 + 1", "-30%", "NEW")), fill=(255, 255, 255), font_size=58)


def _paper(draw: ImageDraw.ImageDraw, own: random.Random) -> None:
    left, top = own.randrange(100, SIZE[0] - 280), own.randrange(SIZE[1] // 2, SIZE[1] - 140)
    draw.rectangle((left, top, left + 170, top + 80), fill=(246, 246, 242))
    draw.text((left + 18, top + 12), "".join(own.choices(_CODE_LETTERS, k=4)), fill=(30, 40, 120), font_size=48)


def _lit(scene: Image.Image, light: random.Random) -> Image.Image:
    """Lamps: brighter towards one side, and as a whole as bright as the store is."""
    turn, strength = light.uniform(0, 360), light.uniform(0.15, 0.5)
    lamp = (
        Image.linear_gradient("L")
        .resize((512, 512))
        .rotate(turn, expand=False, fillcolor=128)
        .crop((80, 80, 432, 432))
        .resize(SIZE)
    )
    shaded = Image.composite(scene, ImageEnhance.Brightness(scene).enhance(1 - strength), lamp)
    return ImageEnhance.Brightness(shaded).enhance(light.uniform(0.8, 1.15))


def _from_elsewhere(scene: Image.Image, stand: random.Random) -> Image.Image:
    """A step aside, a little nearer, the phone not quite level."""
    turned = scene.rotate(stand.uniform(-2.5, 2.5), Image.Resampling.BICUBIC, fillcolor=(90, 90, 90))
    nearer = stand.uniform(0.05, 0.14)
    left, top = stand.uniform(0, nearer) * SIZE[0], stand.uniform(0, nearer) * SIZE[1]
    width, height = (1 - nearer) * SIZE[0], (1 - nearer) * SIZE[1]
    return turned.resize(SIZE, Image.Resampling.BICUBIC, box=(left, top, left + width, top + height))


@cache
def _noise() -> Image.Image:
    """Grain; made from sines, since Pillow's own noise differs from run to run."""
    points = bytes(128 + round(60 * math.sin(at * at * 0.37 + at * 12.9898)) for at in range(400 * 300))
    return Image.frombytes("L", (400, 300), points).convert("RGB")


def blurred(scene: Image.Image, radius: float) -> Image.Image:
    """Out of focus."""
    return scene.filter(ImageFilter.GaussianBlur(radius))


def brightened(scene: Image.Image, factor: float) -> Image.Image:
    """More or less light."""
    return ImageEnhance.Brightness(scene).enhance(factor)


def _dice(name: str) -> random.Random:
    """Chance that falls the same way for the same name."""
    return random.Random(name)  # noqa: S311 - a picture, not a secret


def _colour(of: random.Random) -> Colour:
    return (of.randrange(20, 245), of.randrange(20, 245), of.randrange(20, 245))


def _pale(of: random.Random) -> Colour:
    return (of.randrange(170, 240), of.randrange(170, 240), of.randrange(170, 235))


def _darker(colour: Colour, by: int) -> Colour:
    return (max(0, colour[0] - by), max(0, colour[1] - by), max(0, colour[2] - by))


def _lighter(colour: Colour, by: int) -> Colour:
    return (min(255, colour[0] + by), min(255, colour[1] + by), min(255, colour[2] + by))
