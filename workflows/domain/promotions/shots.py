"""The photos a promotion wants: how a brand names them, and how they are kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.text import Text
from workflows.domain.bilingual import read_words
from workflows.domain.documents import Faults, Path
from workflows.domain.promotions.records import Promotion

MOST_SHOTS = 20
MOST_PHOTOS = 20  # of one shot: what a person can take standing in a store, and another can look through
STEP = "shot_"
_KEY = re.compile(r"[a-z][a-z0-9_]{0,34}")  # with its prefix it is a step's key
_KEYS = frozenset({"key", "text", "min", "max", "album", "min_pixels", "example"})
_LONGEST_TEXT = 120
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True)
class Shot:
    """One photo, or a few of one thing, that a proof shows.

    least and most are how many; album: may it come out of the album instead of the live camera? min_pixels is width times
    height; example the picture (`img_…`) that shows how it should look.
    """

    key: str
    text: Text
    least: int = 1
    most: int = 1
    album: bool = False
    min_pixels: int | None = None
    example: str | None = None

    @property
    def step(self) -> str:
        """The key of the step that asks for it."""
        return f"{STEP}{self.key}"

    def to_json(self) -> dict[str, Any]:
        """As the brand reads it and as it is kept."""
        return {
            "key": self.key,
            "text": self.text.to_json(),
            "min": self.least,
            "max": self.most,
            "album": self.album,
            "min_pixels": self.min_pixels,
            "example": self.example,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Shot":
        """Read what `to_json` wrote."""
        return cls(
            kept["key"],
            Text.from_json(kept["text"]),
            kept["min"],
            kept["max"],
            kept["album"],
            kept.get("min_pixels"),
            kept.get("example"),
        )


def shots_of(promotion: Promotion) -> tuple[Shot, ...]:
    """The photos that a promotion wants, in the brand's order."""
    return tuple(Shot.from_json(kept) for kept in promotion.shots)


def read_shots(faults: Faults, raw: object, standing: Sequence[Shot]) -> tuple[Shot, ...]:
    """The clean shots, after noting every fault.

    An example that is not named stays with its shot, null takes it away; another than the one that stands is put at its own door.
    """
    kept = {shot.key: shot.example for shot in standing}
    rows = faults.rows(("shots",), raw, most=MOST_SHOTS, least=1)
    found: dict[str, Shot] = {}
    for place, row in enumerate(rows):
        shot = _shot(faults, ("shots", place), row, kept)
        if shot is None:
            continue
        if shot.key in found:
            faults.add(("shots", place, "key"), "repeated")
        found[shot.key] = shot
    return tuple(found.values())


def _shot(faults: Faults, path: Path, row: Mapping[str, Any], kept: Mapping[str, str | None]) -> Shot | None:
    faults.only(path, row, _KEYS)
    key = _key(faults, (*path, "key"), row.get("key"))
    text = read_words(faults, (*path, "text"), row.get("text"), _LONGEST_TEXT)
    least = faults.whole((*path, "min"), row.get("min"), 1, MOST_PHOTOS, is_optional=True) or 1
    most = faults.whole((*path, "max"), row.get("max"), least, MOST_PHOTOS, is_optional=True) or least
    pixels = faults.whole((*path, "min_pixels"), row.get("min_pixels"), 1, _MOST_PIXELS, is_optional=True)
    album = read_flag(faults, (*path, "album"), row.get("album"))
    if key is None or text is None:
        return None
    return Shot(key, text, least, most, album, pixels, _example(faults, path, row, kept.get(key)))


def _key(faults: Faults, path: Path, raw: object) -> str | None:
    key = faults.text(path, raw, longest=64)
    if key is not None and not _KEY.fullmatch(key):
        faults.add(path, "shot_key_malformed")
        return None
    return key


def _example(faults: Faults, path: Path, row: Mapping[str, Any], kept: str | None) -> str | None:
    if "example" not in row:
        return kept
    said = faults.text((*path, "example"), row["example"], longest=64, is_optional=True)
    if said is not None and said != kept:
        faults.add((*path, "example"), "example_elsewhere")
    return said


def read_flag(faults: Faults, path: Path, raw: object) -> bool:
    """Yes or no; no where nothing is said."""
    if raw is not None and not isinstance(raw, bool):
        faults.add(path, "flag_expected")
    return raw is True
