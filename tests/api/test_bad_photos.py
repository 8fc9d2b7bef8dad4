"""The hostile and odd photos of `tests/fire/pictures.py`, through the real door and the real check; and bodies that lie."""

import os
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from config import blobs
from tests import make, photos
from tests.api.conftest import World, token_of
from tests.api.test_photos import bring
from tests.fire import pictures
from tests.fire.pictures import ACCEPTED, Picture
from workflows.domain.evidence import checking, receiving
from workflows.domain.evidence.records import CHECKED, UNREADABLE, EvidencePhoto
from workflows.engine.records import Conversation

# The largest take seconds to make, and their verdicts are those of tests/fire/test_bad_uploads.py in every run.
ALL = [
    pytest.param(picture, id=picture.name)
    for picture in pictures.all_pictures()
    if os.environ.get("LONG") == "1" or "megapixels" not in picture.name
]
STILL_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1")


@pytest.fixture
def talk(world: World) -> Conversation:
    return photos.conversation(make.actor_for(world.owner, world.supplier))


def begins_like_a_photo(content: bytes) -> bool:
    return (
        content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
        or (content[4:8] == b"ftyp" and content[8:12] in STILL_HEIC)
    )


@pytest.mark.parametrize("picture", ALL)
def test_the_door_takes_what_begins_like_a_photo_and_the_check_says_what_it_is(
    world: World, talk: Conversation, picture: Picture
) -> None:
    content, name = picture.content, photos.photo_id()
    answer = bring(world.phone(), talk, content, name, name=picture.name)
    if len(content) > 20_000_000:
        assert answer.status_code == 413
        return
    if not begins_like_a_photo(content):
        assert (answer.status_code, answer.get_json()["code"]) in {(415, "photo_type"), (422, "invalid")}
        assert EvidencePhoto.select().count() == 0
        return
    assert answer.status_code == 201
    photo = EvidencePhoto.get()
    checking.check_photo({"photo": photo.id}, at_one_place=lambda *_: False)
    photo = EvidencePhoto.get()
    assert photo.state == (CHECKED if picture.verdict == ACCEPTED else UNREADABLE)
    with blobs.store().open(receiving.original_of(photo)) as kept:
        assert kept.read() == content
    shown = world.phone().get(f"/api/v1/phone/photos/{name}?size=full")
    assert shown.status_code == (200 if picture.verdict == ACCEPTED else 404)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert b"script" not in shown.data[:4_000]


@pytest.mark.parametrize("said", ["1000", "0", "-1", "abc", "1, 2", "99999999999999999999", "+100"])
def test_a_length_that_lies_is_refused_and_keeps_nothing(
    world: World, talk: Conversation, http: str, said: str
) -> None:
    """Said shorter or longer than it is, or no number at all; the line is closed behind the body."""
    content = pictures.jpeg()
    sent, kind = photos.multipart(photos.form(talk.public_id, content), content)
    head = (
        f"PUT /api/v1/phone/photos/{photos.photo_id()} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: Bearer {token_of(world.owner)}\r\nContent-Type: {kind}\r\nContent-Length: {said}\r\n\r\n"
    )
    reply = _said_to(http, head.encode() + sent)
    assert not reply or reply.split()[1].startswith(b"4"), reply[:300]
    assert EvidencePhoto.select().count() == 0
    assert list(blobs.store().names()) == []


def _said_to(url: str, request: bytes) -> bytes:
    """The whole reply, or as much as came before the server hung up."""
    address = urlsplit(url)
    reply = b""
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        with suppress(OSError):  # it may answer and hang up before it has read everything
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := line.recv(65_536):
                reply += part
    return reply
