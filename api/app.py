"""The composition root: puts settings, database, keys, limits and doors together into one Flask app."""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import EAGERNESS, auth, health, lifecycle, limits, openapi, pages, problems, terminal
from api.brand import (
    audit,
    capacity,
    claims,
    events,
    partners,
    people,
    products,
    promotions,
    purchase_orders,
    rules,
    settlements,
)
from api.door import Api
from api.paths import REF_PATTERN, RefConverter
from api.phone import claims as phone_claims
from api.phone import consents, conversations, devices, flows, inbox, photos, sessions
from api.phone import purchase_orders as phone_orders
from config import blobs, database, sealing
from config import logging as logs
from config.sealing import Sealer
from config.settings import Settings, SettingsError
from notifications import redis_client, texting, wake
from notifications.wechat import login
from workflows.engine.registry import use_flows
from workflows.flows import all_flows

_PHONE_DOORS = (sessions, devices, consents, inbox, flows, conversations, photos, phone_orders, phone_claims)
_BRAND_DOORS = (
    partners,
    people,
    products,
    purchase_orders,
    rules,
    capacity,
    promotions,
    claims,
    settlements,
    events,
    audit,
)
_LARGEST_BODY = 2 * 1024 * 1024


class House(Flask):
    """A Flask app without asynchronous views."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself: Flask would look at a dozen of them in every request to see whether one is a coroutine."""
        return func


def start(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app of this process's environment; a missing or unsafe setting ends the process with one line."""
    try:
        settings = Settings.from_env(environ)
    except SettingsError as error:
        sys.exit(f"partnerline: {error}")
    app = create_app(settings)
    gc.set_threshold(*EAGERNESS)
    return app


def create_app(settings: Settings, limit_rules: limits.Rules | None = None) -> Flask:
    """A Flask app for `settings`. Opens no connection. Raises RuntimeError where an operation does not say whom it is for."""
    logs.configure(settings.log_level)
    sealing.use(Sealer(settings.secrets))
    database.connect(settings.database_url)
    blobs.configure(settings.photo_store, settings.s3)
    wake.configure(settings.redis_url)
    login.use(settings.wechat)
    texting.use(settings.sms)
    use_flows(all_flows())
    app = House(__name__, static_folder=None, template_folder=None)
    _configure(app, settings)
    problems.register(app)
    _register_doors(app)
    lifecycle.register(app, settings, limits.limiter_for(settings, limit_rules))
    app.cli = terminal.Commands(app)
    auth.refuse_undeclared(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(MAX_CONTENT_LENGTH=_LARGEST_BODY, MAX_FORM_PARTS=20, **openapi.extension_options())
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    app.extensions["partnerline.settings"] = settings
    app.extensions["partnerline.redis"] = redis_client.RedisLink(settings.redis_url)


def _register_doors(app: Flask) -> None:
    app.url_map.converters["ref"] = RefConverter
    for page in (health, pages):
        app.register_blueprint(page.blueprint)
    api = app.extensions["partnerline.api"] = Api(app)
    api.register_converter(RefConverter, lambda _converter: {"type": "string", "pattern": REF_PATTERN})
    for door in (*_PHONE_DOORS, *_BRAND_DOORS):
        api.register_blueprint(door.blueprint)
