"""Where photos rest: one store of named bytes for a process, in a folder or at an S3 service (docs/adr/0023)."""

from pathlib import Path

from config.blobs.base import BlobStore, Missing, StoreAway, Stored
from config.blobs.folder import FolderStore
from config.blobs.s3 import S3Account, S3Store

__all__ = ["BlobStore", "Missing", "S3Account", "StoreAway", "Stored", "configure", "opened", "store"]


class _Bound:
    store: BlobStore | None = None


def configure(url: str, account: S3Account | None = None) -> None:
    """Keep this process's photos at `file:/folder` or `s3://bucket/prefix`; opens nothing yet. Raises ValueError."""
    _Bound.store = opened(url, account)


def opened(url: str, account: S3Account | None = None) -> BlobStore:
    """The store at an address. Raises ValueError where it is none."""
    scheme, _, place = url.partition(":")
    if scheme == "file" and place.strip("/"):
        return FolderStore(Path(place.removeprefix("//")))
    bucket, _, prefix = place.removeprefix("//").partition("/")
    if scheme == "s3" and place.startswith("//") and bucket:
        return S3Store(bucket, prefix.strip("/"), account or S3Account())
    raise ValueError("a photo store is file:/folder or s3://bucket/prefix")


def store() -> BlobStore:
    """The store of this process. Raises RuntimeError before `configure`."""
    if _Bound.store is None:
        raise RuntimeError("no photo store is configured")
    return _Bound.store
