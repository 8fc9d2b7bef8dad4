"""A photo is brought with a receipt, whatever the order of its fields and whatever it calls itself; the same one is one photo."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from werkzeug.test import TestResponse

from api import uploads
from config import blobs
from notifications.outbox import OutboxRow
from tests import make, photos
from tests.api.conftest import Caller, World, token_of
from tests.s3 import BUCKET, running_s3
from workflows.domain.audit.views import AuditView
from workflows.domain.evidence import receiving
from workflows.domain.evidence.records import Challenge, EvidencePhoto
from workflows.engine.records import Conversation

PLACE = {"latitude": "31.2304", "longitude": "121.4737", "accuracy_m": "12", "system": "gcj02"}


@pytest.fixture
def talk(world: World) -> Conversation:
    """The owner's conversation that asks for photos."""
    return photos.conversation(make.actor_for(world.owner, world.supplier))


def bring(
    caller: Caller,
    talk: Conversation,
    body: bytes,
    photo: str = "",
    file_first: bool = False,
    name: str = "blob",
    **changes: str,
) -> TestResponse:
    """Send a photo as a phone does."""
    sent, kind = photos.multipart(photos.form(talk.public_id, body, **changes), body, name, file_first)
    return put(caller, photo or photos.photo_id(), sent, kind)


def put(caller: Caller, photo: str, sent: bytes, kind: str, **headers: str) -> TestResponse:
    headers = {"Authorization": f"Bearer {caller.credential}", **headers}
    return caller.client.put(f"/api/v1/phone/photos/{photo}", data=sent, content_type=kind, headers=headers)


def stored() -> list[str]:
    return [one.name for one in blobs.store().names("original/")]


