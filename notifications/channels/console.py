"""Development's channel: a line in the log instead of a message. Reaches everybody, never used in production."""

from collections.abc import Sequence
from functools import partial

import structlog

from notifications.channels.base import Closed, Letter, Receipt, Send

_log = structlog.get_logger(__name__)


class Console:
    """Writes each notice into the log."""

    name = "console"

    def prepare(self, letters: Sequence[Letter]) -> list[Send | Closed]:
        """Open to everybody."""
        return [partial(_write, letter) for letter in letters]


def _write(letter: Letter) -> Receipt:
    notice = letter.notice
    _log.info(
        "notice_on_console",
        outbox=letter.outbox_id,
        kind=notice.kind,
        title=notice.title.in_language(letter.language),
        reference=notice.reference,
    )
    return Receipt()
