"""Random flows that pass the static checks' rules of order, random answers to them, good and bad, as JSON."""

from random import Random
from typing import Any

TODAY = "2026-12-01"
KINDS = (
    "note", "choice", "choice", "choice", "choices", "confirm", "quantity", "quantity", "amount", "date", "text", "table",
    "table", "photo", "scan", "place", "signature",
)  # fmt: skip
JUNK: tuple[Any, ...] = (
    None, True, False, 0, 7, -1, 2.5, 5.0, 1e300, 10**19, "", " ", "x", "a", "0", "-0", "007", "12.50", "1e5", "+4",
    "-3", ".5", "5.", "1" * 16, "-" + "9" * 17, "9" * 60, "12.3456", "2026-02-30", "2026-12-05", "2024-02-29", "0000-01-01",
    "9999-12-31", "today", "\u0000", "a\u202eb", "\ud800", "e\u0301", "\u3000 ok \ufeff", "a\tb\r\nc", "😀" * 3, [], ["a"],
    ["a", "a"], [1], [["a"]], {}, {"a": 1}, {"r1": None}, {"r1": {"zz": 1}}, {"nope": {}}, {"preview": 1}, {"preview": "p9"},
    {"preview": "p1", "x": 1}, ["pho_1"], ["pho_1", "pho_1"], "pho_1", {"first_seq": 5, "last_seq": 2, "count": 1},
    {"latitude": 91, "longitude": 0, "accuracy_m": 1, "system": "wgs84"}, {"__proto__": 1}, {"r1": {"__proto__": 1}},
    {"constructor": {}}, {"length": {}},
)  # fmt: skip


def random_case(random: Random) -> dict[str, Any]:
    """A flow of up to eight steps and up to fourteen things that happen to it."""
    steps = random_steps(random)
    shown: dict[str, dict[str, Any]] = {}
    does = [random_act(random, steps, shown, number) for number in range(random.randint(4, 14))]
    return {"steps": steps, "today": TODAY, "does": does}


def random_steps(random: Random) -> list[dict[str, Any]]:
    """Pinned steps whose conditions look back."""
    steps: list[dict[str, Any]] = []
    for number in range(random.randint(1, 8)):
        step = _step(random, f"s{number}")
        if steps and random.random() < 0.5:
            condition = _condition(random, steps, depth=2)
            if condition is not None:
                step["when"] = condition
        if step["kind"] in LIVE_PARTS and random.random() < 0.35:
            step["live"] = "now"
            step["offline_text"] = _text("later")
            if step["kind"] == "table" and random.random() < 0.7:
                del step["constraints"]["rows"]
            if steps and random.random() < 0.4:
                step["depends_on"] = [one["step"] for one in steps if random.random() < 0.5]
        steps.append(step)
    return steps


def random_act(random: Random, steps: list[dict[str, Any]], shown: dict[str, Any], number: int) -> dict[str, Any]:
    """An answer, mostly a fitting one; at times a live step shows something, or the person steps back."""
    live = [step for step in steps if "live" in step]
    chance = random.random()
    if live and chance < 0.25:
        step = random.choice(live)
        shown[step["step"]] = LIVE_PARTS[step["kind"]](random)
        return {"shown": step["step"], "content": shown[step["step"]]}
    if chance < 0.35:
        return {"back": random.choice(steps)["step"], "read_again": random.random() < 0.5}
    # Mostly one step after the other, so that there is something to correct later on.
    step = steps[number % len(steps)] if random.random() < 0.6 else random.choice(steps)
    constraints = {**step["constraints"], **shown.get(step["step"], {})}
    value = random.choice(JUNK) if random.random() < 0.2 else fitting_value(random, step["kind"], constraints)
    key = step["step"] if random.random() < 0.98 else "nobody"
    return {
        "answer": {"id": f"a{number}", "step": key, "value": value, "by": "p1", "at": f"2026-12-01T08:00:{number:02}Z"}
    }


def fitting_value(random: Random, kind: str, constraints: dict[str, Any]) -> Any:
    """A value that has a good chance of being taken."""
    return VALUES[kind](random, constraints)


