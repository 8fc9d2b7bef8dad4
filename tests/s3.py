"""A service that speaks S3 and refuses wrong signatures, on loopback: `rclone serve s3` over a folder."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from config.blobs import S3Account
from tests.acceptance.stack import eventually, free_port

BUCKET = "photos"


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Account]:
    """How to reach the service; its bucket is `photos`."""
    (folder / "served" / BUCKET).mkdir(parents=True)
    account = S3Account(f"http://127.0.0.1:{free_port()}", access_key="key", secret_key="secret-of-the-tests")
    command = [_rclone(), "serve", "s3", str(folder / "served"), "--config", "/dev/null"]
    command += ["--auth-key", f"{account.access_key},{account.secret_key}"]
    command += ["--addr", account.endpoint.removeprefix("http://")]
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: _answers(account.endpoint), timeout_s=20)
        yield account
    finally:
        process.terminate()
        process.wait(10)


def _rclone() -> str:
    beside = Path(sys.executable).with_name("rclone")
    found = str(beside) if beside.exists() else shutil.which("rclone")
    assert found, "rclone is missing: pip install -r requirements-dev.txt"
    return found


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code >= 400  # nobody is let in without a signature
    except requests.RequestException:
        return False
