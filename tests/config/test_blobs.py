"""A store keeps what it was given under its name, gives it back byte for byte, and is never led out of its folder.

Both stores: a folder, and a real service that speaks S3 and refuses wrong signatures.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from config import blobs, database
from config.blobs import BlobStore, Missing, S3Account, StoreAway, s3
from tests.s3 import BUCKET, running_s3


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Account]:
    """An S3 service, one for all tests."""
    with running_s3(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """A store of the test's own."""
    if request.param == "folder":
        return blobs.opened(f"file:{tmp_path / 'photos'}")
    place = f"s3://{BUCKET}/{tmp_path.name}"
    return blobs.opened(place, request.getfixturevalue("account"))


@pytest.fixture
def folder(tmp_path: Path) -> BlobStore:
    """A folder of the test's own."""
    return blobs.opened(f"file:{tmp_path / 'photos'}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with something in it."""
    path = tmp_path / "bytes"
    path.write_bytes(b"picture")
    return path


def test_what_was_put_is_there_byte_for_byte(store: BlobStore, file: Path) -> None:
    assert not store.exists("full/a.jpg")
    store.put("full/a.jpg", file)
    with store.open("full/a.jpg") as found, store.local("full/a.jpg") as path:
        assert found.read() == path.read_bytes() == b"picture"
    assert store.exists("full/a.jpg")


def test_the_file_that_was_put_stays_its_callers(store: BlobStore, file: Path) -> None:
    store.put("full/a.jpg", file)
    file.write_bytes(b"another")
    with store.open("full/a.jpg") as found:
        assert found.read() == b"picture"


def test_a_file_that_was_taken_need_not_be_copied(folder: BlobStore) -> None:
    path = folder.arriving() / "upload-1"
    path.write_bytes(b"picture")
    inode = path.stat().st_ino
    folder.take("original/a", path)
    with folder.local("original/a") as kept:
        assert kept.stat().st_ino == inode
    assert not path.exists()


def test_the_same_name_again_has_the_newer_bytes(store: BlobStore, file: Path) -> None:
    store.put("full/a.jpg", file)
    file.write_bytes(b"newer")
    store.put("full/a.jpg", file)
    with store.open("full/a.jpg") as found:
        assert found.read() == b"newer"
    assert [one.name for one in store.names()] == ["full/a.jpg"]


def test_what_is_not_there_is_missing_and_can_be_deleted(store: BlobStore, file: Path) -> None:
    store.put("full/a.jpg", file)
    store.delete("full/a.jpg")
    store.delete("full/a.jpg")
    with pytest.raises(Missing):
        store.open("full/a.jpg")
    with pytest.raises(Missing), store.local("full/a.jpg"):
        pass


def test_names_come_in_order_from_where_one_was(store: BlobStore, file: Path) -> None:
    names = ["original/b", "thumb/a.jpg", "full/c.jpg", "original/a"]
    for name in names:
        store.put(name, file)
    listed = list(store.names())
    assert [one.name for one in listed] == sorted(names)
    assert {one.size_bytes for one in listed} == {7}
    assert [one.name for one in store.names("original/")] == ["original/a", "original/b"]
    assert [one.name for one in store.names(after="original/a")] == ["original/b", "thumb/a.jpg"]


def test_an_empty_store_has_no_names(store: BlobStore) -> None:
    assert list(store.names()) == []


NO_NAMES = ("../a", "a", "/etc/passwd", "a/../b", "a/b/c", "a/.b", "a/", "a/b\0", "", "ä/b", "a/" + "b" * 200)


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_never_looked_for(store: BlobStore, file: Path, name: str) -> None:
    for act in (store.open, store.delete, store.exists):
        with pytest.raises(ValueError, match="not the name"):
            act(name)
    with pytest.raises(ValueError, match="not the name"):
        store.put(name, file)
    with pytest.raises(ValueError, match="not the name"), store.local(name):
        pass


def test_a_disk_that_refuses_is_said(folder: BlobStore, file: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file where the folder should be")
    with pytest.raises(StoreAway):
        folder.put("full/a.jpg", file)


@pytest.mark.parametrize(
    "url", ["", "photos", "file:", "file:/", "s3:", "s3://", "s3:bucket", "http://bucket/x", "s3:///x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="photo store"):
        blobs.opened(url)


def test_nobody_else_on_the_machine_looks_at_them(folder: BlobStore, tmp_path: Path) -> None:
    path = folder.arriving() / "upload-1"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    folder.take("original/a", path)
    assert (tmp_path / "photos").stat().st_mode & 0o077 == 0


class TestS3:
    def test_a_wrong_key_is_refused(self, account: S3Account, file: Path) -> None:
        for changes, code in (
            ({"secret_key": "x"}, "SignatureDoesNotMatch"),
            ({"access_key": "x"}, "InvalidAccessKeyId"),
        ):
            store = blobs.opened(f"s3://{BUCKET}", replace(account, **changes))
            with pytest.raises(StoreAway, match=code) as refused:
                store.put("full/a.jpg", file)
            assert account.secret_key not in str(refused.value)

    def test_a_service_that_is_away_or_knows_no_such_bucket_is_said(self, account: S3Account, file: Path) -> None:
        for place, endpoint in ((BUCKET, "http://127.0.0.1:1"), ("nobodys", account.endpoint)):
            store = blobs.opened(f"s3://{place}", replace(account, endpoint=endpoint))
            with pytest.raises(StoreAway):
                store.put("full/a.jpg", file)
            with pytest.raises(StoreAway):
                store.open("full/a.jpg")

    def test_a_long_list_comes_page_by_page(
        self, account: S3Account, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(s3, "_AT_ONCE", 2)
        store = blobs.opened(f"s3://{BUCKET}/{tmp_path.name}", account)
        for letter in "abcde":
            store.put(f"full/{letter}", file)
        assert [one.name for one in store.names()] == [f"full/{letter}" for letter in "abcde"]
        assert [one.name for one in store.names(after="full/b")] == ["full/c", "full/d", "full/e"]

    def test_the_bucket_stands_in_the_path_or_in_the_host(self, account: S3Account) -> None:
        elsewhere = replace(account, endpoint="https://oss-cn-shanghai.aliyuncs.com")
        assert s3.S3Store("b", "", elsewhere)._url == "https://oss-cn-shanghai.aliyuncs.com/b"
        assert s3.S3Store("b", "", replace(elsewhere, by_host=True))._url == "https://b.oss-cn-shanghai.aliyuncs.com"
        assert S3Account(region="cn-north-1").base == "https://s3.cn-north-1.amazonaws.com"

    def test_no_transaction_waits_for_it(self, account: S3Account, db: None) -> None:  # noqa: ARG002 - a database to write in
        store = blobs.opened(f"s3://{BUCKET}", account)
        with database.transaction(), pytest.raises(RuntimeError, match="transaction"):
            store.exists("full/a.jpg")
