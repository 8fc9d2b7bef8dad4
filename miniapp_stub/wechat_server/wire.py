"""Answers on the wire: the platform's at `/wx` (always HTTP 200, errors with a rid), the SMS provider's, ours at `/_stub`."""

import json
import secrets
import uuid
from typing import Any

from flask import Response, request

from miniapp_stub.wechat_server.errors import Misuse, ProviderError, WeChatError
from miniapp_stub.wechat_server.form import Form
from miniapp_stub.wechat_server.state import the_world

PLATFORM_JSON = "application/json; encoding=utf-8"


def platform_answer(payload: dict[str, Any]) -> Response:
    """Write an answer of the platform."""
    content_type = "text/plain" if the_world().quirks.text_plain else PLATFORM_JSON
    return Response(_json(payload), content_type=content_type)


def platform_error(error: WeChatError) -> Response:
    """Write a refusal of the platform: HTTP 200, and an errmsg that ends with an id to look up."""
    trace = secrets.token_hex(12)
    rid = f"{trace[:8]}-{trace[8:16]}-{trace[16:]}"
    return platform_answer({"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {rid}"})


def provider_answer(payload: dict[str, Any], status: int = 200) -> Response:
    """Write an answer of the SMS provider."""
    whole = {**payload, "RequestId": str(uuid.uuid4()).upper()}
    return Response(_json(whole), status, content_type="application/json;charset=utf-8")


def provider_error(error: ProviderError) -> Response:
    """Write a refusal of the SMS provider."""
    return provider_answer({"Code": error.code, "Message": f"refused: {error.code}"}, error.status)


def stub_answer(payload: dict[str, Any], status: int = 200) -> Response:
    """Write an answer to a test or a simulated person."""
    return Response(_json(payload), status, content_type="application/json")


def stub_form() -> Form:
    """Read the JSON body of a `/_stub` request; a request without a body is an empty object."""
    raw = request.get_data()
    # A web page may send text/plain to any origin without asking first; JSON makes the browser ask.
    if raw and request.mimetype != "application/json":
        raise Misuse("Content-Type: application/json is expected", 415)
    try:
        return Form(json.loads(raw or b"{}"))
    except ValueError as problem:
        raise Misuse(f"body: not JSON ({problem})") from problem


def _json(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "surrogatepass")
