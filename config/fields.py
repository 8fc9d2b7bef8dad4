"""Column types that keep the data conventions: aware UTC, whole numbers for quantities and money, JSON as text."""

import json
from datetime import UTC, datetime
from typing import Any

import peewee


class UtcDateTimeField(peewee.DateTimeField):
    """An aware moment in Python, naive UTC in the column, so that no server's time zone can move it."""

    def db_value(self, value: datetime | None) -> datetime | None:
        """Naive UTC. Raises ValueError for a moment without a time zone."""
        if value is None or not isinstance(value, datetime):
            return value
        if value.tzinfo is None:
            raise ValueError(f"{self.name}: a moment without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def python_value(self, value: Any) -> datetime | None:
        """Aware UTC."""
        # SQLite gives text, always as we wrote it: peewee would try formats in turn, eight times as long.
        moment: datetime | None = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


class QuantityField(peewee.BigIntegerField):
    """A quantity in thousandths of its unit."""


class UnitPriceField(peewee.BigIntegerField):
    """A price per unit in 1/10,000 of the currency unit."""


class MoneyField(peewee.BigIntegerField):
    """An amount in the currency's minor unit (fen, cent)."""


class PublicIdField(peewee.CharField):
    """An id that leaves the house, such as `po_01J9…`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=64, **{"unique": True, **options})


class JsonField(peewee.TextField):
    """JSON kept as the text that was written: the order of keys survives on every database."""

    def db_value(self, value: Any) -> str | None:
        """Compact text; a `null` that was said is kept where the column has no other way to hold nothing."""
        if value is None and self.null:
            return None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        """What was written."""
        return None if value is None else json.loads(value)
