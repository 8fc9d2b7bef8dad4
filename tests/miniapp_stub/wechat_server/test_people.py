from typing import Any

import pytest
import requests

from tests.miniapp_stub.wechat_server.calling import APP, FIXTURE, LONG_TERM, ORDER, REMINDER
from tests.wechat_stub import RunningStub


def test_the_popup_gives_one_answer_per_template(stub: RunningStub) -> None:
    answer = stub.subscribe(APP, "chen", {ORDER: "accept", REMINDER: "reject"})

    assert answer == {"errMsg": "requestSubscribeMessage:ok", ORDER: "accept", REMINDER: "reject"}
    assert (stub.quota(user="chen", template=ORDER), stub.quota(user="chen", template=REMINDER)) == (501, 0)


def test_who_closes_the_popup_has_refused(stub: RunningStub) -> None:
    assert stub.post("/client/subscribe", appid=APP, user="chen", tmplIds=[REMINDER])[REMINDER] == "reject"


def test_an_answer_kept_for_always_counts_each_time_without_a_popup(stub: RunningStub) -> None:
    stub.subscribe(APP, "chen", {REMINDER: "accept"}, always=True)
    again = stub.post("/client/subscribe", appid=APP, user="chen", tmplIds=[REMINDER])

    assert again[REMINDER] == "accept"
    assert stub.quota(user="chen", template=REMINDER) == 2
    setting = stub.settings("chen")["apps"][APP]["subscriptionsSetting"]
    assert setting == {"mainSwitch": True, "itemSettings": {REMINDER: "accept"}}


def test_a_banned_template_says_so(stub: RunningStub) -> None:
    stub.settings("chen", items={REMINDER: "ban"})

    assert stub.subscribe(APP, "chen", {REMINDER: "accept"})[REMINDER] == "ban"


def test_of_two_templates_with_one_title_the_second_is_filtered(stub: RunningStub) -> None:
    stub.load({"templates": {APP: {"T-twin": {"title": "待办提醒", "type": 2, "fields": []}}}})

    answer = stub.subscribe(APP, "chen", {REMINDER: "accept", "T-twin": "accept"})

    assert (answer[REMINDER], answer["T-twin"]) == ("accept", "filter")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([], 10001),
        (["T-none"], 20001),
        ([ORDER, LONG_TERM], 20002),
        ([ORDER, REMINDER, ORDER, REMINDER], 20003),
    ],
)
def test_the_client_refuses_to_show_a_popup_that_makes_no_sense(stub: RunningStub, asked: list[str], code: int) -> None:
    answer = stub.post("/client/subscribe", appid=APP, user="chen", tmplIds=asked)

    assert answer["errCode"] == code
    assert answer["errMsg"].startswith("requestSubscribeMessage:fail ")
    assert stub.quota(user="chen", template=ORDER) == 500


def test_with_the_main_switch_off_no_popup_comes(stub: RunningStub) -> None:
    stub.settings("chen", main_switch=False)

    assert stub.subscribe(APP, "chen", {ORDER: "accept"})["errCode"] == 20004


def test_a_banned_app_may_not_ask(stub: RunningStub) -> None:
    stub.load({"apps": {APP: FIXTURE["apps"][APP] | {"subscribe_banned": True}}})

    assert stub.subscribe(APP, "chen", {ORDER: "accept"})["errCode"] == 20005


def test_newer_clients_ask_for_five_templates(stub: RunningStub) -> None:
    more = {f"T-{n}": {"title": f"t{n}", "type": 2, "fields": []} for n in range(5)}
    stub.load({"templates": {APP: more}})
    stub.quirks(tmplids_max=5)

    assert stub.subscribe(APP, "chen", dict.fromkeys(more, "accept"))["errMsg"].endswith(":ok")


@pytest.mark.parametrize(
    ("path", "said", "sentence"),
    [
        ("/client/login", {"appid": APP}, "body.user: a text is expected"),
        ("/client/login", {"appid": "wxnone", "user": "chen"}, "appid wxnone: this app is unknown"),
        ("/client/login", {"appid": APP, "user": "x" * 101}, "user: a text of 1 to 100"),
        ("/client/subscribe", {"appid": APP, "user": "chen", "tmplIds": [ORDER], "answers": {ORDER: "yes"}}, "answers"),
        ("/client/settings", {"user": "chen", "items": {ORDER: "maybe"}}, "items"),
    ],
)
def test_a_person_who_does_the_impossible_is_told_so(
    stub: RunningStub, path: str, said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(requests.HTTPError, match=sentence):
        stub.post(path, **said)
