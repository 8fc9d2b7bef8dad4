"""What every test stands on: a fresh migrated database, keys of its own, no environment."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from config import database, sealing
from config.sealing import Sealer
from config.settings import Settings
from tests.acceptance.stack import Stack, running_stack

TEST_SECRET = "a-secret-of-the-tests-0123456789abcdef"
_SERVER = os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database: the file that tests copy, or a database of this run's own on the server."""
    if not _SERVER:
        url = f"sqlite:///{tmp_path_factory.mktemp('schema') / 'empty.db'}"
        _migrate(url)
        yield url
        return
    name = f"partnerline_test_{uuid4().hex[:12]}"
    with psycopg.connect(_SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    url = f"{_SERVER.rsplit('/', 1)[0]}/{name}"
    _migrate(url)
    yield url
    database.proxy.obj.close_all()
    with psycopg.connect(_SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrate(url: str) -> None:
    database.connect(url)
    database.migrate()
    database.proxy.obj.close_all()


@pytest.fixture
def db_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own empty database."""
    if database_url.startswith("sqlite"):
        path = tmp_path / "partnerline.db"
        shutil.copy(database_url.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    yield database_url
    with psycopg.connect(database_url, autocommit=True) as server:
        empty(server)


def empty(server: "psycopg.Connection[tuple[str]]") -> None:
    """Take every row out of a database; its audit refuses that to everybody but a superuser who asks for it."""
    rows = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    tables = ", ".join(f'"{name}"' for (name,) in rows if name != "schema_migration")
    server.execute("SET session_replication_role = replica")
    server.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture
def db(db_url: str) -> Iterator[None]:
    """A fresh database with a connection held for the test's own thread."""
    bound = database.connect(db_url)
    with database.connection():
        yield
    bound.close_all()


@pytest.fixture(autouse=True)
def keys() -> None:
    """Keys of the tests' own."""
    sealing.use(Sealer([TEST_SECRET]))


@pytest.fixture
def settings(db_url: str, tmp_path: Path) -> Settings:
    """Settings of a test process: relaxed, with this test's database and the run's Redis."""
    return Settings.from_env(
        {
            "PARTNERLINE_ENV": "test",
            "DATABASE_URL": db_url,
            "REDIS_URL": os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9"),
            "SECRET_KEY": TEST_SECRET,
            "STATE_DIR": str(tmp_path),
            "RATE_LIMITS": "off",
        }
    )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack as `make run` starts it, one for all tests of a session: starting it is the dear part."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
