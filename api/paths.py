"""What may stand in an address where a reference or an id is expected."""

from werkzeug.routing import BaseConverter

REF_PATTERN = r"^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$"  # as JSON Schema writes it; anything else is no name of anything


class RefConverter(BaseConverter):
    """Anything without a slash or a control character: what no database takes is unknown before one is asked."""

    regex = r"[^/\x00-\x1f\x7f\ud800-\udfff]+"
