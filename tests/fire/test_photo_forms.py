"""The photo door's form: every field, and the head of a part, with every hostile value; never a 5xx, nothing stored of what is
refused, and no field that nobody may set.

That it can fail is shown by a planted reader that lets any name through.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from api.phone import photos as door
from api.phone.photo_schemas import PhotoFieldsSchema
from tests import photos
from tests.fire.doors import PROBLEM, Call, Doors
from tests.fire.test_fields import HOPED_FOR
from tests.fire.worlds import World

VALUES = (
    *(
        b"",
        b" ",
        b"\x00",
        b"a\x00b",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc0\xaf",
        b"null",
        b"true",
        b"[]",
        b"{}",
        b"NaN",
        b"-0",
    ),
    *(
        b"Infinity",
        b"1e999",
        b"9" * 40,
        b"-9223372036854775809",
        b"0.1e-999",
        "١٢".encode(),
        "\u202e".encode(),
        b"../../x",
    ),
    *(b"'; DROP TABLE evidence_photo; --", b"<script>", b"%00", b"\r\n--x--\r\n", b"x" * 4_096, b"x" * 5_000),
    *(b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00+14:00", b"2026-02-30T00:00:00Z", b"2026-11-22T10:00:00"),
)
OPTIONAL = {"challenge": "7K3P", "latitude": "31.2", "longitude": "121.4", "accuracy_m": "10", "system": "gcj02"}


class Forms:
    """Sends forms in one world, and tells what went wrong in words."""

    def __init__(self, world: World, doors: Doors) -> None:
        self.world, self.doors = world, doors
        self.body = photos.picture()

    def send(self, **changes: Any) -> Any:
        fields = photos.form(self.world.ours.proof, self.body, **{**OPTIONAL, **changes})
        sent, kind = photos.multipart(fields, self.body)
        return self.of(sent, kind)

    def of(self, sent: bytes, kind: str) -> Any:
        call = Call("PUT", f"phone/photos/{photos.photo_id()}", headers={"Content-Type": kind}, data=sent)
        return self.doors.try_out(call, self.world.tokens["owner"], self.world.before)

    def findings(self) -> Iterator[str]:
        for field in (*photos.form("", b""), *OPTIONAL):
            for value in VALUES:
                yield from wrong(f"{field} {value[:30]!r}", self.send(**{field: value}))

    def unguarded(self) -> Iterator[str]:
        for name in HOPED_FOR:
            answer = self.send(**{name: "1"})
            if answer.status != 422 or [where for where, _ in answer.faults] != [f"/{name}"] or answer.changed:
                yield f"{name}: {answer.status} {answer.text[:100]}"


def wrong(what: str, answer: Any) -> Iterator[str]:
    """What is wrong with an answer to a spoilt form."""
    said = f"{what}: {answer.status} {answer.text[:150]}"
    if answer.status >= 500 or answer.status not in {201, 400, 404, 413, 415, 422}:
        yield said
    if answer.status >= 400 and (answer.type != PROBLEM or answer.changed):
        yield f"{said} stored {sorted(map(str, answer.changed))[:2]}"


@pytest.fixture
def forms(world: World, doors: Doors) -> Forms:
    return Forms(world, doors)


def test_no_value_in_any_field_breaks_the_door(forms: Forms) -> None:
    assert forms.send().status == 201
    assert len(VALUES) >= 25
    assert list(forms.findings()) == []


def test_a_field_nobody_may_set_is_refused_by_name(forms: Forms) -> None:
    assert list(forms.unguarded()) == []


def test_a_reader_that_takes_any_field_is_found(forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(PhotoFieldsSchema):
        class Meta:
            unknown = "exclude"

    monkeypatch.setattr(door, "PhotoFieldsSchema", Careless)
    assert list(forms.unguarded()) != []


@pytest.mark.parametrize(
    "head",
    [
        b'Content-Disposition: form-data; name="file"; filename="\x00.jpg"',
        b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%2e%2e%2fx",
        b'Content-Disposition: form-data; name="file"; filename="a"; filename="b"',
        b'Content-Disposition: form-data; name="file"; filename="' + b"x" * 60_000 + b'"',
        b'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: text/html; charset=\xff',
        b'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Transfer-Encoding: base64',
        b'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Length: 99999999999999999999',
        b"Content-Disposition: form-data; filename=a",
        b"Content-Disposition: attachment",
        b"Content-Disposition:",
        b"",
        b"\xff\xfe: x",
        b"X: " + b"y" * 700_000,
    ],
)
def test_no_head_of_a_part_breaks_the_door(forms: Forms, head: bytes) -> None:
    rest, kind = photos.multipart(photos.form(forms.world.ours.proof, forms.body), None)
    boundary = kind.partition("boundary=")[2].encode()
    sent = b"--" + boundary + b"\r\n" + head + b"\r\n\r\n" + forms.body + b"\r\n" + rest
    assert list(wrong(repr(head[:60]), forms.of(sent, kind))) == []
