"""Signing in and out on a phone, and acting for another organisation."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app, g, request
from marshmallow import Schema, ValidationError

from api.auth import EVERYONE, actor, bearer, open_to_all, roles
from api.door import Door
from api.idempotency import never_kept
from api.parsing import faults_of, object_body
from api.phone import devices
from api.phone.schemas import ActForSchema, MeSchema, SessionSchema
from api.phone.sign_in_schemas import (
    InvitationSignInSchema,
    SmsCodeAnswerSchema,
    SmsCodeSchema,
    SmsSignInSchema,
    WechatSignInSchema,
)
from api.showing import show
from notifications import consents, recipients
from notifications.wechat import login
from notifications.wechat.login import LoginFailed
from workflows.domain import phone_codes, phone_proof, sessions, sign_in
from workflows.domain.errors import DomainError, Fault, Invalid, Unauthenticated
from workflows.domain.organisations import Organisation
from workflows.domain.phone_proof import Opening
from workflows.domain.sessions import Begun, Standing

blueprint = Door("sessions", __name__, url_prefix="/api/v1/phone", description="Signing in on a phone")

_WAYS: Mapping[str, type[Schema]] = {
    "wechat": WechatSignInSchema,
    "invitation": InvitationSignInSchema,
    "sms": SmsSignInSchema,
}
_FAILURES = {"busy": "login_busy", "misconfigured": "unavailable", "blocked": "login_blocked"}


@blueprint.post("/sms-codes")
@blueprint.arguments(SmsCodeSchema)
@blueprint.response(202, SmsCodeAnswerSchema)
@open_to_all
def ask_for_code(asked: dict[str, Any]) -> dict[str, Any]:
    """Have a sign-in code sent to a number; the answer is the same whether anybody knows it or not"""
    return {"retry_after_s": phone_codes.ask(asked["phone"], asked["device"], _address())}


@blueprint.post("/sessions")
@blueprint.document(WechatSignInSchema, InvitationSignInSchema, SmsSignInSchema)
@blueprint.response(201, SessionSchema)
@open_to_all
def begin_session() -> tuple[dict[str, Any], int]:
    """Sign in"""
    g.holds_secret = True
    asked = _asked(object_body())
    return _session(_BEGUN_BY[asked["via"]](asked)), 201


def _by_wechat(asked: Mapping[str, Any]) -> Begun:
    openid = _openid(asked["app"], asked["code"], asked["device"])
    opening = Opening(asked["sms_code"], _address())
    return sign_in.begin_session_by_wechat(
        asked["app"], asked["code"], openid, asked["device"], asked["invitation"], opening
    )


def _by_invitation(asked: Mapping[str, Any]) -> Begun:
    opening = Opening(asked["sms_code"], _address())
    return sign_in.begin_session_by_invitation(asked["token"], asked["device"], opening)


def _by_sms(asked: Mapping[str, Any]) -> Begun:
    return phone_proof.begin_session_by_sms(asked["phone"], asked["code"], asked["device"], _address())


_BEGUN_BY: Mapping[str, Callable[[Mapping[str, Any]], Begun]] = {
    "wechat": _by_wechat,
    "invitation": _by_invitation,
    "sms": _by_sms,
}


@blueprint.put("/sessions/current")
@blueprint.arguments(ActForSchema)
@blueprint.response(200, SessionSchema)
@roles(*EVERYONE)
@never_kept
def act_for(asked: dict[str, Any]) -> dict[str, Any]:
    """Act for another organisation, with the same token"""
    g.holds_secret = True
    return show("session", {"token": bearer(), **_standing(sessions.switch(actor(), asked["acting_for"]))})


@blueprint.delete("/sessions/current")
@blueprint.response(204)
@roles(*EVERYONE)
def end_session() -> Response:
    """Sign out"""
    sessions.end_session(actor())
    return Response(status=204)


@blueprint.get("/me")
@blueprint.response(200, MeSchema)
@roles(*EVERYONE)
def me() -> dict[str, Any]:
    """Who is signed in, and how they can be reached"""
    standing = sessions.standing_of(actor())
    person = standing.person.public_id
    channels = recipients.reachable([person]).get(person, [])
    left = consents.left(person, current_app.extensions["partnerline.settings"].wechat.app_id)
    return show("session", {**_standing(standing), "reachable": {"channels": channels, "consents": left}})


def _asked(body: Mapping[str, Any]) -> dict[str, Any]:
    via = body.get("via")
    if not isinstance(via, str) or via not in _WAYS:
        raise Invalid([Fault(("via",), "choice_unknown" if via is not None else "required")])
    try:
        loaded: dict[str, Any] = _WAYS[via]().load(body)
    except ValidationError as error:
        raise Invalid(list(faults_of(error.messages))) from None
    return loaded


def _openid(app: str, code: str, device: str) -> str:
    if app != current_app.extensions["partnerline.settings"].wechat.app_id:
        raise Invalid([Fault(("app",), "app_unknown")])
    try:
        return sign_in.spent_code(app, code, device) or login.exchange_code(app, code)
    except LoginFailed as failure:
        # The same call sent twice at once: the other one has spent the code meanwhile.
        spent = sign_in.spent_code(app, code, device) if failure.code == "code_used" else None
        if spent:
            return spent
        code_of_problem = _FAILURES.get(failure.code)
        raise DomainError(code_of_problem) if code_of_problem else Unauthenticated(failure.code) from None


def _address() -> str:
    """Where the call came from, behind the proxies that are trusted (TRUSTED_PROXIES)."""
    return request.remote_addr or ""


def _session(begun: Begun) -> dict[str, Any]:
    devices.remembered(begun)
    return {"token": begun.token, **_standing(begun.standing)}


def _standing(standing: Standing) -> dict[str, Any]:
    person = standing.person
    return {
        "expires_at": standing.expires_at,
        "person": {"id": person.public_id, "name": person.name, "language": person.language},
        "acting_for": _organisation(standing.acting_for),
        "memberships": [
            {"organisation": _organisation(place.organisation), "role": place.role} for place in standing.places
        ],
    }


def _organisation(organisation: Organisation) -> dict[str, Any]:
    return {
        "id": organisation.public_id,
        "ref": organisation.ref,
        "name": organisation.name,
        "kind": organisation.kind,
        "time_zone": organisation.time_zone,
    }