class TestBringing:
    def test_a_receipt_says_that_the_bytes_are_safe(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        answer = bring(world.phone(), talk, body, name, challenge="7k3p", **PLACE)
        assert answer.status_code == 201, answer.text
        receipt = answer.get_json()
        photo = EvidencePhoto.get()
        assert receipt == {
            "id": name,
            "sha256": hashlib.sha256(body).hexdigest(),
            "size_bytes": len(body),
            "recorded_at": photo.recorded_at.isoformat(),
            "state": "received",
            "remarks": [],
            "conversation": talk.public_id,
            "step": photos.SHOT,
        }
        with blobs.store().open(receiving.original_of(photo)) as kept:
            assert kept.read() == body

    def test_what_the_phone_says_stands_beside_what_we_saw(self, world: World, talk: Conversation) -> None:
        bring(world.phone(), talk, photos.picture(), challenge="7k3p", **PLACE)
        photo = EvidencePhoto.get()
        assert (photo.subject_kind, photo.subject_id, photo.person) == ("claim", talk.subject_id, world.owner.public_id)
        assert (photo.challenge, photo.source, photo.media_type) == ("7K3P", "camera", "image/jpeg")
        assert photo.place == {"latitude": 31.2304, "longitude": 121.4737, "accuracy_m": 12, "system": "gcj02"}
        assert photo.captured_at <= photo.recorded_at
        assert photo.measures == {}

    def test_it_waits_to_be_looked_at_once(self, world: World, talk: Conversation) -> None:
        bring(world.phone(), talk, photos.picture())
        row = OutboxRow.get(OutboxRow.queue == "internal:photo-check")
        assert row.payload == {"photo": EvidencePhoto.get().id}

    def test_a_signature_is_known_for_one(self, world: World, talk: Conversation) -> None:
        png = photos.picture(head=b"\x89PNG\r\n\x1a\n")
        assert bring(world.phone(), talk, png, step=photos.SIGNATURE).status_code == 201
        assert EvidencePhoto.get().measures == {"is_signature": True}

    def test_how_many_pixels_its_step_wants_is_known_to_its_check(self, world: World, talk: Conversation) -> None:
        talk.steps = [{**one, "constraints": {**one["constraints"], "min_pixels": 900_000}} for one in talk.steps]
        talk.save()
        bring(world.phone(), talk, photos.picture())
        assert EvidencePhoto.get().measures == {"min_pixels": 900_000}

    def test_the_file_may_come_before_the_fields(self, world: World, talk: Conversation) -> None:
        assert bring(world.phone(), talk, photos.picture(300_000), file_first=True).status_code == 201

    @pytest.mark.parametrize(
        "name", ["../../../etc/passwd", "a\u202egpj.exe", "", "x" * 3_000, "%00.jpg", "CON", "a/b\\c"]
    )
    def test_what_the_file_calls_itself_is_not_read(self, world: World, talk: Conversation, name: str) -> None:
        assert bring(world.phone(), talk, photos.picture(), name=name).status_code == 201
        assert stored() == [receiving.original_of(EvidencePhoto.get())]

    @pytest.mark.parametrize(
        ("head", "kind"),
        [
            (b"\xff\xd8\xff\xe1", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"RIFF\x00\x00\x00\x00WEBP", "image/webp"),
            (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        ],
    )
    def test_its_first_bytes_say_what_it_is(self, world: World, talk: Conversation, head: bytes, kind: str) -> None:
        assert bring(world.phone(), talk, photos.picture(head=head)).status_code == 201
        assert EvidencePhoto.get().media_type == kind

    @pytest.mark.parametrize(
        "head",
        [
            b"GIF89a",
            b"%PDF-1.7",
            b"<svg ",
            b"II*\x00",
            b"PK\x03\x04",
            b"RIFF0000WAVE",
            b"\x00\x00\x00\x18ftypmp42",
            b"BM",
        ],
    )
    def test_anything_else_is_no_photo(self, world: World, talk: Conversation, head: bytes) -> None:
        answer = bring(world.phone(), talk, photos.picture(head=head), name="photo.jpg")
        assert (answer.status_code, answer.get_json()["code"]) == (415, "photo_type")
        assert stored() == []

    def test_a_clock_that_is_nonsense_is_heard_and_not_kept(self, world: World, talk: Conversation) -> None:
        answer = bring(world.phone(), talk, photos.picture(), captured_at="1970-01-01T00:00:00Z")
        assert answer.status_code == 201
        assert EvidencePhoto.get().captured_at is None

    def test_nothing_of_a_refused_photo_stays_behind(self, world: World, talk: Conversation) -> None:
        for changes in ({"sha256": "0" * 64}, {"step": "remark"}, {"conversation": "cnv_unknown"}, {"source": "album"}):
            assert bring(world.phone(), talk, photos.picture(), **changes).status_code in {404, 422}
        assert list(blobs.store().names()) == []
        assert EvidencePhoto.select().count() == 0


class TestRepeating:
    def test_the_same_photo_again_has_the_same_receipt(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        first, again = (bring(world.phone(), talk, body, name) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.get_json() == first.get_json()
        assert len(stored()) == EvidencePhoto.select().count() == 1

    def test_other_bytes_under_its_id_are_refused(self, world: World, talk: Conversation) -> None:
        name = photos.photo_id()
        bring(world.phone(), talk, photos.picture(), name)
        other = bring(world.phone(), talk, photos.picture(), name)
        assert (other.status_code, other.get_json()["code"]) == (409, "photo_id_reused")
        assert len(stored()) == 1

    def test_it_is_known_again_when_its_conversation_has_moved_on(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        bring(world.phone(), talk, body, name)
        talk.delete_instance()
        assert bring(world.phone(), talk, body, name).status_code == 200

    def test_bytes_that_were_lost_come_back_with_it(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        bring(world.phone(), talk, body, name)
        blobs.store().delete(stored()[0])
        assert bring(world.phone(), talk, body, name).status_code == 200
        assert len(stored()) == 1

    def test_twenty_at_once_are_one(self, world: World, talk: Conversation, http: str) -> None:
        """Without the look-up inside the transaction, a caller is told of a race (409) instead of its receipt."""
        body, name, token = photos.picture(2_000), photos.photo_id(), token_of(world.owner)
        sent, kind = photos.multipart(photos.form(talk.public_id, body), body)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        with ThreadPoolExecutor(20) as pool:
            url = f"{http}/api/v1/phone/photos/{name}"
            answers = list(pool.map(lambda _: requests.put(url, data=sent, headers=headers, timeout=30), range(20)))
        assert sorted(one.status_code for one in answers) == [200] * 19 + [201]
        assert len({one.text for one in answers}) == 1
        assert len(stored()) == EvidencePhoto.select().count() == 1
        assert OutboxRow.select().where(OutboxRow.queue == "internal:photo-check").count() == 1

    def test_a_key_changes_nothing(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        sent, kind = photos.multipart(photos.form(talk.public_id, body), body)
        for status in (201, 200):
            assert put(world.phone(), name, sent, kind, **{"Idempotency-Key": "k"}).status_code == status


class TestRefusing:
    def test_every_field_at_fault_is_named_at_once(self, world: World, talk: Conversation) -> None:
        wrong = {
            "sha256": "XYZ",
            "source": "scanner",
            "captured_at": "yesterday",
            "latitude": "91",
            "system": "mars",
            "challenge": "7 K",
            "step": "",
            "margin": "1",
        }
        answer = bring(world.phone(), talk, photos.picture(), "pho_x", **wrong)
        assert answer.status_code == 422
        named = {(fault["pointer"], fault["code"]) for fault in answer.get_json()["errors"]}
        assert named == {
            ("/sha256", "sha256_malformed"),
            ("/source", "choice_unknown"),
            ("/captured_at", "time_malformed"),
            ("/latitude", "out_of_range"),
            ("/system", "choice_unknown"),
            ("/challenge", "code_malformed"),
            ("/step", "length"),
            ("/margin", "unknown_field"),
        }

    def test_half_a_place_is_no_place(self, world: World, talk: Conversation) -> None:
        answer = bring(world.phone(), talk, photos.picture(), latitude="31.2", longitude="121")
        assert [fault["pointer"] for fault in answer.get_json()["errors"]] == ["/accuracy_m"]

    @pytest.mark.parametrize("latitude", ["nan", "inf", "1e400", "31,2", "", "٣", "0x1f", "9" * 500])
    def test_a_place_is_a_number(self, world: World, talk: Conversation, latitude: str) -> None:
        answer = bring(world.phone(), talk, photos.picture(), **{**PLACE, "latitude": latitude})
        assert answer.status_code == 422 or (answer.status_code, latitude) == (201, "٣")

    def test_a_photo_that_changed_on_the_way_is_sent_again(self, world: World, talk: Conversation) -> None:
        answer = bring(world.phone(), talk, photos.picture(), sha256="0" * 64)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "photo_broken")

    def test_the_album_counts_only_where_it_may(self, world: World, talk: Conversation) -> None:
        refused = bring(world.phone(), talk, photos.picture(), source="album")
        assert (refused.status_code, refused.get_json()["code"]) == (422, "album_not_allowed")
        assert bring(world.phone(), talk, photos.picture(), source="album", step=photos.ALBUM_STEP).status_code == 201

    def test_a_step_that_asks_for_no_photo_takes_none(self, world: World, talk: Conversation) -> None:
        for step in ("remark", "unknown"):
            answer = bring(world.phone(), talk, photos.picture(), step=step)
            assert answer.get_json()["errors"][0]["code"] == "photo_not_asked"

    def test_a_file_that_is_too_large_is_refused(self, world: World, talk: Conversation) -> None:
        body = photos.picture(uploads.LARGEST_FILE + 1)
        answer = bring(world.phone(), talk, body)
        assert (answer.status_code, answer.get_json()["code"]) == (413, "payload_too_large")
        assert list(blobs.store().names()) == []

    def test_a_file_of_twenty_megabytes_is_taken(self, world: World, talk: Conversation) -> None:
        assert bring(world.phone(), talk, photos.picture(uploads.LARGEST_FILE)).status_code == 201

    def test_a_body_that_goes_on_for_ever_is_refused_before_it_is_read(self, world: World) -> None:
        answer = world.phone().client.put(
            "/api/v1/phone/photos/pho_x",
            headers={"Authorization": f"Bearer {world.phone().credential}"},
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"CONTENT_LENGTH": str(10**12)},
        )
        assert answer.status_code == 413

    def test_only_the_photo_door_takes_so_much(self, world: World) -> None:
        answer = world.phone().client.post(
            "/api/v1/phone/conversations",
            headers={"Authorization": f"Bearer {world.phone().credential}"},
            data=b" " * (3 * 1024 * 1024),
            content_type="application/json",
        )
        assert answer.status_code == 413

    def test_a_form_is_one_file_and_its_fields(self, world: World, talk: Conversation) -> None:
        body = photos.picture()
        fields = photos.form(talk.public_id, body)
        two, kind = photos.multipart({**fields, "picture": (body, "b")}, body)
        answer = put(world.phone(), "pho_x", two, kind)
        assert [(one["pointer"], one["code"]) for one in answer.get_json()["errors"]] == [("/picture", "unknown_field")]
        none, kind = photos.multipart(fields, None)
        assert put(world.phone(), "pho_x", none, kind).get_json()["errors"][0]["code"] == "required"
        as_text, kind = photos.multipart({**fields, "file": "text"}, None)
        assert put(world.phone(), "pho_x", as_text, kind).get_json()["errors"][0]["code"] == "file_expected"

    def test_a_file_there_twice_is_refused(self, world: World, talk: Conversation) -> None:
        body = photos.picture()
        sent, kind = photos.multipart(photos.form(talk.public_id, body), body)
        boundary = kind.partition("boundary=")[2].encode()
        head, _, rest = sent.partition(b"--" + boundary)
        again = sent.replace(b"--" + boundary + b"--\r\n", sent[len(head) :])
        answer = put(world.phone(), "pho_x", again, kind)
        assert {one["code"] for one in answer.get_json()["errors"]} == {"repeated"}, rest[:10]

    def test_many_parts_and_long_fields_are_refused(self, world: World, talk: Conversation) -> None:
        body = photos.picture()
        fields = photos.form(talk.public_id, body)
        many, kind = photos.multipart({**fields, **{f"f{number}": "x" for number in range(30)}}, body)
        assert put(world.phone(), "pho_x", many, kind).status_code == 413
        long, kind = photos.multipart({**fields, "step": "x" * 1_000_000}, body)
        assert put(world.phone(), "pho_x", long, kind).status_code == 413

    @pytest.mark.parametrize(
        ("sent", "kind", "status"),
        [
            (b"{}", "application/json", 415),
            (b"a=b", "application/x-www-form-urlencoded", 415),
            (b"--x", "multipart/form-data", 415),
            (b"\r\n", "multipart/form-data; boundary=x", 400),
            (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nhalf", "multipart/form-data; boundary=x", 400),
            (b"--x\r\nContent-Type: a\r\n\r\nb\r\n--x--", "multipart/form-data; boundary=x", 400),
            (b"--x\r\n\r\n\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        ],
    )
    def test_what_is_no_form_is_refused(self, world: World, sent: bytes, kind: str, status: int) -> None:
        answer = put(world.phone(), "pho_x", sent, kind)
        assert answer.status_code == status
        assert answer.get_json()["code"] in {"multipart_expected", "multipart_malformed"}

    @pytest.mark.parametrize("name", ["photo", "pho_", "pho_" + "x" * 65, "pho_a b", "img_" + "0" * 26])
    def test_an_id_is_a_phones(self, world: World, talk: Conversation, name: str) -> None:
        answer = bring(world.phone(), talk, photos.picture(), name)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["code"] == "photo_id_malformed"

    def test_a_conversation_takes_only_so_many(
        self, world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(receiving, "MOST_IN_A_CONVERSATION", 1)
        assert bring(world.phone(), talk, photos.picture()).status_code == 201
        answer = bring(world.phone(), talk, photos.picture())
        assert (answer.status_code, answer.get_json()["code"]) == (409, "too_many_photos")
        assert len(stored()) == 1

    def test_a_store_that_is_away_is_tried_again(
        self, world: World, talk: Conversation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        blocked = tmp_path / "blocked"
        blocked.write_text("a file where a folder should be")
        monkeypatch.setattr(blobs._Bound, "store", blobs.opened(f"file:{blocked}"))
        answer = bring(world.phone(), talk, photos.picture())
        assert (answer.status_code, answer.get_json()["code"]) == (503, "photo_store_away")
        assert answer.headers["Retry-After"]


class TestWhoseItIs:
    def test_a_conversation_that_is_not_ones_own_is_unknown(self, world: World, talk: Conversation) -> None:
        neighbour = make.person(make.supplier(world.brand, "S-2"))
        stranger = make.person(make.supplier(make.brand(), "S-1"))
        colleague = world.clerk
        assert bring(world.phone(colleague), talk, photos.picture()).status_code == 201
        for other in (neighbour, stranger):
            answer = bring(world.phone(other), talk, photos.picture())
            assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")

    def test_one_id_in_two_organisations_is_two_photos(self, world: World, talk: Conversation) -> None:
        other = make.supplier(world.brand, "S-2")
        neighbour = make.person(other)
        theirs = photos.conversation(make.actor_for(neighbour, other))
        name = photos.photo_id()
        assert bring(world.phone(), talk, photos.picture(), name).status_code == 201
        assert bring(world.phone(neighbour), theirs, photos.picture(), name).status_code == 201


class TestSeeing:
    @pytest.fixture
    def photo(self, world: World, talk: Conversation, tmp_path: Path) -> EvidencePhoto:
        """One that was looked at: its pictures are made."""
        bring(world.phone(), talk, photos.picture(), **PLACE)
        photo: EvidencePhoto = EvidencePhoto.get()
        for name, content in ((receiving.thumb_of(photo), b"small"), (receiving.full_of(photo), b"large")):
            (tmp_path / "made").write_bytes(content)
            blobs.store().put(name, tmp_path / "made")
        EvidencePhoto.update(state="checked").execute()
        return photo

    @staticmethod
    def see(caller: Caller, name: str, size: str = "thumb") -> TestResponse:
        return caller.get(f"/api/v1/phone/photos/{name}?size={size}")

    def test_its_people_and_the_brands_see_it_and_nobody_else(self, world: World, photo: EvidencePhoto) -> None:
        for person in (world.owner, world.clerk):
            assert self.see(world.phone(person), photo.public_id).data == b"small"
            assert self.see(world.phone(person), photo.key, "full").data == b"large"
        for role in ("buyer", "reviewer", "admin"):
            there = world.phone(make.person(world.brand, role))
            assert self.see(there, photo.key, "full").data == b"large"
            assert (
                self.see(there, photo.public_id).status_code == 404
            )  # a phone's id names nothing outside its organisation
        strangers = [make.person(make.supplier(world.brand, "S-2")), make.person(make.supplier(make.brand(), "S-1"))]
        strangers.append(make.person(make.brand(), "reviewer"))
        for stranger in strangers:
            for name in (photo.key, photo.public_id):
                answer = self.see(world.phone(stranger), name)
                assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
        assert self.see(world.nobody(), photo.key).status_code == 401
        assert self.see(world.system(), photo.key).status_code == 401

    def test_a_picture_can_do_nothing_in_a_browser(self, world: World, photo: EvidencePhoto) -> None:
        answer = self.see(world.phone(), photo.public_id)
        assert answer.content_type == "image/jpeg"
        guards = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": 'attachment; filename="photo.jpg"',
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        }
        assert {name: answer.headers.getlist(name) for name in guards} == {
            name: [said] for name, said in guards.items()
        }

    def test_the_bytes_as_they_came_are_shown_to_nobody(self, world: World, photo: EvidencePhoto) -> None:
        for size in ("original", "", "../original"):
            assert self.see(world.phone(), photo.key, size).status_code == 422

    def test_a_picture_that_is_not_made_yet_is_asked_for_again(self, world: World, talk: Conversation) -> None:
        bring(world.phone(), talk, photos.picture())
        answer = self.see(world.phone(), EvidencePhoto.get().public_id)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "photo_not_ready")
        assert answer.headers["Retry-After"] == "1"

    def test_what_is_no_picture_says_so(self, world: World, photo: EvidencePhoto) -> None:
        EvidencePhoto.update(state="unreadable").execute()
        answer = self.see(world.phone(), photo.public_id)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "photo_unreadable")
        assert "Retry-After" not in answer.headers

    def test_head_tells_a_phone_whether_its_photo_is_here(self, world: World, talk: Conversation) -> None:
        body, name = photos.picture(), photos.photo_id()
        path = f"/api/v1/phone/photos/{name}"
        assert world.phone().send("HEAD", path).status_code == 404
        bring(world.phone(), talk, body, name)
        told = world.phone().send("HEAD", path)
        assert told.status_code == 200
        assert told.data == b""
        assert told.headers["Photo-Sha256"] == hashlib.sha256(body).hexdigest()
        assert (told.headers["Photo-Size"], told.headers["Photo-State"]) == (str(len(body)), "received")
        stranger = make.person(make.supplier(world.brand, "S-2"))
        assert world.phone(stranger).send("HEAD", path).status_code == 404

    def test_whoever_of_the_brand_looks_at_it_is_noted(self, world: World, photo: EvidencePhoto) -> None:
        reviewer = make.person(world.brand, "reviewer")
        self.see(world.phone(reviewer), photo.key)
        self.see(world.phone(), photo.key)
        seen = AuditView.select().where(AuditView.record_kind == "photo")
        assert [(view.viewer, view.record) for view in seen] == [(reviewer.public_id, photo.key)]


class TestCodes:
    def test_each_conversation_has_its_code_for_a_day(self, world: World, talk: Conversation) -> None:
        other = photos.conversation(make.actor_for(world.owner, world.supplier))
        asked = {"conversations": [talk.public_id, other.public_id]}
        items = world.phone().post("/api/v1/phone/challenges", asked).get_json()["items"]
        assert [one["conversation"] for one in items] == asked["conversations"]
        assert items[0]["code"] != items[1]["code"]
        assert set(items[0]) == {"conversation", "code", "valid_until", "taken_until"}
        again = world.phone().post("/api/v1/phone/challenges", asked).get_json()["items"]
        assert again == items

    def test_a_conversation_that_is_not_ones_own_or_wants_none_is_unknown(
        self, world: World, talk: Conversation
    ) -> None:
        actor = make.actor_for(world.owner, world.supplier)
        plain = photos.conversation(actor, steps=photos.steps()[1:])
        ended = photos.conversation(actor, state="left")
        stranger = make.person(make.supplier(world.brand, "S-2"))
        for caller, name in (
            (world.phone(), plain.public_id),
            (world.phone(), ended.public_id),
            (world.phone(), "cnv_unknown"),
            (world.phone(stranger), talk.public_id),
        ):
            answer = caller.post("/api/v1/phone/challenges", {"conversations": [talk.public_id, name]})
            assert answer.status_code == 404
        assert Challenge.select().count() == 0

    def test_thirty_at_once_at_most(self, world: World, talk: Conversation) -> None:
        for many in ([], [talk.public_id] * 31):
            assert world.phone().post("/api/v1/phone/challenges", {"conversations": many}).status_code == 422


class TestAtAnS3Service:
    def test_a_photo_is_brought_seen_and_verified_there(
        self, world: World, talk: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with running_s3(tmp_path) as account:
            monkeypatch.setattr(blobs._Bound, "store", blobs.opened(f"s3://{BUCKET}/demo", account))
            body, name = photos.picture(300_000), photos.photo_id()
            assert [bring(world.phone(), talk, body, name).status_code for _ in range(2)] == [201, 200]
            photo = EvidencePhoto.get()
            with blobs.store().open(receiving.original_of(photo)) as kept:
                assert kept.read() == body
            (tmp_path / "made").write_bytes(b"small")
            blobs.store().put(receiving.thumb_of(photo), tmp_path / "made")
            assert TestSeeing.see(world.phone(), name).data == b"small"
            assert world.app.test_cli_runner().invoke(args=["photos", "verify"]).exit_code == 0
        away = bring(world.phone(), talk, photos.picture())
        assert (away.status_code, away.get_json()["code"]) == (503, "photo_store_away")


class TestVerifying:
    def test_a_photo_without_its_bytes_is_named(self, world: World, talk: Conversation) -> None:
        bring(world.phone(), talk, photos.picture())
        runner = world.app.test_cli_runner()
        whole = runner.invoke(args=["photos", "verify"])
        assert (whole.exit_code, whole.stdout.splitlines()[0]) == (0, whole.output.strip())
        assert "photos without bytes: 0" in whole.output
        photo = EvidencePhoto.get()
        blobs.store().delete(receiving.original_of(photo))
        lacking = runner.invoke(args=["photos", "verify"])
        assert lacking.exit_code == 1
        assert f"its bytes are gone: {photo.key}" in lacking.output
