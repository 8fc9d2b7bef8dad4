"""Reads a `multipart/form-data` body with one file, which never rests in memory: it is written where the store can take it from.

While it is read its SHA-256 is made, its bytes are counted and its first ones are looked at. What the caller says of the file
(its name, its type) is not read at all.
"""

import hashlib
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog
from flask import Request
from flask import request as current_request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from config import blobs
from config.blobs import StoreAway
from workflows.domain.errors import DomainError, Fault, Invalid

LARGEST_FILE = 20_000_000
LARGEST_BODY = 20 * 1024 * 1024
_MOST_PARTS = 20
_LONGEST_FIELD = 4_096
_PIECE = 256 * 1024
_MOST_IN_HAND = 2 * _PIECE  # of what is not told apart yet: a part's headers, a boundary that is being looked for
_HEAD = 32
FILE = "file"

# Still pictures in a HEIF box; sequences of pictures are films.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})

_log = structlog.get_logger(__name__)


@dataclass
class Upload:
    """One file that has arrived, and the fields that came with it. `path` lasts until the block around it ends."""

    path: Path
    fields: Mapping[str, str]
    sha256: str
    size_bytes: int
    head: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """What its first bytes say it is. Raises DomainError `photo_type` for anything but a photo."""
        found = media_type_of(self.head)
        if found is None:
            raise DomainError("photo_type")
        return found


def media_type_of(head: bytes) -> str | None:
    """JPEG, PNG, WebP or HEIC by the first 32 bytes of a file, else None."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    return None


def folder() -> Path:
    """Where files arrive: on the disk that the store takes them from. Raises DomainError `photo_store_away`."""
    try:
        return blobs.store().arriving()
    except (StoreAway, OSError):
        raise DomainError("photo_store_away") from None


def refuse_other_fields(arrived: "Upload", known: Collection[str]) -> None:
    """Raises Invalid naming each field beside the file that nobody reads here."""
    faults = [Fault((name,), "unknown_field") for name in arrived.fields if name not in known]
    if faults:
        raise Invalid(faults)


@contextmanager
def arriving(folder: Path, request: Request = current_request) -> Iterator[Upload]:
    """Read the request's body, with its file in `folder` while the block lasts.

    Raises DomainError `multipart_expected`, `multipart_malformed`, Invalid naming what is missing or there twice,
    RequestEntityTooLarge.
    """
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary:
        raise DomainError("multipart_expected")
    with tempfile.NamedTemporaryFile(dir=folder, prefix="upload-", delete=False) as target:
        try:
            form = _Form(target)
            _read(request, boundary, form)
            yield form.upload()
        finally:
            Path(target.name).unlink(missing_ok=True)  # mostly the store has taken it


def _read(request: Request, boundary: str, form: "_Form") -> None:
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), _MOST_IN_HAND, max_parts=_MOST_PARTS)
    try:
        while piece := request.stream.read(_PIECE):
            decoder.receive_data(piece)
            _take_events(decoder, form)
        decoder.receive_data(None)
        _take_events(decoder, form)
    except ValueError:
        raise DomainError("multipart_malformed") from None


def _take_events(decoder: MultipartDecoder, form: "_Form") -> None:
    event: Event = decoder.next_event()
    while not isinstance(event, NeedData | Epilogue):
        form.take(event)
        event = decoder.next_event()


class _Form:
    """What has been read so far."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._size = 0
        self._head = b""
        self._fields: dict[str, bytearray] = {}
        self._files = 0
        self._faults: list[Fault] = []
        self._into: bytearray | None = None

    def take(self, event: Event) -> None:
        if isinstance(event, File):
            self._begin_file(str(event.name))
        elif isinstance(event, Field):
            self._begin_field(str(event.name))
        elif isinstance(event, Data):
            self._add(event.data)

    def _begin_file(self, name: str) -> None:
        self._files += name == FILE
        is_ours = name == FILE and self._files == 1
        if not is_ours:
            self._faults.append(Fault((name,), "repeated" if name == FILE else "unknown_field"))
        self._into = None if is_ours else bytearray()

    def _begin_field(self, name: str) -> None:
        if name in self._fields or name == FILE:
            self._faults.append(Fault((name,), "repeated" if name in self._fields else "file_expected"))
        self._into = self._fields.setdefault(name, bytearray()) if name != FILE else bytearray()

    def _add(self, piece: bytes) -> None:
        if self._into is not None:
            if len(self._into) + len(piece) > _LONGEST_FIELD:
                raise RequestEntityTooLarge  # a second file too: only one is kept
            self._into += piece
            return
        self._size += len(piece)
        if self._size > LARGEST_FILE:
            raise RequestEntityTooLarge
        self._head = (self._head + piece[:_HEAD])[:_HEAD]
        self._digest.update(piece)
        self._write(piece)

    def _write(self, piece: bytes) -> None:
        try:
            self._target.write(piece)
        except OSError as error:
            _log.warning("upload_not_written", error=str(error))
            raise DomainError("photo_store_away") from error

    def upload(self) -> Upload:
        """Everything, once the body has ended. Raises Invalid."""
        if not self._size and not any(fault.path == (FILE,) for fault in self._faults):
            self._faults.append(Fault((FILE,), "required"))
        if self._faults:
            raise Invalid(self._faults)
        self._target.flush()
        fields = {name: bytes(value).decode("utf-8", "replace") for name, value in self._fields.items()}
        return Upload(Path(self._target.name), fields, self._digest.hexdigest(), self._size, self._head)
