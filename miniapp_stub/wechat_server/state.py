"""The world behind the stub: apps, templates, people with phones, consents, and everything that is remembered of them.

One lock guards all of it. Whoever waits (a long poll, an injected delay, a send under way) must not hold it.
"""

import base64
import hashlib
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from flask import current_app

from miniapp_stub.wechat_server.clock import VirtualClock
from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.journal import Journal
from miniapp_stub.wechat_server.limits import Limits
from miniapp_stub.wechat_server.outbox import Outbox
from miniapp_stub.wechat_server.phone_book import PhoneBook
from miniapp_stub.wechat_server.rules import Action, RuleBook
from miniapp_stub.wechat_server.template_types import Field

ONE_TIME, LONG_TERM = 2, 3
MAX_USER_CHARS = 100
DEFAULT_SEED = "partnerline"

Part = TypeVar("Part")


@dataclass(frozen=True)
class Template:
    """A message template of one app. kind is 2 (one consent, one message) or 3 (one consent, any number)."""

    template_id: str
    title: str
    kind: int
    fields: tuple[Field, ...]
    deleted: bool = False


@dataclass
class App:
    """A mini-program as registered with the platform. ip_whitelist None lets every address call."""

    appid: str
    secret: str
    kind: str = "mini"
    released_pages: frozenset[str] = frozenset()
    ip_whitelist: frozenset[str] | None = None
    unionid_bound: bool = False
    subscribe_banned: bool = False
    templates: dict[str, Template] = field(default_factory=dict)


@dataclass
class Account:
    """A person in one app. items holds what was chosen "always" per template: accept, reject or ban."""

    openid: str
    main_switch: bool = True
    items: dict[str, str] = field(default_factory=dict)
    session_key: str | None = None
    last_active: float | None = None


@dataclass
class Person:
    """A human with a phone. risk_block makes each login fail with 40226."""

    uid: str
    name: str
    unionid: str
    phone: str | None = None
    risk_block: bool = False
    accounts: dict[str, Account] = field(default_factory=dict)


@dataclass
class Quirks:
    """How the platform deviates from its own pages, switchable: the ones that concern what is built."""

    text_plain: bool = False
    no_msgid: bool = False
    strict_unicode: bool = True
    tmplids_max: int = 3


class World:
    """Everything the stub knows. Features keep their own memory as parts; reset forgets all and loads the fixture again."""

    def __init__(self, seed: str = DEFAULT_SEED, threads: int = 32) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.lock = self.changed
        self.first_fixture: dict[str, Any] = {}
        self.phone_book: PhoneBook | None = None
        self.holds = threading.BoundedSemaphore(threads)
        self.released = threading.Event()
        # Ids go on after a reset and a restart, as they would at the platform: a repeated one would look like a known message.
        self.last_msgid = time.time_ns()
        self.generation = 0
        self.clear(seed)

    def clear(self, seed: str) -> None:
        """Forget everything; whoever is being kept waiting by a rule is let go."""
        with self.lock:
            # Who started work in an earlier generation must not finish it in this one.
            self.generation += 1
            self.seed = seed
            self.rng = random.Random(seed)  # noqa: S311 — repeatable on purpose, nothing secret comes from it
            self.clock = VirtualClock()
            self.journal, self.rules, self.limits, self.outbox = Journal(), RuleBook(), Limits(), Outbox()
            self.quirks = Quirks()
            self.outage: Action | None = None
            self.apps: dict[str, App] = {}
            self.people: dict[str, Person] = {}
            self.consents: dict[tuple[str, str, str], int] = {}
            self.long_term: set[tuple[str, str, str]] = set()
            self.blocked_words: tuple[str, ...] = ()
            self.app_url: str | None = None
            self._owners: dict[tuple[str, str], str] = {}
            self._parts: dict[type, object] = {}
            self.released.set()
            self.released = threading.Event()
            self.changed.notify_all()

    def part(self, kind: type[Part]) -> Part:
        """Give a feature's own memory, made empty on first use after a reset."""
        if kind not in self._parts:
            self._parts[kind] = kind()
        return cast(Part, self._parts[kind])

    def now(self) -> float:
        """Give the virtual time."""
        return self.clock.now()

    def next_msgid(self) -> int:
        """Give the next message id: 64 bits, above what a JavaScript number or a float can hold."""
        self.last_msgid += 1
        return self.last_msgid

    def app(self, appid: str) -> App:
        """Give an app for `/_stub`; Misuse (404) when there is none."""
        if appid not in self.apps:
            raise Misuse(f"appid {appid}: this app is unknown", 404)
        return self.apps[appid]

    def person(self, uid: str) -> Person:
        """Give a person, who comes into being on first use with ids that are the same after a restart."""
        if not uid or len(uid) > MAX_USER_CHARS:
            raise Misuse(f"user: a text of 1 to {MAX_USER_CHARS} characters is expected")
        if uid not in self.people:
            self.people[uid] = Person(uid, name=uid, unionid=self._derived("o6_bmj", "unionid", uid))
        return self.people[uid]

    def account(self, app: App, uid: str, openid: str | None = None) -> Account:
        """Give a person's account in an app, made on first use; openid overrides the derived one."""
        person = self.person(uid)
        account = person.accounts.get(app.appid)
        if account is None:
            account = Account(openid or self._derived("o", "openid", app.appid, uid))
            person.accounts[app.appid] = account
            if openid is None and self.phone_book:
                self.phone_book.add(uid, app.appid)
        elif openid is not None and openid != account.openid:
            del self._owners[app.appid, account.openid]
            account.openid = openid
        self._owners[app.appid, account.openid] = uid
        return account

    def owner(self, app: App, openid: object) -> Person | None:
        """Give whose openid this is in the app, None when it is nobody's or another app's."""
        uid = self._owners.get((app.appid, openid)) if isinstance(openid, str) else None
        return self.people.get(uid) if uid is not None else None

    def _derived(self, prefix: str, *facts: str) -> str:
        digest = hashlib.sha256("\x00".join((self.seed, *facts)).encode()).digest()
        return (prefix + base64.urlsafe_b64encode(digest).decode())[:28]


def the_world() -> World:
    """Give the world of the running application."""
    return cast(World, current_app.extensions["world"])
