from collections.abc import Iterator

import pytest

from config.settings import WeChatSettings
from notifications.wechat import login
from notifications.wechat.login import LoginFailed, exchange_code
from tests.notifications.make import APP
from tests.wechat_stub import RunningStub

LOGIN = "/sns/jscode2session"


@pytest.fixture(autouse=True)
def signed_in_account(account: WeChatSettings) -> Iterator[None]:
    login.use(account)
    yield
    login.use(WeChatSettings())


def failure(app: str, code: str) -> str:
    with pytest.raises(LoginFailed) as failed:
        exchange_code(app, code)
    return failed.value.code


class TestSigningIn:
    def test_the_phones_code_gives_the_persons_openid(self, stub: RunningStub) -> None:
        assert exchange_code(APP, stub.login(APP, "li")) == stub.openid(APP, "li")

    def test_a_code_works_once(self, stub: RunningStub) -> None:
        code = stub.login(APP, "li")
        exchange_code(APP, code)
        assert failure(APP, code) == "code_used"

    def test_a_made_up_or_old_code_is_invalid(self, stub: RunningStub) -> None:
        code = stub.login(APP, "li")
        stub.advance(301)
        assert failure(APP, code) == "code_invalid"
        assert failure(APP, "made-up") == "code_invalid"

    def test_a_busy_wechat_is_asked_again_with_the_same_code(self, stub: RunningStub) -> None:
        stub.fail_next(LOGIN, -1, n=2)
        assert exchange_code(APP, stub.login(APP, "li")) == stub.openid(APP, "li")
        assert len(stub.calls(LOGIN)) == 3

    def test_a_wechat_that_stays_busy_is_asked_three_times(self, stub: RunningStub) -> None:
        stub.fail_next(LOGIN, -1, n=9)
        assert failure(APP, stub.login(APP, "li")) == "busy"
        assert len(stub.calls(LOGIN)) == 3

    @pytest.mark.parametrize(
        ("errcode", "code"),
        [
            (45011, "busy"),
            (40226, "blocked"),
            (40013, "misconfigured"),
            (40125, "misconfigured"),
            (41008, "code_invalid"),
        ],
    )
    def test_each_refusal_has_its_meaning(self, stub: RunningStub, errcode: int, code: str) -> None:
        stub.fail_next(LOGIN, errcode)
        assert failure(APP, stub.login(APP, "li")) == code
        assert len(stub.calls(LOGIN)) == 1

    @pytest.mark.parametrize("action", [{"http": 502}, {"reset": True}, {"body": "{}"}])
    def test_a_wechat_that_cannot_be_read_is_busy(self, stub: RunningStub, action: dict[str, object]) -> None:
        stub.rule({"path": LOGIN}, action)
        assert failure(APP, stub.login(APP, "li")) == "busy"

    def test_another_apps_code_is_not_even_asked_about(self, stub: RunningStub) -> None:
        assert failure("another-app", "code") == "misconfigured"
        assert stub.calls(LOGIN) == []
