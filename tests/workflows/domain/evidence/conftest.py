"""A store of photos in a folder, and claims to take them for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import blobs
from tests.claims import Campaign
from workflows.domain.evidence.imaging.decoder import decoder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[blobs.BlobStore]:
    blobs.configure(f"file:{tmp_path / 'photos'}")
    yield blobs.store()
    decoder().close()


@pytest.fixture
def campaign() -> Campaign:
    return Campaign()
