"""Turns a header into an Actor, and makes every operation say whom it is for.

    @roles(*EVERYONE)            a signed-in person with one of these roles
    @scopes("orders:write")      a brand system whose key has this scope
    @open_to_all                 nobody needs to be signed in (sessions)

`refuse_undeclared` stops the start where an operation under /api/ says nothing: forgetting is not a way in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, g, request

from workflows.domain import keys, sessions
from workflows.domain.access import ROLES_OF_KIND, SCOPES, Actor
from workflows.domain.errors import Forbidden, Unauthenticated

View = TypeVar("View", bound=Callable[..., Any])

ROLES = frozenset(f"{kind}:{role}" for kind, named in ROLES_OF_KIND.items() for role in named)
EVERYONE = tuple(sorted(ROLES))
_ATTRIBUTE = "partnerline_access"


@dataclass(frozen=True)
class Access:
    """Whom one operation is for."""

    door: str  # phone | brand | open
    roles: frozenset[str] = frozenset()
    scope: str = ""


def roles(*names: str) -> Callable[[View], View]:
    """For signed-in people with one of these roles, each written `kind:role`."""
    unknown = set(names) - ROLES
    if unknown or not names:
        raise ValueError(f"no such roles: {sorted(unknown)}")
    return _declare(Access("phone", roles=frozenset(names)))


def scopes(name: str) -> Callable[[View], View]:
    """For brand systems whose key has the scope."""
    if name not in SCOPES:
        raise ValueError(f"no such scope: {name}")
    return _declare(Access("brand", scope=name))


def open_to_all(view: View) -> View:
    """For callers nobody knows yet."""
    return _declare(Access("open"))(view)


def _declare(declared: Access) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, declared)  # functools.wraps carries it through every later decorator
        return view

    return mark


def declared(app: Flask, endpoint: str) -> Access | None:
    """What the operation behind `endpoint` declares."""
    return getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None)


def refuse_undeclared(app: Flask) -> None:
    """Raises RuntimeError naming each operation under /api/ that does not declare whom it is for."""
    silent = [
        f"{sorted((rule.methods or set()) - {'HEAD', 'OPTIONS'})} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and declared(app, rule.endpoint) is None
    ]
    if silent:
        raise RuntimeError(f"operations that do not say whom they are for: {', '.join(silent)}")


def authenticate(app: Flask) -> None:
    """Put the request's actor where `actor()` finds it. Raises Unauthenticated, Forbidden."""
    wanted = declared(app, request.endpoint) if request.endpoint else None
    if wanted is None or wanted.door == "open":
        return
    g.actor = found = _phone_actor() if wanted.door == "phone" else _brand_actor()
    if wanted.door == "phone" and not _has_role(found, wanted.roles):
        raise Forbidden()
    if wanted.scope and wanted.scope not in found.scopes:
        raise Forbidden()


def actor() -> Actor:
    """Who calls. Only inside an operation that declares roles or a scope."""
    return cast(Actor, g.actor)


def _has_role(found: Actor, wanted: frozenset[str]) -> bool:
    return any(f"{found.organisation_kind}:{role}" in wanted for role in found.roles)


def _phone_actor() -> Actor:
    token = bearer()
    if not token.startswith("pls_"):
        raise Unauthenticated("wrong_credential")
    return sessions.actor_of_session(token)


def _brand_actor() -> Actor:
    key = bearer()
    if not key.startswith("plk_"):
        raise Unauthenticated("wrong_credential")
    return keys.actor_of_key(key)


def bearer() -> str:
    """The credential that the request carries. Raises Unauthenticated `signed_out`."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Unauthenticated("signed_out")
    return credential.strip()
