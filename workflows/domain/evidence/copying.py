"""Photos beside the backups: every photo's bytes copied once, since they never change, and brought back where they are gone.

The list of what must be there is the database itself (a photo's key and SHA-256), so a backup of the database is the inventory.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config import clock
from config.blobs import BlobStore, Missing
from workflows.domain.evidence.receiving import full_of, original_of, thumb_of
from workflows.domain.evidence.records import EvidencePhoto
from workflows.domain.evidence.sweeping import LEFT_BEHIND, key_of, known_keys

_AT_ONCE = 500
_PIECE = 1024 * 1024


@dataclass
class Copied:
    """What one slice came to: names copied and there already, photos (keys) that are gone or are not what was received."""

    copied: int = 0
    there: int = 0
    missing: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)


def copy(source: BlobStore, target: BlobStore) -> Iterator[Copied]:
    """Copy what the target lacks, slice by slice. An original is compared with the hash of its row before it is copied."""
    after = 0
    while rows := _rows(after):
        done = Copied()
        for photo in rows:
            _copy_photo(photo, source, target, done)
        yield done
        after = rows[-1].id


def prune(target: BlobStore) -> int:
    """Delete from a copy what no photo needs any more (erased, never used); how many. Only against a database that is whole."""
    names = [one for one in target.names() if one.at < clock.now() - LEFT_BEHIND]
    known = known_keys(key_of(one.name) for one in names)
    unneeded = [one.name for one in names if key_of(one.name) not in known]
    for name in unneeded:
        target.delete(name)
    return len(unneeded)


def _rows(after: int) -> list[EvidencePhoto]:
    return list(EvidencePhoto.select().where(EvidencePhoto.id > after).order_by(EvidencePhoto.id).limit(_AT_ONCE))


def _copy_photo(photo: EvidencePhoto, source: BlobStore, target: BlobStore, done: Copied) -> None:
    for name in (original_of(photo), full_of(photo), thumb_of(photo)):
        if target.exists(name):
            done.there += 1
            continue
        try:
            with source.local(name) as path:
                _put(photo, name, path, target, done)
        except Missing:
            if name == original_of(photo):
                done.missing.append(photo.key)


def _put(photo: EvidencePhoto, name: str, path: Path, target: BlobStore, done: Copied) -> None:
    if name == original_of(photo) and _hash_of(path) != photo.sha256:
        done.differing.append(photo.key)
        return
    target.put(name, path)
    done.copied += 1


def _hash_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
