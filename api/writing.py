"""JSON as it goes out: compact, in UTF-8, moments in RFC 3339."""

import json
from datetime import datetime
from typing import Any

from flask import Response


def json_response(value: Any, status: int = 200) -> Response:
    """`value`, which holds nothing but JSON's own types, as a response."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(body, status, mimetype="application/json")


def rfc3339(moment: datetime | None) -> str | None:
    """An aware moment as it stands in JSON."""
    return moment.isoformat() if moment else None
