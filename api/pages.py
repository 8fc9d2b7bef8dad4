"""The pages people open: the browser mini-app at /app/, the API's description at /docs.

Files are read once, when first asked for, and kept in memory with their gzip form. What carries a hash in its name never
changes and is cached for a year; everything else is asked for again and mostly answered 304.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, request

from api import openapi
from config.settings import Settings
from workflows.domain.errors import NotFound

_ROOT = Path(__file__).resolve().parent.parent
_MINI_APP = _ROOT / "miniapp_stub" / "h5" / "dist"
_STATIC = Path(__file__).resolve().parent / "static"
_HASHED = re.compile(r"[.-][0-9A-Za-z_]{8,}\.[a-z0-9]+$")
_COMPRESSIBLE = {".html", ".js", ".mjs", ".css", ".json", ".svg", ".webmanifest", ".map", ".txt"}
_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}
_DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

# The mini-app alone may ask for the camera and the place, and only this house's own page: nothing embedded in it.
_MINI_APP_MAY = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Asset:
    """One file as it is served."""

    name: str
    body: bytes
    zipped: bytes | None
    mimetype: str

    @cached_property
    def etag(self) -> str:
        """The same for the same bytes."""
        return hashlib.sha256(self.body).hexdigest()[:32]

    @property
    def is_for_ever(self) -> bool:
        """Does its name change with its content?"""
        return _HASHED.search(self.name) is not None


class Shelf:
    """The files of one folder, and nothing outside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._assets: dict[str, Asset] = {}

    def asset(self, name: str) -> Asset:
        """The file `name`. Raises NotFound."""
        if name not in self._assets:
            self._assets[name] = self._read(name)
        return self._assets[name]

    def _read(self, name: str) -> Asset:
        path = self._path(name)
        body = path.read_bytes()
        beside = path.with_name(f"{path.name}.gz")
        if beside.is_file():
            zipped: bytes | None = beside.read_bytes()
        else:
            zipped = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
        mimetype = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Asset(name, body, zipped, mimetype)

    def _path(self, name: str) -> Path:
        # A roundabout name (`a/../index.html`) is none: there is no end of them, and each would be remembered.
        try:
            path = (self._folder / name).resolve()
            is_there = path.is_file() and path.relative_to(self._folder).as_posix() == name
        except (OSError, ValueError):  # too long, a NUL, outside
            raise NotFound() from None
        if not is_there or path.suffix in {".gz", ".py"}:
            raise NotFound()
        return path


_mini_app = Shelf(_MINI_APP)
_static = Shelf(_STATIC)


@blueprint.get("/")
def front() -> Any:
    """People go to the mini-app."""
    response = redirect("/app/", 302)
    response.set_data(b"")
    return response


@blueprint.get("/app/", defaults={"name": "index.html"})
@blueprint.get("/app/<path:name>")
def mini_app(name: str) -> Response:
    """A file of the browser mini-app."""
    response = _served(_mini_app.asset(name))
    response.headers["Content-Security-Policy"] = _mini_app_csp(_settings())
    response.headers["Permissions-Policy"] = _MINI_APP_MAY
    return response


@blueprint.get("/app/config.json")
def mini_app_config() -> Response:
    """What the mini-app must know before anybody signs in. Names the demo's people in the demo alone."""
    settings = _settings()
    return jsonify(
        environment=settings.environment,
        wechat_app=settings.wechat.app_id,
        stub_url=_stub_url(settings) or None,
        sms=settings.sms.is_active,
        templates=sorted(settings.wechat.templates.values()),
        people=_demo_people(settings),
    )


@blueprint.get("/docs")
def docs() -> Response:
    """The API's description, to read and to try."""
    return _with_docs_csp(_served(_static.asset("docs.html")))


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """A file of the description's page."""
    return _with_docs_csp(_served(_static.asset(name)))


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    """The API's description for machines."""
    kept = current_app.extensions.get("partnerline.openapi")
    if kept is None:
        found = openapi.document(current_app, current_app.extensions["partnerline.api"])
        kept = current_app.extensions["partnerline.openapi"] = json.dumps(found, ensure_ascii=False).encode()
    response = Response(kept, mimetype="application/json")
    response.headers["Cache-Control"] = _ASK_AGAIN
    response.add_etag(weak=True)
    response.make_conditional(request)
    return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["partnerline.settings"]
    return settings


def _served(asset: Asset) -> Response:
    is_zipped = asset.zipped is not None and request.accept_encodings["gzip"] > 0
    response = Response(asset.zipped if is_zipped else asset.body, mimetype=asset.mimetype)
    if is_zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = _YEAR if asset.is_for_ever else _ASK_AGAIN
    response.set_etag(asset.etag, weak=True)
    response.make_conditional(request)
    return response


def _with_docs_csp(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _DOCS_CSP
    return response


def _mini_app_csp(settings: Settings) -> str:
    beyond = f" {_stub_url(settings)}" if _stub_url(settings) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self'{beyond}; manifest-src 'self'; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _stub_url(settings: Settings) -> str:
    return settings.stub_url if settings.is_demo else ""


def _demo_people(settings: Settings) -> list[Any]:
    if not settings.is_demo:
        return []
    try:
        people: list[Any] = json.loads((settings.state_dir / "demo.json").read_text(encoding="utf-8"))["people"]
    except (OSError, ValueError, KeyError):
        return []
    return people
