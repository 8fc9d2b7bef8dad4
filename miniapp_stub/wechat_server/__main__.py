"""Start the stub: `python -m miniapp_stub.wechat_server --port 8001`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from waitress.server import create_server

from miniapp_stub.wechat_server.app import is_loopback, make_app
from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.fixture import read_fixture, start_over
from miniapp_stub.wechat_server.phone_book import PhoneBook
from miniapp_stub.wechat_server.state import DEFAULT_SEED, World

# Threads beyond those a rule may keep waiting, so that tests always get through.
SPARE_THREADS = 16
MAX_CONNECTIONS = 1_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until killed and give the exit code; 2 with one line on stderr when it must not or cannot start."""
    options = _options().parse_args(arguments)
    try:
        _check_surroundings(options.host)
        server = _server(_world(options), options)
    except Misuse as misuse:
        sys.stderr.write(f"wechat stub: {misuse.sentence}\n")
        return 2
    host = f"[{options.host}]" if ":" in options.host else options.host
    sys.stdout.write(f"WeChat stub on http://{host}:{server.effective_port}\n")
    sys.stdout.flush()
    server.run()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m miniapp_stub.wechat_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8001, help="0 takes a free one; the first line printed names it")
    parser.add_argument("--fixture", type=Path, help="JSON file with apps, templates, people and consents")
    parser.add_argument("--state", type=Path, help="file that keeps who used which app, over restarts")
    parser.add_argument("--allow-origin", action="append", default=[], help="the mini-app's origin; may be repeated")
    parser.add_argument("--seed", default=DEFAULT_SEED, help="what made-up openids are derived from")
    parser.add_argument("--threads", type=int, default=32, help="requests served at once (default 32)")
    return parser


def _check_surroundings(host: str) -> None:
    if os.environ.get("PARTNERLINE_ENV") not in (None, "demo", "test"):
        raise Misuse("PARTNERLINE_ENV: the stub starts in demo and test only, never in production")
    if not is_loopback(host):
        raise Misuse(f"--host {host}: only a loopback address is served")


def _world(options: argparse.Namespace) -> World:
    world = World(options.seed, options.threads)
    if options.fixture is not None:
        world.first_fixture = read_fixture(options.fixture)
    start_over(world, options.seed)
    if options.state is not None:
        _recall_people(world, PhoneBook(options.state))
    return world


def _recall_people(world: World, phone_book: PhoneBook) -> None:
    world.phone_book = phone_book
    for uid, appid in phone_book.read():
        # An app that left the fixture has no people any more.
        if appid in world.apps:
            world.account(world.apps[appid], uid)


def _server(world: World, options: argparse.Namespace) -> Any:
    """Give a waitress server that already listens; Misuse when the port is taken."""
    try:
        return create_server(
            make_app(world, frozenset(options.allow_origin)),
            host=options.host,
            port=options.port,
            threads=options.threads + SPARE_THREADS,
            connection_limit=MAX_CONNECTIONS,
            # Connections are broken on purpose here; that is not worth a line each.
            log_socket_errors=False,
            ident="wechat-stub",
        )
    except OSError as problem:
        raise Misuse(f"--port {options.port}: {problem.strerror}") from problem


if __name__ == "__main__":
    sys.exit(main())