def _text(words: str) -> dict[str, str]:
    return {"en": words, "zh": f"{words}（中文）"}


def _options(random: Random) -> list[dict[str, Any]]:
    return [{"key": key, "text": _text(key)} for key in "abcd"[: random.randint(1, 4)]]


def _numbers(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {"decimals": random.randint(0, 3)}
    if random.random() < 0.5:
        found["min"] = random.choice(["-5", "0", "1", "2.5"])
    if random.random() < 0.6:
        found["max"] = random.choice(["3", "12.5", "500", "100000000000000000"])
    return found


def _days(random: Random) -> dict[str, Any]:
    found = {}
    if random.random() < 0.5:
        found["min"] = random.choice(["today", "today-7", "today+2", "2026-11-30"])
    if random.random() < 0.5:
        found["max"] = random.choice(["today+30", "2026-12-24", "today"])
    return found


def _rows(random: Random, columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for number in range(random.randint(0, 3)):
        cells = {column["key"]: _cell(random, column) for column in columns if random.random() < 0.6}
        row: dict[str, Any] = {
            "key": random.choice(["r", ""]) + str(number + 1),
            "text": f"row {number}",
            "cells": cells,
        }
        if random.random() < 0.2:
            row["constraints"] = {
                column["key"]: {"max": "2", "min": "1"} for column in columns if column["kind"] == "quantity"
            }
        rows.append(row)
    return rows


def _columns(random: Random) -> list[dict[str, Any]]:
    columns: list[dict[str, Any]] = []
    for key in ("c", "d", "e")[: random.randint(1, 3)]:
        kind = random.choice(["choice", "quantity", "amount", "date", "text"])
        column = {"key": key, "kind": kind, "text": _text(key), **CONSTRAINTS[kind](random)}
        chance = random.random()
        if chance < 0.4:
            column["optional"] = True
        elif chance < 0.6:
            column["required_if"] = _demand(random, columns or [column])
        if columns and random.random() < 0.2:
            column["with"] = columns[-1]["key"]
        columns.append(column)
    return columns


def _demand(random: Random, columns: list[dict[str, Any]]) -> dict[str, Any]:
    column = random.choice(columns)
    one = {"changed": [column["key"]]}
    other = {"cell": column["key"], "in": ["a", "b", "2", None][: random.randint(1, 4)]}
    return random.choice([one, other, {"any": [one, other]}])


def _table(random: Random) -> dict[str, Any]:
    columns = _columns(random)
    found: dict[str, Any] = {"columns": columns, "rows": _rows(random, columns)}
    if random.random() < 0.6:
        found["absent_rows"] = random.choice(["keep", "refuse", "none"])
    if random.random() < 0.3:
        found["min_changed_cells"] = random.randint(0, 2)
    return found


def _step(random: Random, key: str) -> dict[str, Any]:
    kind = random.choice(KINDS)
    return {"step": key, "kind": kind, "text": _text(key), "constraints": CONSTRAINTS[kind](random)}


def _condition(random: Random, steps: list[dict[str, Any]], depth: int) -> dict[str, Any] | None:
    if depth and random.random() < 0.3:
        parts = [part for _ in range(2) if (part := _condition(random, steps, depth - 1))]
        return random.choice([{"all": parts}, {"any": parts}, {"not": parts[0]}]) if parts else None
    step = random.choice(steps)
    if step["kind"] == "note":
        return None
    key = step["step"]
    tests: list[dict[str, Any]] = [{"step": key, "answered": random.random() < 0.6}]
    if step["kind"] == "choices":
        tests.append({"step": key, "has": random.choice("ab")})
    elif step["kind"] == "table":
        column = random.choice(step["constraints"]["columns"])
        tests.append({"step": key, "column": column["key"], "in": random.sample(["a", "b", "2", "2026-12-05"], 2)})
    else:
        tests.append({"step": key, "in": random.sample(["a", "b", "2", "ok"], random.randint(1, 3))})
    return random.choice(tests)


def _cell(random: Random, column: dict[str, Any]) -> Any:
    if random.random() < 0.1:
        return None
    return VALUES[column["kind"]](random, column)


def _table_value(random: Random, constraints: dict[str, Any]) -> Any:
    value: dict[str, Any] = {}
    for row in constraints.get("rows", []):
        if random.random() < 0.7:
            columns = [column for column in constraints["columns"] if random.random() < 0.7]
            value[row["key"]] = {column["key"]: _cell(random, column) for column in columns}
            if random.random() < 0.05:
                value[row["key"]][random.choice(["c", "x"])] = random.choice(JUNK)
    return value


def _keys(constraints: dict[str, Any]) -> list[str]:
    return [option["key"] for option in constraints.get("options", [])] or ["a"]


def _photos(random: Random, constraints: dict[str, Any]) -> Any:
    rows = [row["key"] for row in constraints.get("rows", [])]
    ids = [f"pho_{number}" for number in range(random.randint(0, 4))]
    return [{"photo": one, "row": random.choice([*rows, "x"])} for one in ids] if rows else ids


def _scan(random: Random, _: dict[str, Any]) -> Any:
    first = random.randint(0, 3)
    return {"first_seq": first, "last_seq": first + random.randint(0, 3), "count": random.choice([0, 1, 2, 2.0])}


def _place(random: Random, _: dict[str, Any]) -> Any:
    where = {"latitude": random.choice([31.2, -90, 95]), "longitude": 121.5, "accuracy_m": random.choice([12, 0.5, -1])}
    return random.choice([None, {**where, "system": random.choice(["wgs84", "gcj02", "mars"])}])


def _amounts(random: Random) -> dict[str, Any]:
    return {"currency": "CNY", **_numbers(random)}


def _quantities(random: Random) -> dict[str, Any]:
    return {"unit": _text("pcs"), **_numbers(random)}


CONSTRAINTS: dict[str, Any] = {
    "note": lambda _: {},
    "choice": lambda random: {"options": _options(random)},
    "choices": lambda random: {"options": _options(random), **random.choice([{}, {"min": 0}, {"min": 1, "max": 2}])},
    "confirm": lambda _: {"yes": _text("yes")},
    "quantity": _quantities,
    "amount": _amounts,
    "date": _days,
    "text": lambda random: random.choice([{}, {"min_length": 2}, {"max_length": 3}]),
    "table": _table,
    "photo": lambda random: random.choice([{}, {"min": 2, "max": 3}, {"rows": [{"key": "A", "text": "A"}]}]),
    "scan": lambda _: {"purpose": "receipt"},
    "place": lambda random: {"optional": random.random() < 0.5},
    "signature": lambda _: {},
}
VALUES: dict[str, Any] = {
    "note": lambda *_: None,
    "choice": lambda random, constraints: random.choice(_keys(constraints)),
    "choices": lambda random, constraints: random.sample(
        _keys(constraints), random.randint(0, len(_keys(constraints)))
    ),
    "confirm": lambda random, _: random.choice([True, {"preview": random.choice(["p1", "p2"])}]),
    "quantity": lambda random, _: random.choice(["1", "2", "2.0", "2.5", "10", "0.125", "499"]),
    "amount": lambda random, _: random.choice(["1", "2", "2.00", "2.55", "10"]),
    "date": lambda random, _: random.choice(["2026-12-01", "2026-12-05", "2026-12-20"]),
    "text": lambda random, _: random.choice(["ok", " ok ", "好的", "a\nb", "e\u0301", "long enough"]),
    "table": _table_value,
    "photo": _photos,
    "scan": _scan,
    "place": _place,
    "signature": lambda *_: "pho_9",
}
LIVE_PARTS: dict[str, Any] = {
    "confirm": lambda random: {"preview": {"id": random.choice(["p1", "p2"]), "text": "fine"}},
    "table": lambda random: {"rows": _rows(random, [{"key": "c", "kind": "text"}])},
    "quantity": lambda random: {"max": random.choice(["1", "5"])},
    "choice": lambda random: {"options": _options(random)},
}
