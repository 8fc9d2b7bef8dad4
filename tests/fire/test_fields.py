"""The field matrix: what goes out holds no key that its reader may not see, what comes in none that its writer may not set.

`fields.txt` is the reviewed list: every key path of every answer, by operation, and the permission matrix by record. A key
that is not in it, or that the matrix hides from the reader's role, is a finding; so is a change of the matrix that the list
does not know. Inside what a flow's author writes (constraints, steps, answers) names are free, but for those that name a
secret or a brand's own thresholds.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from api import showing
from tests.fire import rows
from tests.fire.doors import Answer, Call, Doors
from tests.fire.matrix import CALLS, OWN, Matrix, Missing
from tests.fire.operations import operations
from tests.fire.planting import plant
from tests.fire.valid import VALID, Valid
from tests.fire.worlds import World
from workflows.domain import keys, permissions, sessions
from workflows.domain.access import Actor
from workflows.domain.documents import Faults

LIST = Path(__file__).with_name("fields.txt")
READERS = ("owner", "clerk", "distributor", "buyer", "key")
# Where a flow's author chooses the names.
FREE = ("ask.constraints", "steps", "answers", "photos", "template.steps", "consents", "left")
NEVER = {"phone", "openid", "token", "secret", "person_above", "short_percent", "late_days", "check", "live_secret"}
PROBLEM_KEYS = {
    "type",
    "title",
    "status",
    "detail",
    "code",
    "request_id",
    "errors",
    "turn",
    "current",
    "reason",
    "by",
    "at",
}

# Which record of the permission matrix a document is: by operation and the place inside its answer.
RECORDS: Mapping[str, Mapping[str, str]] = {
    "phone/me/export": {"": "person_export"},
    "phone/me": {"": "session"},
    "phone/sessions": {"": "session", "items[]": "device"},
    "phone/inbox": {"tasks[]": "task", "notices[]": "notice"},
    "phone/history": {"items[]": "history"},
    "phone/flows/": {"items[]": "startable"},
    "phone/flows": {"items[]": "flow"},
    "phone/conversations": {"": "conversation"},
    "phone/purchase-orders": {"items[]": "order_history"},
    "phone/photos": {"": "photo_receipt"},
    "phone/challenges": {"items[]": "photo_code"},
    "brand/purchase-orders/{ref}/history": {"items[]": "order_history"},
    "brand/partners": {"": "partner", "items[]": "partner"},
    "brand/people": {"": "person", "items[]": "person"},
    "brand/products": {"": "product", "items[]": "product"},
    "brand/purchase-orders": {
        "": "purchase_order",
        "items[]": "purchase_order",
        "lines[]": "order_line",
        "items[].lines[]": "order_line",
    },
    "brand/rules": {"": "confirmation_rule"},
    "brand/capacity-requests": {"": "capacity_request", "items[]": "capacity_request"},
    "brand/capacity": {"items[]": "capacity"},
    "brand/promotions/{ref}/participants": {"items[]": "participation"},
    "brand/promotions": {"": "promotion", "items[]": "promotion"},
    "brand/settlements": {"": "settlement", "items[]": "settlement"},
    "phone/claims": {"items[]": "claim"},
    "brand/claims": {"": "claim", "items[]": "claim"},
    "brand/events": {"items[]": "event"},
    "brand/audit/views": {"items[]": "audit_view"},
    "brand/audit/head": {"": "audit_head"},
    "brand/audit": {"items[]": "audit_entry"},
}


def paths(value: Any, here: str = "") -> Iterator[str]:
    """Every key in it, as a path: `items[].memberships[].role`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            path = f"{here}.{key}" if here else key
            yield path
            if not path.endswith(FREE):
                yield from paths(inner, path)
    elif isinstance(value, list):
        for inner in value:
            yield from paths(inner, f"{here}[]")


def names(value: Any) -> Iterator[str]:
    """Every key in it, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)


def listed() -> dict[str, set[str]]:
    """The reviewed list: allowed keys by operation, and `record principal` → the fields that it sees."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {name: set(fields.split()) for name, _, fields in (line.partition(": ") for line in lines)}


