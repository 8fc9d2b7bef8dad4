"""Counts SQL statements, call by call, with the app in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask.testing import FlaskClient

from config import database
from tests.benchmarks import product
from tests.benchmarks.world import World


class Counted:
    """One caller of the app in this process, who knows what each call asked of the database."""

    def __init__(self, client: FlaskClient, statements: list[str]) -> None:
        self._client = client
        self.statements = statements

    def call(self, method: str, path: str, credential: str, said: Any = None, **headers: str) -> Any:
        """One call; `statements` then holds what it asked of the database, begin and commit apart."""
        self.statements.clear()
        sent = {
            "Authorization": f"Bearer {credential}",
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        answer = self._client.open(path, method=method, json=said, headers=sent)
        assert answer.status_code in {200, 201, 304}, answer.text
        return answer


@contextmanager
def counted(world: World, environ: dict[str, str]) -> Iterator[Counted]:
    """The app on the world's database, in this process."""
    app = product.create(environ)
    opened = database.proxy.obj
    assert world.url == environ["DATABASE_URL"]
    statements: list[str] = []
    opened.query_hooks.append(lambda event: statements.append(event.sql))
    try:
        yield Counted(app.test_client(), statements)
    finally:
        opened.close_all()
