"""A worker or a clock as its own process, composed as `flask worker` and `flask clock` do it: `process.py worker|clock`."""

import os
import signal
import sys
import threading

from config import database, logging, sealing
from config.sealing import Sealer
from config.settings import Settings
from notifications import delivery, relay, worker
from tests.notifications.make import in_chinese


def main(role: str) -> None:
    settings = Settings.from_env(os.environ)
    logging.configure(settings.log_level)
    sealing.use(Sealer([settings.secret_key]))
    database.connect(settings.database_url)
    handlers = {"notices": delivery.notices(settings, in_chinese)}
    if role == "worker":
        worker.run(settings, handlers)
        return
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    relay.run_clock(settings, handlers, stop)


if __name__ == "__main__":
    main(sys.argv[1])
