import base64
import hashlib
import hmac
from pathlib import Path

import pytest

from tests.miniapp_stub.wechat_server.calling import APP, FIXTURE, OTHER_APP, Platform
from tests.wechat_stub import RunningStub, running_stub


def signed(session_key: str) -> dict[str, str]:
    signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
    return {"openid": "oCHEN", "signature": signature, "sig_method": "hmac_sha256"}


def test_a_login_code_tells_the_server_who_opened_the_app(stub: RunningStub, wechat: Platform) -> None:
    answer = wechat.redeem(stub.login(APP, "chen"))

    assert answer["openid"] == "oCHEN"
    assert len(base64.b64decode(answer["session_key"])) == 16
    assert set(answer) == {"openid", "session_key"}


def test_a_unionid_comes_only_from_an_app_bound_to_an_open_platform_account(
    stub: RunningStub, wechat: Platform
) -> None:
    answer = wechat.redeem(stub.login(OTHER_APP, "li"), appid=OTHER_APP)

    assert answer["unionid"] == "uLI"


def test_a_code_works_once(stub: RunningStub, wechat: Platform) -> None:
    code = stub.login(APP, "chen")
    wechat.redeem(code)

    assert wechat.redeem(code)["errcode"] == 40163


def test_a_code_lives_five_minutes(stub: RunningStub, wechat: Platform) -> None:
    fresh, stale = stub.login(APP, "chen"), stub.login(APP, "chen")
    stub.advance(298)
    assert "openid" in wechat.redeem(fresh)

    stub.advance(3)
    assert wechat.redeem(stale)["errcode"] == 40029


def test_a_code_of_another_app_or_of_nobody_is_invalid(stub: RunningStub, wechat: Platform) -> None:
    assert wechat.redeem(stub.login(OTHER_APP, "chen"))["errcode"] == 40029
    assert wechat.redeem("0" * 32)["errcode"] == 40029


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxunknown"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"js_code": ""}, 41008),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_a_wrong_configuration_has_its_own_code_and_leaves_the_login_code_good(
    stub: RunningStub, wechat: Platform, changed: dict[str, str], errcode: int
) -> None:
    code = stub.login(APP, "chen")

    assert wechat.redeem(code, **changed)["errcode"] == errcode
    assert wechat.redeem(code)["openid"] == "oCHEN"


def test_who_logs_in_too_often_waits_a_minute_and_the_code_stays_good(stub: RunningStub, wechat: Platform) -> None:
    stub.rate("login_per_user", limit=2, window=60)
    for _ in range(2):
        wechat.redeem(stub.login(APP, "chen"))
    code = stub.login(APP, "chen")
    assert wechat.redeem(code)["errcode"] == 45011
    assert "openid" in wechat.redeem(stub.login(APP, "li"))

    stub.advance(61)
    assert wechat.redeem(code)["openid"] == "oCHEN"


def test_the_platforms_own_limit_is_a_hundred_logins_a_minute(stub: RunningStub, wechat: Platform) -> None:
    answers = [wechat.redeem(stub.login(APP, "chen")) for _ in range(101)]

    assert [answer.get("errcode") for answer in answers] == [None] * 100 + [45011]


def test_a_busy_system_takes_the_same_code_later(stub: RunningStub, wechat: Platform) -> None:
    stub.fail_next("/sns/jscode2session", errcode=-1, n=2)
    code = stub.login(APP, "chen")

    assert [wechat.redeem(code).get("errcode") for _ in range(3)] == [-1, -1, None]


def test_a_person_at_high_risk_is_blocked(stub: RunningStub, wechat: Platform) -> None:
    stub.settings("chen", risk_block=True)

    assert wechat.redeem(stub.login(APP, "chen"))["errcode"] == 40226


def test_a_new_login_replaces_the_session_key(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    first = wechat.redeem(stub.login(APP, "chen"))["session_key"]
    assert wechat.get("/wxa/checksession", access_token=token, **signed(first))["errcode"] == 0

    second = wechat.redeem(stub.login(APP, "chen"))["session_key"]

    assert wechat.get("/wxa/checksession", access_token=token, **signed(first))["errcode"] == 87009
    assert wechat.get("/wxa/checksession", access_token=token, **signed(second))["errcode"] == 0


def test_a_session_key_can_be_reset_by_who_holds_it(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    key = wechat.redeem(stub.login(APP, "chen"))["session_key"]

    reset = wechat.get("/wxa/resetusersessionkey", access_token=token, **signed(key))

    assert reset["session_key"] != key
    assert wechat.get("/wxa/checksession", access_token=token, **signed(key))["errcode"] == 87009
    assert wechat.get("/wxa/checksession", access_token=token, **signed(reset["session_key"]))["errcode"] == 0


def test_a_session_check_needs_the_right_signing_and_a_known_person(stub: RunningStub, wechat: Platform) -> None:
    token, said = wechat.token(), signed(wechat.redeem(stub.login(APP, "chen"))["session_key"])

    assert wechat.get("/wxa/checksession", access_token=token, **(said | {"sig_method": "md5"}))["errcode"] == 87008
    assert wechat.get("/wxa/checksession", access_token=token, **(said | {"openid": "oOTHER"}))["errcode"] == 40003


def test_a_person_nobody_prepared_has_the_same_openid_after_a_restart_and_is_still_known(tmp_path: Path) -> None:
    openids: set[str] = set()
    sends: list[int] = []
    for _ in range(2):
        with running_stub(FIXTURE, arguments=["--state", str(tmp_path / "people")]) as stub:
            wechat = Platform(stub.wechat_base)
            sends.append(wechat.send(touser=next(iter(openids), "oNOBODY"))["errcode"])
            openids.add(wechat.redeem(stub.login(APP, "newcomer"))["openid"])
            wechat.close()

    assert len(openids) == 1
    assert sends == [40003, 43101]
