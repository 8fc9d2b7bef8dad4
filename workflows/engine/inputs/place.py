"""Where the phone is, if its owner says so."""
# ruff: noqa: ARG002 - every kind has one signature

import math
from collections.abc import Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, wrong_type
from workflows.engine.rejection import InvalidAnswer

SYSTEMS = ("wgs84", "gcj02")
LIMITS = {"latitude": 90, "longitude": 180, "accuracy_m": 1_000_000}

NEEDED = Text(en="We need your location here. Allow it and try again.", zh="此处需要您的位置，请允许定位后重试。")
NOWHERE = Text(en="The phone gave no real place. Try again outdoors.", zh="手机未能给出有效位置，请到室外重试。")
IN_THE_APP = Text(en="Open the mini-app to send your location.", zh="请打开小程序发送位置。")


class Place(InputKind):
    """Value: `{"latitude", "longitude", "accuracy_m", "system"}`, or null where it is `optional` and refused.

    Degrees and metres as the phone measured them; `system` says which map they belong to. `coordinates` is the
    system the phone is asked for.
    """

    kind = "place"
    defaults = {"optional": False, "coordinates": "wgs84"}  # noqa: RUF012 - a Mapping nobody writes to
    known = frozenset({"optional", "coordinates"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """That it was sent, and how exact it is; the coordinates are not repeated in a chat."""
        if not isinstance(value, Mapping):
            return "未提供位置" if language == "zh" else "No location"
        return f"位置（±{value['accuracy_m']} 米）" if language == "zh" else f"Location (±{value['accuracy_m']} m)"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """A point on earth in a known system."""
        if value is None:
            if constraints.get("optional") is True:
                return None
            raise InvalidAnswer("place_needed", NEEDED)
        if not isinstance(value, Mapping) or set(value) != {*LIMITS, "system"}:
            raise wrong_type()
        if value["system"] not in SYSTEMS:
            raise wrong_type()
        measured = {name: _number(value[name]) for name in LIMITS}
        if measured["accuracy_m"] < 0 or any(abs(measured[name]) > most for name, most in LIMITS.items()):
            raise InvalidAnswer("bad_place", NOWHERE)
        return {**measured, "system": value["system"]}

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Places do not come as text."""
        raise InvalidAnswer("needs_app", IN_THE_APP)

    def hint(self, constraints: Constraints, language: str) -> str:
        """Where to go."""
        return IN_THE_APP.in_language(language)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """`optional` and a known system."""
        wrong = super().check_constraints(constraints)
        if not isinstance(constraints.get("optional", False), bool):
            wrong.append("needs optional as true or false")
        if constraints.get("coordinates", "wgs84") not in SYSTEMS:
            wrong.append(f"needs coordinates of {', '.join(SYSTEMS)}")
        return wrong


def _number(value: JsonValue) -> int | float:
    """A JSON number; NaN, which is none, counts as one that is nowhere."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type()
    return math.inf if value != value else value