def matrix_lines() -> dict[str, set[str]]:
    """The permission matrix as the list writes it."""
    return {
        f"{record} {principal}": {field for field in fields if permissions.right(principal, record, field) != "hidden"}
        for record in permissions.records()
        for principal in permissions.PRINCIPALS
        if (fields := set(permissions._matrix()[record, principal]))
    }


class Fields:
    """Reads every answer of every operation for every reader."""

    def __init__(self, world: World, doors: Doors) -> None:
        self.world, self.doors = world, doors
        self.matrix = Matrix(world, doors)

    def answers(self) -> Iterator[tuple[str, str, Answer]]:
        """Operation, reader and what they read, of their own things."""
        for name in CALLS:
            for who in READERS:
                target = self.matrix.targets[OWN[who][0]]
                try:
                    call = CALLS[name](target, target)
                except Missing:
                    continue
                yield name, who, self.doors.try_out(call, self.world.tokens[who], self.matrix.before)
        for name in ("POST phone/sms-codes", "POST phone/sessions", "PUT phone/sessions/current"):
            call = VALID[name].make(self.world)
            yield name, "owner", self.doors.try_out(call, self.world.tokens["owner"], self.matrix.before)

    def findings(self) -> list[str]:
        """Every key that is too much, in words."""
        allowed = listed()
        found = []
        for name, who, answer in self.answers():
            if answer.status >= 400:
                found += [f"{name} as {who}: problem key {key}" for key in set(answer.json) - PROBLEM_KEYS]
            elif answer.text:
                shown = set(paths(answer.json))
                found += [f"{name} as {who}: {path} is not listed" for path in sorted(shown - allowed.get(name, set()))]
                found += [f"{name} as {who}: {path} is hidden" for path in self._hidden(name, who, shown)]
                found += self._secret_names(name, who, answer)
        return found

    def _hidden(self, name: str, who: str, shown: set[str]) -> Iterator[str]:
        place = name.split(" ")[1]
        records = next((held for prefix, held in RECORDS.items() if place.startswith(prefix)), {})
        is_list = any(path.startswith(("items[]", "tasks[]", "notices[]")) for path in shown)
        for where, record in records.items():
            if ((where == "" or where == "lines[]") and is_list) or place.endswith("invitations"):
                continue
            readable = permissions.readable(self._actor(who), record)
            head = f"{where}." if where else ""
            own = {path[len(head) :] for path in shown if path.startswith(head)}
            yield from sorted(head + key for key in own if key.isidentifier() and key not in readable)

    def _actor(self, who: str) -> Actor:
        token = self.world.tokens[who]
        return keys.actor_of_key(token) if who == "key" else sessions.actor_of_session(token)

    @staticmethod
    def _secret_names(name: str, who: str, answer: Answer) -> list[str]:
        if not name.split(" ")[1].startswith("phone/") or "sessions" in name:
            return []
        return [f"{name} as {who}: {key} is never shown" for key in sorted(NEVER & set(names(answer.json)))]


@pytest.fixture
def fields(world: World, doors: Doors) -> Fields:
    return Fields(world, doors)


def test_no_answer_holds_a_key_that_its_reader_may_not_see(fields: Fields) -> None:
    assert fields.findings() == []


def test_every_operation_that_answers_is_read(fields: Fields) -> None:
    read = {name for name, _, answer in fields.answers() if answer.status < 400 and answer.text}
    silent = {
        "DELETE phone/sessions/current",
        "DELETE phone/sessions",
        "GET phone/photos/{photo}",
        "GET brand/settlements.xlsx",
    }
    # 204, a picture, a file (tests/api/test_settlements.py)
    assert {operation.name for operation in operations(fields.doors.app)} - read == silent


def test_the_permission_matrix_is_the_reviewed_one() -> None:
    reviewed = {name: fields for name, fields in listed().items() if "/" not in name}
    assert {name: sorted(fields) for name, fields in matrix_lines().items() if fields} == {
        name: sorted(fields) for name, fields in reviewed.items()
    }


