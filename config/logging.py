"""Structured logs, one JSON object a line, with request, conversation and outbox ids, and without secrets."""

import logging
import re
import sys
from typing import Any

import structlog

_SECRET_NAMES = re.compile(
    r"token|secret|password|authorization|session_key|openid|phone|api_key|sms_code|cookie", re.I
)
_SECRET_VALUES = re.compile(
    r"(access_token=|secret=|js_code=|Bearer\s+)[^&\s\"']+"  # query strings of WeChat's API, headers
    r"|\b(pls_|plk_)[A-Za-z0-9_\-]{8,}"  # our session tokens and API keys
    r"|(?<![\w.])\+?\d{11,15}(?!\w|\.\d)"  # phone numbers, also at the end of a sentence; no decimal numbers
)
_HIDDEN = "[hidden]"


def configure(level: str = "INFO") -> None:
    """Send every log line of the process, ours and the libraries', to standard error as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processor=structlog.processors.JSONRenderer(ensure_ascii=False), foreign_pre_chain=shared
    )
    outlet = logging.StreamHandler(sys.stderr)
    outlet.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [outlet]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.INFO))


def bind(**facts: Any) -> Any:
    """Put `facts` (request_id=…, conversation=…, outbox=…) into every line written inside the `with`."""
    return structlog.contextvars.bound_contextvars(**facts)


def redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Hide what is named like a secret and what looks like one."""
    return {name: _without_secrets(name, value) for name, value in event.items()}


def _without_secrets(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name) and isinstance(value, str | bytes):
        return _HIDDEN
    if isinstance(value, str):
        return _SECRET_VALUES.sub(lambda match: f"{match.group(1) or ''}{_HIDDEN}", value)
    if isinstance(value, dict):
        return {key: _without_secrets(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(name, inner) for inner in value]
    return value
