from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.miniapp_stub.wechat_server.calling import APP, FIXTURE, OTHER_APP, SECRET, Platform, message
from tests.wechat_stub import RunningStub

TEMPLATES = "/wxaapi/newtmpl/gettemplate"


def errcode(wechat: Platform, token: str) -> int:
    """What a harmless call with this token gives."""
    return int(wechat.get(TEMPLATES, access_token=token)["errcode"])


def test_twenty_workers_share_one_stable_token(stub: RunningStub, wechat: Platform) -> None:
    with ThreadPoolExecutor(20) as workers:
        tokens = set(workers.map(lambda _: wechat.token(), range(40)))

    assert len(tokens) == 1
    assert stub.tokens(APP)["stable"] == {"calls": 40, "issued": 1, "forced": 0, "living": 1}


def test_a_stable_token_tells_its_remaining_life(stub: RunningStub, wechat: Platform) -> None:
    first = wechat.stable_token()
    stub.advance(6_000)
    later = wechat.stable_token()

    assert first["expires_in"] == 7_200
    assert later["access_token"] == first["access_token"]
    assert 1_190 <= later["expires_in"] <= 1_200


def test_in_the_last_five_minutes_a_new_stable_token_comes_and_both_work_until_the_old_one_ends(
    stub: RunningStub, wechat: Platform
) -> None:
    old = wechat.token()
    stub.advance(7_200 - 299)
    new = wechat.token()
    assert new != old
    assert (errcode(wechat, old), errcode(wechat, new)) == (0, 0)

    stub.advance(300)
    assert (errcode(wechat, old), errcode(wechat, new)) == (42001, 0)
    assert stub.tokens(APP)["stable"]["issued"] == 2


def test_a_legacy_token_replaces_the_one_before_which_works_for_five_minutes_more(
    stub: RunningStub, wechat: Platform
) -> None:
    old, new = (wechat.legacy_token()["access_token"] for _ in range(2))
    stub.advance(298)
    assert (errcode(wechat, old), errcode(wechat, new)) == (0, 0)

    stub.advance(3)
    assert (errcode(wechat, old), errcode(wechat, new)) == (40001, 0)


def test_the_two_token_families_do_not_touch_each_other(stub: RunningStub, wechat: Platform) -> None:
    stable = wechat.token()
    wechat.legacy_token()
    wechat.legacy_token()
    stub.advance(301)

    assert errcode(wechat, stable) == 0
    assert wechat.token() == stable


def test_force_refresh_kills_the_leaked_token_at_once(wechat: Platform) -> None:
    leaked = wechat.token()
    fresh = wechat.stable_token(force_refresh=True)["access_token"]

    assert (errcode(wechat, leaked), errcode(wechat, fresh)) == (40001, 0)


def test_force_refresh_again_within_thirty_seconds_does_not_refresh(stub: RunningStub, wechat: Platform) -> None:
    first = wechat.stable_token(force_refresh=True)["access_token"]
    assert wechat.stable_token(force_refresh=True)["access_token"] == first

    stub.advance(31)
    assert wechat.stable_token(force_refresh=True)["access_token"] != first


def test_force_refresh_works_twenty_times_a_day(stub: RunningStub, wechat: Platform) -> None:
    codes = []
    for _ in range(21):
        codes.append(wechat.stable_token(force_refresh=True).get("errcode", 0))
        stub.advance(31)

    assert codes == [0] * 20 + [45009]
    assert stub.tokens(APP)["stable"]["forced"] == 20


def test_the_legacy_endpoint_has_a_daily_cap(stub: RunningStub, wechat: Platform) -> None:
    stub.rate("token_daily", limit=2, window=86_400)

    assert [wechat.legacy_token().get("errcode", 0) for _ in range(3)] == [0, 0, 45009]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxunknown"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
def test_a_wrong_configuration_gets_no_token_from_either_endpoint(
    wechat: Platform, changed: dict[str, str], code: int
) -> None:
    assert wechat.legacy_token(**changed)["errcode"] == code
    assert wechat.stable_token(**changed)["errcode"] == code


def test_each_endpoint_insists_on_its_method(wechat: Platform) -> None:
    assert wechat.get("/cgi-bin/stable_token")["errcode"] == 43002
    assert wechat.post("/cgi-bin/token", {})["errcode"] == 43001


def test_a_call_without_a_living_token_is_told_what_is_wrong_with_it(wechat: Platform) -> None:
    unknown = "98_" + "A" * 100

    assert wechat.get(TEMPLATES)["errcode"] == 41001
    assert errcode(wechat, "short and odd") == 40014
    assert errcode(wechat, unknown) == 40001


def test_an_expired_token_is_replaced_by_asking_once(stub: RunningStub, wechat: Platform) -> None:
    expired = wechat.token()
    stub.expire_tokens(APP)

    assert wechat.send(expired)["errcode"] == 42001
    assert wechat.send(wechat.token())["errcode"] == 0
    assert stub.tokens(APP)["stable"]["issued"] == 2


def test_a_revoked_token_is_no_longer_the_latest(stub: RunningStub, wechat: Platform) -> None:
    revoked = wechat.token()
    stub.revoke_tokens(APP)

    assert wechat.send(revoked)["errcode"] == 40001
    assert wechat.send(wechat.token())["errcode"] == 0


def test_a_credential_that_never_passes_fails_each_call_without_a_message(stub: RunningStub, wechat: Platform) -> None:
    stub.rule({"path": "/cgi-bin/message/*"}, {"errcode": 40001})

    assert [wechat.send()["errcode"] for _ in range(3)] == [40001] * 3
    assert stub.outbox() == []
    assert stub.tokens(APP)["stable"]["forced"] == 0


def test_tokens_expiring_in_the_middle_of_a_run_lose_no_message(stub: RunningStub, wechat: Platform) -> None:
    people = [f"worker-{number}" for number in range(8)]
    stub.load({"quota": [{"appid": APP, "user": user, "template": "T-order", "left": 20} for user in people]})

    def send_twenty(user: str) -> None:
        openid, token = stub.openid(APP, user), wechat.token()
        for number in range(20):
            if user == people[0] and number == 10:
                stub.expire_tokens(APP)
            if wechat.send(token, touser=openid)["errcode"] == 42001:
                token = wechat.token()
                assert wechat.send(token, touser=openid)["errcode"] == 0

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(send_twenty, people))

    assert len(stub.outbox()) == 160
    assert stub.tokens(APP)["stable"]["issued"] == 2


def test_only_listed_addresses_may_call(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    app = FIXTURE["apps"][APP] | {"ip_whitelist": ["203.0.113.7"]}
    stub.load({"apps": {APP: app}})

    assert wechat.send(token)["errcode"] == 40164
    assert wechat.stable_token()["errcode"] == 40164
    assert errcode(wechat, "98_" + "A" * 100) == 40001


def test_a_token_speaks_for_its_own_app_only(wechat: Platform) -> None:
    other = wechat.stable_token(appid=OTHER_APP, secret=SECRET)["access_token"]

    assert wechat.post("/cgi-bin/message/subscribe/send", message(), access_token=other)["errcode"] == 40003
    assert wechat.send(other, touser="oOTHER")["errcode"] == 40037
