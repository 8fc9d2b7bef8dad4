"""The schema as the records declare it: for the drift test, and to draft a migration.

    python -m tests.schema            the statements for all of it, as a draft of a first migration

A draft is read before it is kept: CHECK constraints and renames do not show in it.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator

from peewee import sort_models
from playhouse.migrations import template
from playhouse.schema_diff import SchemaDiff

from config import database
from config.database import Record

_STOCK_TYPES = {
    "UtcDateTimeField": "DateTimeField",
    "QuantityField": "BigIntegerField",
    "UnitPriceField": "BigIntegerField",
    "MoneyField": "BigIntegerField",
    "PublicIdField": "CharField",
    "JsonField": "TextField",
}


def models() -> list[type[Record]]:
    """Every record of the house, those that are referred to first."""
    for package in ("notifications", "workflows", "api"):
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            importlib.import_module(module.name)
    declared = {record for record in _below(Record) if not record.__module__.startswith("tests")}
    return list(sort_models(sorted(declared, key=lambda record: record.__name__)))


def _below(record: type[Record]) -> Iterator[type[Record]]:
    for child in record.__subclasses__():
        yield child
        yield from _below(child)


def draft() -> str:
    """A migration that makes all tables, importing nothing of ours."""
    body = template(SchemaDiff(models(), [], [], [], []))
    body = re.sub(r"^from config\.fields import \w+\n", "", body, flags=re.M)
    body = re.sub(r"^# Generated.*\n", "", body)
    for ours, stock in _STOCK_TYPES.items():
        body = body.replace(ours, stock)
    body = re.sub(r", default=(list|dict)\b", "", re.sub(r"default=(list|dict), ", "", body))
    body = re.sub(r"TextField\(default=(list|dict)\)", "TextField()", body)
    used = sorted(set(re.findall(r"\b([A-Z]\w+Field|Model)\b", body)))
    return body.replace("from peewee import *", f"from peewee import {', '.join(used)}")


if __name__ == "__main__":
    database.connect("sqlite:///unused.db")
    print(draft())  # noqa: T201 - the draft is what was asked for
