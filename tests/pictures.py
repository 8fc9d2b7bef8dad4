"""Pictures of shop shelves as a phone would take them: drawn, different for each seed, the same for the same one."""

import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1280, 960
_SHELVES = 4
_BLUR_PX = 14
_WORDS = ("FRESH", "RICE", "OIL", "SOY", "NEW", "1 kg", "5 L", "SALE", "TEA", "No.1")


def shelf(seed: int, code: str = "", size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image.Image:
    """A sharp view of shelves full of goods; with `code` written by hand on paper that leans in front of them."""
    chance = Random(seed)  # noqa: S311 - pictures, no secrets
    picture = Image.new("RGB", (WIDTH, HEIGHT), _colour(chance, 150, 225))
    draw = ImageDraw.Draw(picture)
    step = HEIGHT // _SHELVES
    for at in range(_SHELVES):
        floor = (at + 1) * step - chance.randint(8, 26)
        _row_of_goods(draw, chance, floor, step)
        draw.rectangle((0, floor, WIDTH, floor + 14), fill=_colour(chance, 60, 120))
        _price_tags(draw, chance, floor)
    if code:
        _paper(picture, chance, code)
    return picture if size == picture.size else picture.resize(size)


def blurred(picture: Image.Image) -> Image.Image:
    """The same as a shaking hand takes it."""
    return picture.filter(ImageFilter.GaussianBlur(_BLUR_PX * picture.width / WIDTH))


def jpeg(picture: Image.Image, quality: int = 88) -> bytes:
    """The picture as a phone stores it."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _colour(chance: Random, low: int, high: int) -> tuple[int, int, int]:
    return chance.randint(low, high), chance.randint(low, high), chance.randint(low, high)


def _row_of_goods(draw: ImageDraw.ImageDraw, chance: Random, floor: int, step: int) -> None:
    x = chance.randint(0, 30)
    while x < WIDTH:
        width, height = chance.randint(60, 150), chance.randint(step // 2, step - 40)
        paint, ink = _colour(chance, 20, 255), _colour(chance, 0, 255)
        word = chance.choice(_WORDS)
        for _ in range(chance.randint(1, 3)):
            _one_good(draw, chance, (x, floor - height, x + width, floor), (paint, ink), word)
            x += width + chance.randint(2, 8)


def _one_good(
    draw: ImageDraw.ImageDraw,
    chance: Random,
    box: tuple[int, int, int, int],
    colours: tuple[tuple[int, int, int], tuple[int, int, int]],
    word: str,
) -> None:
    left, top, right, bottom = box
    paint, ink = colours
    draw.rectangle(box, fill=paint, outline=(25, 25, 25), width=2)
    middle = (top + bottom) // 2
    draw.ellipse((left + 10, middle - 24, right - 10, middle + 24), fill=ink)
    draw.text((left + 14, top + 8), word, fill=ink, font=ImageFont.load_default(22))
    for line in range(chance.randint(3, 6)):
        y = bottom - 10 - line * 7
        draw.line((left + 8, y, left + chance.randint(20, max(21, right - left - 8)), y), fill=(30, 30, 30), width=2)


def _price_tags(draw: ImageDraw.ImageDraw, chance: Random, floor: int) -> None:
    for x in range(chance.randint(10, 60), WIDTH - 80, chance.randint(120, 190)):
        draw.rectangle((x, floor - 2, x + 74, floor + 24), fill=(250, 250, 240), outline=(90, 90, 90))
        price = f"{chance.randint(2, 99)}.{chance.randint(0, 9)}0"
        draw.text((x + 6, floor - 2), price, fill=(190, 20, 20), font=ImageFont.load_default(22))


def _paper(picture: Image.Image, chance: Random, code: str) -> None:
    sheet = Image.new("RGBA", (420, 200), (252, 251, 244, 255))
    draw = ImageDraw.Draw(sheet)
    for at, letter in enumerate(code):
        draw.text(
            (34 + at * 90, 24 + chance.randint(-8, 8)), letter, fill=(20, 30, 90), font=ImageFont.load_default(120)
        )
    leaning = sheet.rotate(chance.uniform(-9, 9), expand=True, resample=Image.Resampling.BICUBIC)
    picture.paste(leaning, (chance.randint(300, 560), chance.randint(420, 620)), leaning)
