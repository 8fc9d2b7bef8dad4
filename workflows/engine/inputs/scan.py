"""Scanning is complete. The scans themselves arrive in batches at the scan door."""
# ruff: noqa: ARG002 - every kind has one signature

from collections.abc import Mapping
from datetime import date

from config.text import Text
from workflows.engine.content import Constraints, JsonValue
from workflows.engine.inputs.base import InputKind, whole, wrong_type
from workflows.engine.rejection import InvalidAnswer

PURPOSES = ("stock_in", "receipt", "ship", "count", "lookup")

BAD_RANGE = Text(
    en="The scans do not add up. Keep the page open until all are sent, then finish again.",
    zh="扫码数量不一致，请保持页面打开，全部上传后再次完成。",
)
IN_THE_APP = Text(en="Open the mini-app to scan.", zh="请打开小程序扫码。")


class Scan(InputKind):
    """Value: `{"first_seq", "last_seq", "count"}` of the device's scans that name this conversation.

    A device's sequence runs on over all its conversations, so there may be fewer scans than numbers. Whether they
    have all arrived is the conversation's to say (`scans_missing`).
    """

    kind = "scan"
    known = frozenset({"purpose", "site", "document", "expected", "near_expiry_days", "regions"})

    def as_text(self, value: JsonValue, constraints: Constraints, language: str) -> str:
        """How many."""
        count = value.get("count") if isinstance(value, Mapping) else 0
        return f"已扫 {count} 件" if language == "zh" else f"{count} scanned"

    def parse(self, value: JsonValue, constraints: Constraints, today: date) -> JsonValue:
        """Three whole numbers that can be true together; nothing scanned is `count` 0."""
        if not isinstance(value, Mapping) or set(value) != {"first_seq", "last_seq", "count"}:
            raise wrong_type()
        first, last, count = (whole(value[name]) for name in ("first_seq", "last_seq", "count"))
        if first is None or last is None or count is None:
            raise wrong_type()
        if first < 0 or last < first or not 0 <= count <= last - first + 1:
            raise InvalidAnswer("bad_range", BAD_RANGE)
        return {"first_seq": first, "last_seq": last, "count": count}

    def parse_text(self, text: str, constraints: Constraints, today: date) -> JsonValue:
        """Scans do not come as text."""
        raise InvalidAnswer("needs_app", IN_THE_APP)

    def hint(self, constraints: Constraints, language: str) -> str:
        """Where to go."""
        return IN_THE_APP.in_language(language)

    def check_constraints(self, constraints: Constraints) -> list[str]:
        """A known purpose; days as a whole number; lists where lists are meant."""
        wrong = super().check_constraints(constraints)
        if constraints.get("purpose") not in PURPOSES:
            wrong.append(f"needs a purpose of {', '.join(PURPOSES)}")
        days = constraints.get("near_expiry_days")
        if days is not None and (whole(days) is None or (whole(days) or 0) < 0):
            wrong.append("needs near_expiry_days as a whole number of at least 0")
        for name in ("expected", "regions"):
            if name in constraints and not isinstance(constraints[name], (list, tuple)):
                wrong.append(f"needs {name} as a list")
        return wrong
