"""One running stack for all browser tests of a session: starting it is the dear part."""

from collections.abc import Iterator

import pytest

from tests.acceptance.stack import Stack, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack, as `make run` starts it."""
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
