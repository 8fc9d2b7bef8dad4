"""One real stub process for all tests of this folder, back at its start for each."""

from collections.abc import Iterator

import pytest

from tests.miniapp_stub.wechat_server.calling import FIXTURE, ORIGIN, Platform
from tests.wechat_stub import RunningStub, running_stub


@pytest.fixture(scope="session")
def stub_process() -> Iterator[RunningStub]:
    with running_stub(FIXTURE, arguments=["--allow-origin", ORIGIN]) as running:
        yield running


@pytest.fixture
def stub(stub_process: RunningStub) -> RunningStub:
    stub_process.reset()
    return stub_process


@pytest.fixture
def wechat(stub: RunningStub) -> Iterator[Platform]:
    platform = Platform(stub.wechat_base)
    yield platform
    platform.close()
