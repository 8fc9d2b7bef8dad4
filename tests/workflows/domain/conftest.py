"""What the tests of the trade share: text messages to a stub's phones."""

from collections.abc import Iterator

import pytest

from config.settings import SmsSettings
from notifications import texting
from tests.texting import FIXTURE, account_at
from tests.wechat_stub import RunningStub, running_stub


@pytest.fixture(scope="session")
def provider_process() -> Iterator[RunningStub]:
    with running_stub({"sms": FIXTURE}) as running:
        yield running


@pytest.fixture
def provider(provider_process: RunningStub) -> RunningStub:
    provider_process.reset()
    return provider_process


@pytest.fixture
def sms(provider: RunningStub) -> Iterator[SmsSettings]:
    """Text messages are sent here."""
    account = account_at(provider)
    texting.use(account)
    yield account
    texting.use(SmsSettings())
