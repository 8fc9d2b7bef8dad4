"""A store keeps what it was given under its name, gives it back byte for byte, and is never led out of its folder."""

import os
from pathlib import Path

import pytest

from config import blobs
from config.blobs import BlobStore, Missing, StoreAway


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
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


def test_a_file_that_was_taken_need_not_be_copied(store: BlobStore) -> None:
    path = store.arriving() / "upload-1"
    path.write_bytes(b"picture")
    inode = path.stat().st_ino
    store.take("original/a", path)
    with store.local("original/a") as kept:
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


def test_a_disk_that_refuses_is_said(store: BlobStore, file: Path, tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file where the folder should be")
    with pytest.raises(StoreAway):
        store.put("full/a.jpg", file)


@pytest.mark.parametrize(
    "url", ["", "photos", "file:", "file:/", "s3:", "s3://", "s3:bucket", "http://bucket/x", "s3:///x"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="photo store"):
        blobs.opened(url)


def test_nobody_else_on_the_machine_looks_at_them(store: BlobStore, tmp_path: Path) -> None:
    path = store.arriving() / "upload-1"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    store.take("original/a", path)
    assert (tmp_path / "photos").stat().st_mode & 0o077 == 0
