"""Photos taken for a step; the bytes arrive at their own door, the answer names them."""
# ruff: noqa: ARG002 - every kind has one signature

import re
from collections.abc import Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, Entry, JsonValue, entries, is_bilingual
from workflows.engine.inputs.base import InputKind, check_limits, limit, whole, wrong_type
from workflows.engine.rejection import InvalidAnswer

PHOTO_ID = re.compile(r"pho_[0-9A-Za-z_-]{1,64}")
SOURCES = ("camera", "album", "any")

TOO_FEW = Text(en="Take at least {count} photos.", zh="请至少拍摄 {count} 张照片。")
TOO_MANY = Text(en="At most {count} photos. Take some away.", zh="最多 {count} 张照片，请删减。")
TWICE = Text(en="The same photo is there twice. Take another one.", zh="同一张照片重复了，请另拍一张。")
UNKNOWN_ROW = Text(
    en="This photo belongs to no line of this list. Reload and attach it again.",
    zh="照片不属于列表中的任何一行，请刷新后重新添加。",
)
IN_THE_APP = Text(en="Open the mini-app to take the photos.", zh="请打开小程序拍照。")


class Photo(InputKind):
    """Value: `["pho_…"]`, or `[{"photo": "pho_…", "row": "A"}]` where the step names `rows`; at least one by default.

    `example` is the id of an image that shows what is wanted.
    """

    kind = "photo"
    defaults = {"min": 1, "source": "camera"}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"min", "max", "source", "min_pixels", "challenge", "rows", "example"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """How many."""
        count = len(value) if isinstance(value, (list, tuple)) else 0
        return f"{count} 张照片" if language == "zh" else f"{count} photo{'' if count == 1 else 's'}"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Ids, each once, in the order given, each on a known row where there are rows."""
        if not isinstance(value, (list, tuple)):
            raise wrong_type()
        low = limit(constraints, "min", 1)
        high = limit(constraints, "max", max(low, 20))
        if len(value) > high:
            raise InvalidAnswer("too_many", TOO_MANY.format(count=high))
        rows = entries(constraints, "rows")
        photos = [_placed(item, rows) if rows else _photo_id(item) for item in value]
        if len({_id_in(photo) for photo in photos}) < len(photos):
            raise InvalidAnswer("duplicate", TWICE)
        if len(photos) < low:
            raise InvalidAnswer("too_few", TOO_FEW.format(count=low))
        return photos

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Photos do not come as text."""
        raise InvalidAnswer("needs_app", IN_THE_APP)

    def hint(self, constraints: Constraints, language: str) -> str:
        """Where to go."""
        return IN_THE_APP.in_language(language)

    def references(self, value: JsonValue) -> tuple[tuple[str, str], ...]:
        """Every photo."""
        photos = value if isinstance(value, (list, tuple)) else ()
        return tuple(("photo", _id_in(photo)) for photo in photos)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """Limits, a known source, rows with keys and texts."""
        wrong = super().check_constraints(constraints) + check_limits(constraints, "min", "max")
        if constraints.get("source", "camera") not in SOURCES:
            wrong.append(f"needs a source of {', '.join(SOURCES)}")
        if "min_pixels" in constraints and (whole(constraints["min_pixels"]) or 0) <= 0:
            wrong.append("needs a positive whole number as min_pixels")
        if not isinstance(constraints.get("challenge", False), bool):
            wrong.append("needs challenge as true or false")
        if "example" in constraints and not isinstance(constraints["example"], str):
            wrong.append("needs an image's id as example")
        for row in entries(constraints, "rows"):
            text = row.get("text")
            if not isinstance(row.get("key"), str) or not (isinstance(text, (str, Text)) or is_bilingual(text)):
                wrong.append(f"has a row without key or text: {row!r}")
        return wrong


def photo_id(value: JsonValue) -> str | None:
    """The id, if it has the form of one."""
    return value if isinstance(value, str) and PHOTO_ID.fullmatch(value) else None


def _photo_id(value: JsonValue) -> JsonValue:
    found = photo_id(value)
    if found is None:
        raise wrong_type()
    return found


def _placed(value: JsonValue, rows: tuple[Entry, ...] | object) -> JsonValue:
    if not isinstance(value, Mapping) or set(value) != {"photo", "row"}:
        raise wrong_type()
    row = value["row"]
    known = rows if isinstance(rows, (list, tuple)) else ()
    if not isinstance(row, str):
        raise wrong_type()
    photo = _photo_id(value["photo"])
    if not any(one["key"] == row for one in known):
        raise InvalidAnswer("unknown_row", UNKNOWN_ROW)
    return {"photo": photo, "row": row}


def _id_in(photo: JsonValue) -> str:
    return str(photo["photo"]) if isinstance(photo, Mapping) else str(photo)
