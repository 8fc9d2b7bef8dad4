"""The ground of what is measured at the doors: one store, a world in it, the product and its limit served side by side."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import BARE, PRODUCT, served
from tests.benchmarks.stores import Store
from tests.benchmarks.wire import Server, Wire
from tests.benchmarks.world import World, build
from tests.conftest import TEST_SECRET


@dataclass(frozen=True)
class Plan:
    """How much is measured. The quick form proves that the benches run; its times mean nothing."""

    rounds: int = 150
    large_rounds: int = 40
    inbox_rounds: int = 200
    feed_rounds: int = 60
    events: int = 1_000_000
    starts: int = 9
    notices: int = 400
    notice_rounds: int = 3
    photos: int = 1_000_000
    searches: int = 200
    uploads: int = 20  # a conversation takes 200
    upload_rounds: int = 7
    scenes: int = 102
    photo_rounds: int = 30
    has_browser: bool = True
    has_photographs: bool = True

    @classmethod
    def quick(cls) -> "Plan":
        """A few calls of each."""
        return cls(
            4,
            2,
            4,
            2,
            3_000,
            1,
            20,
            1,
            photos=3_000,
            searches=5,
            uploads=4,
            upload_rounds=1,
            scenes=3,
            photo_rounds=2,
            has_browser=False,
            has_photographs=False,
        )


@dataclass(frozen=True)
class Ground:
    """Where to measure. `environ` is what the product runs with."""

    store: Store
    world: World
    environ: dict[str, str]
    product: Server
    limit: Server

    def phone(self, token: str = "") -> Wire:
        """A phone at the product, signed in as the supplier's owner unless told otherwise."""
        return Wire(self.product, token or self.world.token)

    def brand(self) -> Wire:
        """The brand's system at the product."""
        return Wire(self.product, self.world.key)

    def bare(self) -> Wire:
        """A caller of the limit."""
        return Wire(self.limit)


def environ_of(url: str, redis_url: str, folder: Path) -> dict[str, str]:
    """What a process of the product runs with, rate limits and all."""
    return {
        "PARTNERLINE_ENV": "test",
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": TEST_SECRET,
        "STATE_DIR": str(folder),
        "LOG_LEVEL": "INFO",
    }


def _bare_environ(store: Store) -> dict[str, str]:
    folder = store.folder / "bare-photos"
    folder.mkdir(exist_ok=True)
    return {"BARE_DATABASE_URL": store.fresh(), "BARE_FOLDER": str(folder)}


@contextmanager
def prepared(store: Store, redis_url: str, plan: Plan) -> Iterator[Ground]:
    """Fill a database, start both servers on the same store."""
    world = build(store, orders=plan.rounds + 2, large_orders=plan.large_rounds + 1)
    environ = environ_of(world.url, redis_url, store.folder)
    with ExitStack() as stack:
        product = stack.enter_context(served(PRODUCT, environ, store.folder))
        limit = stack.enter_context(served(BARE, _bare_environ(store), store.folder))
        yield Ground(store, world, environ, product, limit)
