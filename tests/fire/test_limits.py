"""What the document says of a body is what the house does: whatever breaks one rule of one field is refused, by naming that
field, and stores nothing; whatever just keeps it is refused for no fault of its shape.

It walks the right call of every operation (`valid.py`), field by field and rule by rule, so that a limit changed in one place
alone is red. Planted: a reader that takes fields nobody knows, and one that takes longer names than it says.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fire.doors import Answer, Call, Doors
from tests.fire.generated import IS_BY_TRADE, SHAPE
from tests.fire.limits import Place, broken, kept, put, shapes
from tests.fire.operations import Operation, operations
from tests.fire.planting import plant
from tests.fire.valid import VALID
from tests.fire.worlds import World
from workflows.domain import values
from workflows.domain.documents import Faults


class Walk:
    """One operation's right call, spoiled and stretched as its description says."""

    def __init__(self, world: World, doors: Doors, name: str) -> None:
        self.world, self.doors, self.valid = world, doors, VALID[name]
        self.document = doors.app.test_client().get("/openapi.json").get_json()
        self.operation: Operation = next(one for one in operations(doors.app) if one.name == name)
        self.call = self.valid.make(world)

    def fields(self) -> list[Any]:
        """Every place of the body with its shape."""
        body = self.operation.document.get("requestBody")
        schema = body["content"]["application/json"]["schema"] if body else {}
        return list(shapes(self.document, schema, self.call.json))

    def findings(self) -> Iterator[str]:
        """Where document and house differ, in words."""
        for place, shape in self.fields():
            for rule, value in broken(shape, self._at(place)):
                answer = self._send(place, value)
                stored = {key for key in answer.changed if key[0] != "idempotency_record"}
                if not _names(place, answer) or stored:
                    yield f"{place} breaks {rule} and is answered {answer.status} {sorted(map(str, stored))[:3]}"
            for rule, value in kept(shape):
                answer = self._send(place, value)
                faults = answer.faults if answer.status == 422 else []
                pointer = _pointer(place)
                if any((pointer, code) in faults for code in SHAPE) and not IS_BY_TRADE.search(pointer):
                    yield f"{place} keeps {rule} and is refused: {faults[:3]}"

    def _at(self, place: Place) -> Any:
        value = self.call.json
        for part in place:
            value = value[part]
        return value

    def _send(self, place: Place, value: Any) -> Answer:
        call = self.call
        spoilt = Call(call.method, call.path, put(call.json, place, value), call.query, call.headers)
        credential = self.world.tokens[self.valid.who] if self.valid.who else None
        return self.doors.try_out(spoilt, credential, self.world.before)


def _pointer(place: Place) -> str:
    return "".join(f"/{part}" for part in place)


def _names(place: Place, answer: Answer) -> bool:
    """Is it refused, and by the field that is at fault? No body at all is malformed; one without an id is asked for a key."""
    if answer.status == 422:
        return any(pointer.startswith(_pointer(place)) for pointer, _ in answer.faults)
    return answer.code in {"idempotency_key_missing"} | ({"malformed"} if not place else set())


# Pictures are no JSON: tests/api/test_photos.py, test_promotions.py.
NO_JSON = {"invitations", "photos", "examples"}
WITH_BODY = [name for name in VALID if not name.startswith("DELETE") and not NO_JSON & set(name.split("/"))]


@pytest.mark.parametrize("name", WITH_BODY)
def test_what_the_document_says_of_a_body_is_what_the_house_does(world: World, doors: Doors, name: str) -> None:
    walk = Walk(world, doors, name)
    assert len(walk.fields()) > 1, "the document does not describe this body"
    assert list(walk.findings()) == []


def test_a_reader_that_takes_unknown_fields_is_found(
    world: World, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Faults, "only", lambda *_: None)
    found = list(Walk(world, doors, "PUT brand/partners/{ref}").findings())
    assert any("breaks additionalProperties and is answered 201" in finding for finding in found)


def test_a_limit_that_moved_in_the_house_alone_is_found(
    world: World, doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = values.clean_text
    for by, said in ((1, "breaks maxLength"), (-1, "keeps maxLength and is refused")):
        with monkeypatch.context() as patch:
            plant(patch, clean, lambda raw, longest, lines=False, by=by: clean(raw, longest + by, lines))
            assert any(said in finding for finding in Walk(world, doors, "PUT brand/partners/{ref}").findings()), said
