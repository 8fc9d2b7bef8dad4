"""Prepared queries say the same as the queries they were built from, for every kind of value, on both databases."""

from datetime import UTC, datetime
from typing import Any

import peewee
import pytest

from config import database
from config.fields import JsonField, UtcDateTimeField
from config.prepared import Prepared, filling

pytestmark = pytest.mark.usefixtures("db")
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Shelf(peewee.Model):  # no Record: those are what the migrations make
    name = peewee.CharField(max_length=64)

    class Meta:
        database = database.proxy


class Jar(peewee.Model):
    shelf = peewee.ForeignKeyField(Shelf)
    label = peewee.CharField(max_length=64, unique=True)
    content = JsonField(default=dict)
    filled_at = UtcDateTimeField(null=True)

    class Meta:
        database = database.proxy


_on_shelf = Prepared(
    lambda name: Jar.select(Jar, Shelf).join(Shelf).where(Shelf.name == name, Jar.label != "").order_by(Jar.label)
)
_refill = Prepared(
    lambda label, content, at: Jar.update(
        {Jar.content: content.into(Jar.content), Jar.filled_at: at.into(Jar.filled_at)}
    ).where(Jar.label == label)
)
_put = Prepared(lambda label, shelf: Jar.insert(filling((Jar.label, Jar.shelf), (label, shelf))))
_among = {count: Prepared(lambda *labels: Jar.select().where(Jar.label.in_(labels)), count) for count in (1, 2)}


@pytest.fixture
def jars(db: None) -> None:  # noqa: ARG001 - the tables go into it
    database.proxy.create_tables([Shelf, Jar])
    upper, lower = Shelf.create(name="upper"), Shelf.create(name="lower")
    Jar.create(shelf=upper, label="plum", content={"酱": 1}, filled_at=AT)
    Jar.create(shelf=upper, label="fig")
    Jar.create(shelf=lower, label="kumquat")


@pytest.fixture(autouse=True)
def without_them(db: None) -> Any:  # noqa: ARG001 - before the database goes
    yield
    database.proxy.drop_tables([Jar, Shelf])


@pytest.mark.usefixtures("jars")
def test_each_call_gets_the_records_of_its_own_values() -> None:
    for _ in range(2):  # the second time with everything learnt
        assert [(jar.label, jar.shelf.name) for jar in _on_shelf.rows("upper")] == [("fig", "upper"), ("plum", "upper")]
        assert [jar.label for jar in _on_shelf.rows("lower")] == ["kumquat"]
        assert _on_shelf.rows("cellar") == []
        assert _on_shelf.first("cellar") is None


@pytest.mark.usefixtures("jars")
def test_values_go_in_and_come_out_as_their_columns_say() -> None:
    plum = _on_shelf.rows("upper")[1]
    assert (plum.content, plum.filled_at) == ({"酱": 1}, AT)
    assert _refill.write("fig", {"lines": [1, None]}, AT) == 1
    assert _refill.write("plum", {}, None) == 1
    assert _refill.write("none", {}, AT) == 0
    stored = {jar.label: (jar.content, jar.filled_at) for jar in Jar.select()}
    assert stored == {"fig": ({"lines": [1, None]}, AT), "plum": ({}, None), "kumquat": ({}, None)}


@pytest.mark.usefixtures("jars")
def test_many_rows_are_written_in_one_go_and_an_error_is_peewees() -> None:
    _refill.write_many([])
    _refill.write_many([("fig", {"n": 1}, None)])
    _refill.write_many([("plum", {"n": 2}, AT), ("kumquat", {"n": 3}, None), ("none", {}, None)])
    assert {jar.label: jar.content["n"] for jar in Jar.select()} == {"fig": 1, "plum": 2, "kumquat": 3}
    with database.transaction(), pytest.raises(peewee.IntegrityError), database.savepoint():
        _put.write_many([("quince", 1), ("quince", 1)])


@pytest.mark.usefixtures("jars")
def test_a_query_may_have_as_many_values_as_it_says() -> None:
    assert [jar.label for jar in _among[1].rows("fig")] == ["fig"]
    assert {jar.label for jar in _among[2].rows("fig", "kumquat")} == {"fig", "kumquat"}
    with pytest.raises(TypeError, match="2 values are needed"):
        _among[2].rows("fig")


@pytest.mark.usefixtures("jars")
def test_what_is_read_can_be_changed_and_saved() -> None:
    jar = _on_shelf.rows("lower")[0]
    assert jar.dirty_fields == []
    jar.content = {"full": True}
    jar.save()
    assert Jar.get(Jar.label == "kumquat").content == {"full": True}


@pytest.mark.usefixtures("jars")
def test_the_sql_is_written_once() -> None:
    written = []

    def build(label: Any) -> Any:
        written.append(label)
        return Jar.select().where(Jar.label == label)

    question = Prepared(build)
    assert [question.first(label).label for label in ("fig", "plum", "fig")] == ["fig", "plum", "fig"]
    assert len(written) == 1
