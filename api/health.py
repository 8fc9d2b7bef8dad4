"""Is this process alive, can it serve, and what does it count."""

from typing import Any

import peewee
import redis
import structlog
from flask import Blueprint, Response, current_app, jsonify

from api import metrics
from config import database
from notifications import outbox, redis_client

blueprint = Blueprint("health", __name__)
_log = structlog.get_logger(__name__)


@blueprint.get("/health/live")
def live() -> Response:
    """The process answers. Asks nobody else, so that a broken database restarts no healthy process."""
    return jsonify(status="live")


@blueprint.get("/health/ready")
def ready() -> Response:
    """Can requests be served: is the database there, with today's schema? Redis away is `degraded`, and still ready."""
    database_state = _database_state()
    redis_state = _redis_state()
    is_ready = database_state["state"] == "ok"
    status = "unready" if not is_ready else "ready" if redis_state == "ok" else "degraded"
    response = jsonify(status=status, database=database_state, redis={"state": redis_state})
    response.status_code = 200 if is_ready else 503
    if not is_ready:
        response.headers["Retry-After"] = "5"
    return response


@blueprint.get("/metrics")
def figures() -> Response:
    """Prometheus' figures, for callers of this machine or its private network only."""
    metrics.refuse_strangers()
    state = outbox.status()
    metrics.OUTBOX_ROWS.clear()
    for queue, states in state["counts"].items():
        for name, count in states.items():
            metrics.OUTBOX_ROWS.labels(queue, name).set(count)
    metrics.OUTBOX_OLDEST.set(state["oldest_due_s"])
    return metrics.exposition()


def _database_state() -> dict[str, Any]:
    try:
        with database.connection():
            pending = database.pending()
            version = database.library_version()
        return {"state": "behind" if pending else "ok", "version": version, "pending": len(pending)}
    except peewee.PeeweeException as error:
        _log.warning("not_ready", error=str(error))
        return {"state": "away"}


def _redis_state() -> str:
    try:
        current_app.extensions["partnerline.redis"].call(lambda client: client.ping())
    except (redis_client.RedisAway, redis.RedisError):
        return "away"
    return "ok"
