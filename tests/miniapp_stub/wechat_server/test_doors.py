import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from miniapp_stub.wechat_server.app import make_app
from miniapp_stub.wechat_server.state import World
from tests.miniapp_stub.wechat_server.calling import APP, ORDER, ORIGIN, PAGE, SECRET, Platform
from tests.wechat_stub import ROOT, RunningStub


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a stub that is expected to refuse."""
    command = [sys.executable, "-m", "miniapp_stub.wechat_server", "--port", "0", *arguments]
    surroundings = {**os.environ, "PARTNERLINE_ENV": "test", **environment}
    return subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("name", ["production", ""])
def test_it_refuses_to_start_outside_demo_and_test(name: str) -> None:
    refused = start(PARTNERLINE_ENV=name)

    assert refused.returncode == 2
    assert refused.stderr.startswith("wechat stub: PARTNERLINE_ENV: ")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_refuses_to_listen_to_other_machines(host: str) -> None:
    refused = start("--host", host)

    assert refused.returncode == 2
    assert refused.stderr == f"wechat stub: --host {host}: only a loopback address is served\n"


def test_a_taken_port_is_said_in_one_line(stub: RunningStub) -> None:
    port = stub.url.rsplit(":", 1)[1]

    refused = start("--port", port)

    assert (refused.returncode, refused.stderr) == (2, f"wechat stub: --port {port}: Address already in use\n")


@pytest.mark.parametrize(
    ("fixture", "sentence"),
    [
        ({"app": {}}, "fixture.app: this name is unknown"),
        ({"apps": {APP: {}}}, f"fixture.apps.{APP}.secret: a text is expected"),
        ({"templates": {"wxnone": {"T": {"title": "t"}}}}, "appid wxnone: this app is unknown"),
        ({"templates": {APP: {"T": {"title": "t", "type": 1}}}}, f"templates.{APP}.T.type: 2"),
        ({"templates": {APP: {"T": {"title": "t", "fields": [["thing1", "time"]]}}}}, "thing1 is not a field"),
        ({"templates": {APP: {"T": {"title": "t", "fields": [["enum1", "enum"]]}}}}, "enum1 needs the list"),
        ({"quota": [{"appid": APP, "user": "chen", "template": "T-none", "left": 1}]}, "T-none is unknown"),
        ({"quota": [{"appid": APP, "user": "chen", "template": ORDER, "left": -1}]}, "a whole number from 0"),
        ({"app_url": "javascript:alert"}, "fixture.app_url: an http or https address is expected"),
    ],
)
def test_a_faulty_fixture_is_refused_in_one_sentence(stub: RunningStub, fixture: dict[str, Any], sentence: str) -> None:
    with pytest.raises(requests.HTTPError, match=sentence):
        stub.load(fixture)


def test_a_faulty_fixture_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "fixture.json"
    path.write_text(json.dumps({"apps": {APP: {}}}))

    refused = start("--fixture", str(path))

    assert refused.returncode == 2
    assert refused.stderr == f"wechat stub: fixture.apps.{APP}.secret: a text is expected\n"


def test_the_mini_apps_page_may_ask_from_its_own_origin(stub: RunningStub) -> None:
    address = f"{stub.url}/_stub/client/login"
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    preflight = requests.options(address, headers=asked, timeout=10)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert preflight.headers["Access-Control-Allow-Headers"] == "Content-Type"

    answer = requests.post(address, json={"appid": APP, "user": "chen"}, headers={"Origin": ORIGIN}, timeout=10)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.json()["code"]


def test_a_mistake_is_readable_for_the_mini_apps_page_too(stub: RunningStub) -> None:
    answer = requests.post(f"{stub.url}/_stub/client/login", json={}, headers={"Origin": ORIGIN}, timeout=10)

    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (400, ORIGIN)


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/client/login", "http://evil.example"),
        ("/client/login", "null"),
        ("/client/login", "http://127.0.0.1:8000.evil.example"),
        ("/outbox", ORIGIN),
        ("/reset", ORIGIN),
    ],
)
def test_no_other_page_and_no_other_door_is_open_to_browsers(stub: RunningStub, path: str, origin: str) -> None:
    for method in ("OPTIONS", "POST", "GET"):
        answer = requests.request(method, f"{stub.url}/_stub{path}", headers={"Origin": origin}, timeout=10)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_page_that_points_its_name_at_this_machine_is_refused(stub: RunningStub) -> None:
    answer = requests.get(f"{stub.url}/_stub/outbox", headers={"Host": "evil.example"}, timeout=10)

    assert answer.status_code == 403


def test_a_form_post_that_needs_no_permission_of_the_browser_is_refused(stub: RunningStub) -> None:
    answer = requests.post(
        f"{stub.url}/_stub/outage", b'{"on":true}', headers={"Content-Type": "text/plain"}, timeout=10
    )

    assert answer.status_code == 415


def test_an_address_the_platform_lacks_is_an_error_of_the_platform(wechat: Platform) -> None:
    assert wechat.get("/cgi-bin/nothing")["errcode"] == 40066


def test_waiting_ends_when_the_messages_came(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    with ThreadPoolExecutor(1) as waiter:
        waiting = waiter.submit(stub.get, "/outbox/wait", count=2, touser="oCHEN", timeout=20)
        wechat.send(token, touser="oLI")
        wechat.send(token)
        wechat.send(token)
        answer = waiting.result(timeout=10)

    assert answer["complete"]
    assert [item["touser"] for item in answer["items"]] == ["oCHEN", "oCHEN"]


def test_waiting_in_vain_ends_too(stub: RunningStub) -> None:
    assert stub.get("/outbox/wait", count=1, timeout=0.05) == {"items": [], "complete": False}


def test_the_outbox_is_filtered(stub: RunningStub, wechat: Platform) -> None:
    wechat.send()
    wechat.send(touser="oLI")
    first, second = stub.outbox()

    assert stub.outbox(touser="oLI") == stub.outbox(user="li") == stub.outbox(since=first["seq"]) == [second]
    assert stub.outbox(template_id=ORDER, channel="subscribe") == [first, second]
    assert stub.outbox(channel="sms") == []


def test_the_journal_tells_what_was_called_without_the_secret(stub: RunningStub, wechat: Platform) -> None:
    wechat.redeem("0" * 32)
    wechat.stable_token()

    login, token = stub.calls(appid=APP)
    assert (login["method"], login["path"], login["response"]["errcode"]) == ("GET", "/wx/sns/jscode2session", 40029)
    assert stub.calls(since=login["seq"]) == [token]
    assert SECRET not in str([login, token, stub.get("/state")])


def test_a_reset_brings_the_start_back(stub: RunningStub, wechat: Platform) -> None:
    token = wechat.token()
    wechat.send(token)
    stub.load({"users": {"guest": {}}})
    stub.rule({}, {"errcode": -1})
    stub.advance(1_000_000)

    stub.reset()

    assert (stub.outbox(), stub.calls(), stub.quota(user="chen", template=ORDER)) == ([], [], 500)
    assert sorted(stub.get("/state")["users"]) == ["chen", "li"]
    assert wechat.send(token)["errcode"] == 40001


def test_a_reset_lets_go_whoever_was_kept_waiting(stub: RunningStub) -> None:
    stub.rule({}, {"timeout_s": 100})
    with ThreadPoolExecutor(1) as caller:
        kept = caller.submit(requests.get, f"{stub.wechat_base}/cgi-bin/token", timeout=50)
        while not stub.calls():
            assert not kept.done()
        stub.reset()
        with pytest.raises(requests.ConnectionError):
            kept.result(timeout=10)


def test_the_clock_can_be_set(stub: RunningStub) -> None:
    assert stub.post("/clock", set="2030-01-02T03:04:05+00:00")["now"].startswith("2030-01-02T03:04:0")
    with pytest.raises(requests.HTTPError, match="with its zone"):
        stub.post("/clock", set="2030-01-02T03:04:05")


def test_the_limits_show_what_is_used(stub: RunningStub, wechat: Platform) -> None:
    wechat.send()

    assert stub.get("/limits")["limits"]["subscribe_send"] == {
        "limit": 10_000_000,
        "window_s": 86_400.0,
        "used": {APP: 1},
    }


def test_the_page_shows_the_phones_and_leads_into_the_mini_app(stub: RunningStub, wechat: Platform) -> None:
    wechat.send(page=f"{PAGE}?id=<1>", data={"thing1": "<b>苹果", "character_string2": "PO-1", "time3": "15:01"})

    page = requests.get(f"{stub.url}/_stub/ui", timeout=10)

    assert "陈小姐" in page.text
    assert "Li Wei" in page.text
    assert "&lt;b&gt;苹果" in page.text
    assert f'href="http://127.0.0.1:8000/app/#/{PAGE}?id=%3C1%3E&amp;as=chen"' in page.text
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert page.headers["Refresh"] == "3"
    assert "Refresh" not in requests.get(f"{stub.url}/_stub/ui?live=0", timeout=10).headers
    assert requests.get(f"{stub.url}/_stub/static/phones.css", timeout=10).status_code == 200


def test_answers_may_come_as_plain_text(stub: RunningStub) -> None:
    address = f"{stub.wechat_base}/cgi-bin/token"
    assert requests.get(address, timeout=10).headers["Content-Type"] == "application/json; encoding=utf-8"

    stub.quirks(text_plain=True)
    assert requests.get(address, timeout=10).headers["Content-Type"] == "text/plain"


def test_every_address_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "wechat-stub.md").read_text(encoding="utf-8")
    addresses = {rule.rule.replace("<int:number>", "ID") for rule in make_app(World()).url_map.iter_rules()}

    assert {address for address in addresses if address not in manual and "static" not in address} == set()
