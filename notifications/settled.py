"""What the outbox need not remember for ever: rows that were settled long ago, in slices of a night."""

from datetime import datetime

import peewee

from config import forgetting
from config.forgetting import Slice
from notifications.outbox import NOTICES, SHOWN, OutboxRow


def forget_settled(before: datetime, after: int) -> Slice:
    """Forget a slice of what was sent or cancelled before a moment; what an inbox still shows stays."""
    is_settled = OutboxRow.state.in_(["sent", "cancelled"]) & (OutboxRow.settled_at < before)
    is_hidden = (OutboxRow.queue != NOTICES) | (OutboxRow.state == "cancelled") | _is_below_what_is_shown()
    return forgetting.forget(OutboxRow, OutboxRow.created_at, before, after, is_settled & is_hidden)


def forget_given_up(before: datetime, after: int) -> Slice:
    """Forget a slice of what was dead or unknown before a moment, and no operator has decided on since."""
    is_over = OutboxRow.state.in_(["dead", "unknown"]) & (OutboxRow.settled_at < before)
    return forgetting.forget(OutboxRow, OutboxRow.created_at, before, after, is_over)


def _is_below_what_is_shown() -> peewee.Expression:
    newer = OutboxRow.alias("newer")
    shown = newer.select(newer.id).where(
        newer.recipient == OutboxRow.recipient,
        newer.place == OutboxRow.place,
        newer.queue == NOTICES,
        newer.state != "cancelled",
    )
    oldest_shown = shown.order_by(newer.id.desc()).limit(1).offset(SHOWN - 1)
    is_below: peewee.Expression = OutboxRow.id < oldest_shown  # of fewer than so many none is the oldest: all stay
    return is_below
