"""How the house calls others: time-outs always, no redirects, no proxies, no secrets in errors, never in a transaction."""

import time
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from config import database

CONNECT_S = 1.5
READ_S = 3.5
CALL_S = CONNECT_S + READ_S
_CONNECTIONS = 32
_LARGEST_ANSWER = 1_000_000
_PIECE = 65_536


class NoAnswer(Exception):
    """The other side did not answer in full. `was_sent`: it may have acted all the same."""

    def __init__(self, reason: str, was_sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.was_sent = was_sent


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status and the whole body."""

    status: int
    body: bytes = field(repr=False)


class Caller:
    """A pool of connections, safe to share between threads."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def call(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One call, at most CALL_S seconds. Raises NoAnswer, which never holds the address, and so no token in it.

        Raises RuntimeError inside a transaction: a slow provider must not hold the database.
        """
        _refuse_inside_transaction()
        until = time.monotonic() + CALL_S
        try:
            with self._session.request(
                method,
                url,
                params=params,
                data=body,
                headers=headers,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, _whole_body(response, until))
        except requests.RequestException as error:
            raise NoAnswer(type(error).__name__, _was_sent(error)) from None
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(type(error).__name__, was_sent=True) from None


def _refuse_inside_transaction() -> None:
    if database.proxy.obj is not None and database.proxy.in_transaction():
        raise RuntimeError("a call to another house inside a database transaction")


def _whole_body(response: Any, until: float) -> bytes:
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > _LARGEST_ANSWER:
            raise NoAnswer("AnswerTooLarge", was_sent=True)
        if time.monotonic() > until:
            raise NoAnswer("AnswerTooSlow", was_sent=True)
    return bytes(body)


def _was_sent(error: requests.RequestException) -> bool:
    """A connection that was never made carried nothing; anything later is open."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return False
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return not isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