def test_a_planted_column_in_an_answer_is_found(fields: Fields, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to come in behind the matrix: what an author adds to a document, the matrix hides from everybody."""
    plant(monkeypatch, showing.show_all, lambda _record, documents: [{**one, "margin": "0.4"} for one in documents])
    assert "GET phone/inbox as owner: tasks[].margin is not listed" in fields.findings()


def test_a_right_given_by_mistake_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = permissions._matrix()
    wrong = {**right, ("person", "supplier:owner"): {**right["person", "supplier:owner"], "phone": "read"}}
    monkeypatch.setattr(permissions, "_matrix", lambda: wrong)
    reviewed = listed()["person supplier:owner"]
    assert matrix_lines()["person supplier:owner"] - reviewed == {"phone"}


# Names that a caller may hope somebody forgot to guard, beside those that answers show and nobody sets.
HOPED_FOR = (
    "id",
    "brand",
    "brand_id",
    "organisation",
    "organisation_id",
    "partner_id",
    "person_id",
    "openid",
    "state",
    "status",
    "version",
    "scopes",
    "roles",
    "is_admin",
    "approved_by",
    "amount",
    "created_at",
    "updated_at",
    "placed_at",
    "deliveries",
    "confirmed",
    "device_id",
    "by",
    "__class__",
    "$where",
)


def with_more(body: Any, here: str = "") -> Iterator[tuple[str, Any]]:
    """`body` with one more key in one of its objects at a time, and where it stands."""
    if isinstance(body, dict):
        yield from ((f"{here}/{key}", {**body, key: "1"}) for key in HOPED_FOR if key not in body)
    for name, inner in _inner(body):
        for pointer, spoilt in with_more(inner, f"{here}/{name}"):
            copy = body.copy()
            copy[name] = spoilt
            yield pointer, copy


def _inner(body: Any) -> list[tuple[Any, Any]]:
    if isinstance(body, dict):
        return list(body.items())
    return list(enumerate(body)) if isinstance(body, list) else []


def accepted(world: World, doors: Doors, valid: Valid) -> list[str]:
    """Where a key too many was not refused by name, or left a trace."""
    call = valid.make(world)
    found = []
    for pointer, body in with_more(call.json):
        spoilt = Call(call.method, call.path, body, call.query, call.headers)
        answer = doors.try_out(spoilt, world.tokens[valid.who] if valid.who else None, world.before)
        stored = {key for key in answer.changed if key[0] != "idempotency_record"}
        named = [where for where, _ in answer.faults] if answer.status == 422 else []
        if answer.status != 422 or not any(where.startswith(pointer) for where in named) or stored:
            found.append(f"{pointer}: {answer.status} {answer.text[:150]} {sorted(map(str, stored))[:3]}")
    return found


# A photo comes as a form: tests/api/test_photos.py.
WITH_BODY = [
    name
    for name in VALID
    if not name.startswith("DELETE") and not {"invitations", "photos", "examples"} & set(name.split("/"))
]


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_key_nobody_may_set_is_refused_by_name_and_changes_nothing(world: World, doors: Doors, name: str) -> None:
    assert VALID[name].make(world).json
    assert accepted(world, doors, VALID[name]) == []


def test_an_invitation_takes_no_body(world: World, doors: Doors) -> None:
    call = VALID["POST brand/people/{ref}/invitations"].make(world)
    answer = doors.try_out(
        Call(call.method, call.path, {"expires_at": "2099"}, {}, call.headers), world.a.key, world.before
    )
    assert answer.faults == [("/expires_at", "unknown_field")]
    assert {key[0] for key in rows.changed(world.before, answer.after)} <= {"idempotency_record"}


def test_a_reader_that_takes_any_key_is_found(world: World, doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Faults, "only", lambda *_: None)
    assert accepted(world, doors, VALID["PUT brand/partners/{ref}"]) != []
