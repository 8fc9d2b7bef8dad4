"""Where benchmarks keep their rows: a SQLite file, or a database of their own on the PostgreSQL server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg

from config import database


@dataclass
class Store:
    """Makes empty and copied databases, and removes them in the end. `server` is None for SQLite."""

    folder: Path
    server: str | None = None
    _made: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As the table shows it."""
        return "PostgreSQL" if self.server else "SQLite"

    def fresh(self, like: str | None = None) -> str:
        """The URL of a new database: empty, or with everything that `like` holds (nobody may be using that one)."""
        name = f"partnerline_bench_{uuid4().hex[:12]}"
        if self.server is None:
            path = self.folder / f"{name}.db"
            if like:
                shutil.copy(like.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        template = like.rsplit("/", 1)[1] if like else "template0"
        with psycopg.connect(self.server, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        self._made.append(name)
        return f"{self.server.rsplit('/', 1)[0]}/{name}"

    def remove(self) -> None:
        """Remove what was made on the server; the folder is its owner's."""
        for name in self._made:
            with psycopg.connect(str(self.server), autocommit=True) as server:
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def migrated(self) -> str:
        """The URL of a new database with today's schema."""
        url = self.fresh()
        with bound(url, is_connected=False):
            database.migrate()
        return url


@contextmanager
def bound(url: str, is_connected: bool = True) -> Iterator[None]:
    """Bind the records of this process to a database, and let go of it at the end."""
    opened = database.connect(url)
    try:
        if is_connected:
            with database.connection():
                yield
        else:
            yield
    finally:
        opened.close_all()
