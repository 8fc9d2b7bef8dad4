"""The ground of the fire checks: the app on a database of this module's own, and the world that they try.

The world is made once per module; what a test does to it is taken back when the test ends.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from api.app import create_app
from config import database, sealing
from config.sealing import Sealer
from config.settings import Settings
from notifications import wake
from notifications.wechat import login
from tests import texting
from tests.conftest import TEST_SECRET, empty
from tests.fire.doors import Doors
from tests.fire.worlds import APP, APP_SECRET, World
from tests.workflows.flows.self_started import ALONE
from workflows.engine.registry import use_flows
from workflows.flows import all_flows

LONG = os.environ.get("LONG") == "1"


def short_on(store: str) -> pytest.MarkDecorator:
    """The short form runs on this store alone, so that the suite on servers does not repeat it; the long form runs on both."""
    here = "postgresql" if os.environ.get("TEST_DATABASE_URL") else "sqlite"
    return pytest.mark.skipif(not LONG and here != store, reason=f"its short form runs on {store}")


def say(figures: str) -> None:
    """What a check measured: for whoever runs it with `-s`, and for docs/fire.md."""
    print(f"\n  {figures}", flush=True)  # noqa: T201 - its result


@pytest.fixture(scope="module")
def module_url(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of this module's own empty database."""
    if database_url.startswith("sqlite"):
        path = tmp_path_factory.mktemp("fire") / "partnerline.db"
        shutil.copy(database_url.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    yield database_url
    with psycopg.connect(database_url, autocommit=True) as server:
        empty(server)


@pytest.fixture(scope="module")
def processes_url(module_url: str) -> Iterator[str]:
    """The address of a database that real processes share with the test, which holds a connection of its own."""
    sealing.use(Sealer([TEST_SECRET]))
    bound = database.connect(module_url)
    with database.connection():
        yield module_url
    bound.close_all()


def fire_settings(url: str, folder: Path, **changes: str) -> Settings:
    """Settings with accounts at WeChat and at an SMS provider, without Redis; nobody answers there unless a test starts one."""
    environ = {
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": TEST_SECRET,
        "STATE_DIR": str(folder),
        "RATE_LIMITS": "off",
        "LOG_LEVEL": "ERROR",
        "WECHAT_APP_ID": APP,
        "WECHAT_APP_SECRET": APP_SECRET,
        "WECHAT_API_BASE": "http://127.0.0.1:1/wx",
        "WECHAT_TEMPLATE_TASK": "tmpl-task",
        "WECHAT_TEMPLATE_RESULT": "tmpl-result",
        "SMS_BASE": "http://127.0.0.1:1/sms",
        **texting.ENVIRON,
    }
    return Settings.from_env({**environ, **changes})


@pytest.fixture(scope="module")
def app(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app, with flows that start without a task beside its own, and a connection held for the tests' own thread."""
    sealing.use(Sealer([TEST_SECRET]))
    made = create_app(fire_settings(module_url, tmp_path_factory.mktemp("state")))
    use_flows({**all_flows(), **ALONE})
    with database.connection():
        yield made
    database.proxy.obj.close_all()
    quieten()


def quieten() -> None:
    """Nobody is poked and nobody signs in any more."""
    wake.configure("")
    login.use(fire_settings("sqlite:///", Path(), WECHAT_APP_ID="").wechat)


@pytest.fixture(scope="module")
def doors(app: Flask) -> Doors:
    """The app's doors, called in this process."""
    return Doors(app)


@pytest.fixture(scope="module")
def made_world(doors: Doors) -> World:
    """Two brands, three suppliers, and everybody who may try."""
    return World(doors)


@pytest.fixture
def world(made_world: World) -> Iterator[World]:
    """The world as it was made, whatever the test before did to it."""
    with database.proxy.atomic() as transaction:
        yield made_world
        transaction.rollback()
