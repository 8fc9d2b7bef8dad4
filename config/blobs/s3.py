"""Photos at a service that speaks S3: Amazon's own, Aliyun OSS, Tencent COS, MinIO, Ceph …

Four calls of a REST interface, each signed (AWS Signature Version 4) together with the hash of its body. An acknowledged PUT is
safe, as far as the service keeps its word.
"""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree

import requests
from requests.adapters import HTTPAdapter
from requests_aws4auth import AWS4Auth

from config import database
from config.blobs.base import Missing, StoreAway, Stored, checked

_CONNECT_S, _READ_S = 3.0, 30.0
_CONNECTIONS = 16
_AT_ONCE = 1_000
_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass(frozen=True)
class S3Account:
    """Where the service is and with which key it is asked.

    `by_host` puts the bucket into the host's name, as OSS and COS want it.
    """

    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    by_host: bool = False

    @property
    def base(self) -> str:
        """The service's address; Amazon's own unless another was given."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"


class _Lines(threading.local):
    """One session a thread: a session is not made for several."""

    session: requests.Session | None = None


class S3Store:
    """One object per name, all below a prefix of one bucket."""

    def __init__(self, bucket: str, prefix: str, account: S3Account) -> None:
        """Ask nothing yet."""
        parts = urlsplit(account.base)
        path = parts.path.rstrip("/")
        host, place = (f"{bucket}.{parts.netloc}", path) if account.by_host else (parts.netloc, f"{path}/{bucket}")
        self._url = f"{parts.scheme}://{host}{place}"
        self._prefix = f"{prefix}/" if prefix else ""
        self._account = account
        self._lines = _Lines()

    def arriving(self) -> Path:
        """The machine's folder for files that do not last."""
        return Path(tempfile.gettempdir())

    def put(self, name: str, path: Path) -> None:
        """Send the bytes. Raises StoreAway."""
        self._ask("PUT", name, body=path.read_bytes())

    def take(self, name: str, path: Path) -> None:
        """Send the bytes. Raises StoreAway."""
        self.put(name, path)

    def open(self, name: str) -> BinaryIO:
        """The bytes in a file that is gone when it is closed."""
        answer = self._ask("GET", name)
        spool = tempfile.SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - the caller closes it
        spool.write(answer.content)
        spool.seek(0)
        return cast(BinaryIO, spool)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """The bytes in a file that is gone behind the block."""
        with tempfile.TemporaryDirectory(prefix="photo-") as folder:
            path = Path(folder) / "bytes"
            with self.open(name) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield path

    def delete(self, name: str) -> None:
        """Have the object deleted."""
        self._ask("DELETE", name, may_be_missing=True)

    def names(self, prefix: str = "", after: str = "") -> Iterator[Stored]:
        """Every object below the prefix, a thousand in one call."""
        asked = {"list-type": "2", "max-keys": str(_AT_ONCE), "prefix": f"{self._prefix}{prefix}"}
        if after:
            asked["start-after"] = f"{self._prefix}{after}"
        while asked:
            page = ElementTree.fromstring(self._ask("GET", query=asked).content)  # noqa: S314 - expat expands no entities of others
            yield from self._listed(page, after)
            token = _text(page, "NextContinuationToken")
            asked = {**asked, "continuation-token": token} if token else {}

    def exists(self, name: str) -> bool:
        """Does the service have it?"""
        return self._ask("HEAD", name, may_be_missing=True).status_code == 200

    def _listed(self, page: ElementTree.Element, after: str) -> Iterator[Stored]:
        for entry in page.iter(f"{_NAMESPACE}Contents"):
            name = _text(entry, "Key").removeprefix(self._prefix)
            if name > after:  # not every service knows `start-after`
                yield Stored(name, int(_text(entry, "Size")), datetime.fromisoformat(_text(entry, "LastModified")))

    def _ask(
        self,
        method: str,
        name: str | None = None,
        query: dict[str, str] | None = None,
        body: bytes | None = None,
        may_be_missing: bool = False,
    ) -> requests.Response:
        if database.proxy.obj is not None and database.proxy.in_transaction():
            raise RuntimeError("no call leaves the house inside a transaction")
        url = f"{self._url}/" if name is None else f"{self._url}/{self._prefix}{checked(name)}"
        try:
            answer = self._session().request(
                method, url, params=query, data=body, timeout=(_CONNECT_S, _READ_S), allow_redirects=False
            )
        except requests.RequestException as error:
            raise StoreAway(type(error).__name__) from error
        if answer.status_code == 404 and name and method != "PUT" and _code(answer) != "NoSuchBucket":
            if may_be_missing:
                return answer
            raise Missing(name)
        if not answer.ok or answer.is_redirect:
            raise StoreAway(f"{method} was answered {answer.status_code} {_code(answer)}".strip())
        return answer

    def _session(self) -> requests.Session:
        if self._lines.session is None:
            session = self._lines.session = requests.Session()
            session.trust_env = False
            session.auth = AWS4Auth(self._account.access_key, self._account.secret_key, self._account.region, "s3")
            session.mount(self._url, HTTPAdapter(pool_maxsize=_CONNECTIONS, max_retries=0))
        return self._lines.session


def _text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{_NAMESPACE}{name}") or ""


def _code(answer: requests.Response) -> str:
    """The service's own word for a refusal, such as `NoSuchBucket`; never its sentence, which may quote our request."""
    try:
        page = ElementTree.fromstring(answer.content)  # noqa: S314 - as above
    except ElementTree.ParseError:
        return ""
    found = page.findtext("Code") or _text(page, "Code")
    return found if found.isalnum() else ""
