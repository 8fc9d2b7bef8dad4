import json
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog

from config import clock, database, sealing
from config.sealing import Sealer
from config.settings import WeChatSettings
from notifications import redis_client
from notifications.http import Caller, NoAnswer
from notifications.redis_client import RedisLink
from notifications.wechat.client import WeChatAway, WeChatClient, WeChatDoor, WeChatError
from notifications.wechat.token import AccessToken
from tests.notifications.make import APP, SECRET
from tests.wechat_stub import RunningStub

ASK = "/wxa/checksession"
SEND = "/cgi-bin/message/subscribe/send"


def token_of(account: WeChatSettings, redis_url: str | None) -> AccessToken:
    """A token as one process of its own has it."""
    return AccessToken(WeChatDoor(account), RedisLink(redis_url) if redis_url else None)


def client_of(account: WeChatSettings, redis_url: str | None = None) -> WeChatClient:
    return WeChatClient(WeChatDoor(account), token_of(account, redis_url))


def send_to_nobody(client: WeChatClient) -> int:
    """A send that gets past the token; gives the errcode."""
    with pytest.raises(WeChatError) as refusal:
        client.post(SEND, {"touser": "nobody"})
    return refusal.value.errcode


@contextmanager
def leading_to(address: str) -> Iterator[str]:
    """A server that sends everybody elsewhere."""

    class Redirect(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class TestTheOneToken:
    def test_twenty_processes_at_once_fetch_it_twice_at_most(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str
    ) -> None:
        tokens = [token_of(account, redis_url) for _ in range(20)]
        with ThreadPoolExecutor(20) as pool:
            assert len(set(pool.map(lambda token: token.get(), tokens))) == 1
        assert stub.tokens(APP)["stable"]["calls"] <= 2

    def test_twenty_threads_of_a_process_without_redis_fetch_it_once(
        self, stub: RunningStub, account: WeChatSettings, refused_redis_url: str
    ) -> None:
        token = token_of(account, refused_redis_url)
        with ThreadPoolExecutor(20) as pool:
            assert len(set(pool.map(lambda _: token.get(), range(20)))) == 1
        assert stub.tokens(APP)["stable"]["calls"] == 1

    def test_rests_in_redis_sealed(self, account: WeChatSettings, redis_url: str) -> None:
        token = token_of(account, redis_url).get()
        client = redis_client.connect(redis_url)
        stored = {key: client.get(key) for key in client.keys("*")}
        assert list(stored) == [f"wx:token:{APP}".encode()]
        assert token.encode() not in b"".join(stored.values())
        assert client.pttl(f"wx:token:{APP}") > 0

    def test_sealed_under_a_key_that_is_gone_it_is_fetched_again(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str
    ) -> None:
        token_of(account, redis_url).get()
        sealing.use(Sealer(["another-secret-of-the-tests-0123456789"]))
        assert token_of(account, redis_url).get()
        assert stub.tokens(APP)["stable"]["calls"] == 2

    @pytest.mark.parametrize("said", ["{}", '{"access_token":"t","expires_in":"soon"}'])
    def test_an_answer_without_a_token_in_it_is_no_token(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str, said: str
    ) -> None:
        stub.rule({"path": "/cgi-bin/stable_token"}, {"body": said})
        with pytest.raises(WeChatAway):
            token_of(account, redis_url).get()
        assert redis_client.connect(redis_url).keys("*") == []

    def test_is_renewed_ten_minutes_before_its_end(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str
    ) -> None:
        token = token_of(account, redis_url)
        token.get()
        with clock.travelled(seconds=7200 - 700):
            token.get()
            assert stub.tokens(APP)["stable"]["calls"] == 1
        with clock.travelled(seconds=7200 - 500):
            token.get()
            assert stub.tokens(APP)["stable"]["calls"] == 2

    def test_a_process_that_is_late_to_complain_does_not_throw_the_new_one_away(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str
    ) -> None:
        late, quick = token_of(account, redis_url), token_of(account, redis_url)
        old = late.get()
        stub.expire_tokens(APP)
        quick.discard(old)
        new = quick.get()
        late.discard(old)
        assert late.get() == new != old
        assert stub.tokens(APP)["stable"]["calls"] == 2

    def test_a_complaint_about_an_old_one_leaves_the_new_one_in_memory(
        self, stub: RunningStub, account: WeChatSettings
    ) -> None:
        token = token_of(account, None)
        old = token.get()
        stub.expire_tokens(APP)
        for _ in range(3):
            token.discard(old)
            assert token.get() != old
        assert stub.tokens(APP)["stable"]["calls"] == 2


class TestRefusedTokens:
    def test_a_token_that_ran_out_is_replaced_without_anybody_noticing(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str
    ) -> None:
        client = client_of(account, redis_url)
        assert send_to_nobody(client) == 40003
        stub.expire_tokens(APP)
        assert send_to_nobody(client) == 40003
        assert stub.tokens(APP)["stable"]["calls"] == 2

    @pytest.mark.parametrize("errcode", [40001, 40014, 42001, 41001])
    def test_a_token_refused_for_ever_is_renewed_once_and_then_reported(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str, errcode: int
    ) -> None:
        stub.rule({"path": SEND}, {"errcode": errcode})
        assert send_to_nobody(client_of(account, redis_url)) == errcode
        assert len(stub.calls(SEND)) == 2
        assert stub.tokens(APP)["stable"]["calls"] == 2
        assert stub.tokens(APP)["stable"]["forced"] == 0

    def test_any_other_refusal_is_not_repeated(self, stub: RunningStub, account: WeChatSettings) -> None:
        assert send_to_nobody(client_of(account)) == 40003
        assert len(stub.calls(SEND)) == 1


class TestReadingTheAnswer:
    def test_chinese_leaves_the_house_as_it_is(self, stub: RunningStub, account: WeChatSettings) -> None:
        stub.quirks(strict_unicode=True)
        with pytest.raises(WeChatError) as refusal:
            client_of(account).post(SEND, {"touser": "无人"})
        assert refusal.value.errcode == 40003

    def test_an_answer_declared_as_text_is_read_all_the_same(self, stub: RunningStub, account: WeChatSettings) -> None:
        stub.quirks(text_plain=True)
        assert send_to_nobody(client_of(account)) == 40003

    def test_a_raw_line_break_inside_an_answer_does_no_harm(self, stub: RunningStub, account: WeChatSettings) -> None:
        stub.rule({"path": SEND}, {"body": '{"errcode":40003,"errmsg":"two\nlines"}'})
        assert send_to_nobody(client_of(account)) == 40003

    def test_nobody_is_led_elsewhere_by_a_redirect(self, stub: RunningStub) -> None:
        with leading_to(f"{stub.url}/wx/elsewhere") as base:
            assert Caller().call("GET", base).status == 302
        assert stub.calls("/elsewhere") == []

    def test_a_refusal_carries_the_rid_wechats_support_asks_for(
        self, stub: RunningStub, account: WeChatSettings
    ) -> None:
        with pytest.raises(WeChatError) as refusal:
            client_of(account).post(SEND, {"touser": "nobody"})
        assert refusal.value.rid.count("-") == 2
        assert stub.calls(SEND)

    @pytest.mark.parametrize(
        ("action", "may_have_acted"),
        [
            ({"http": 502}, False),
            ({"http": 504}, True),
            ({"body": "<html>"}, True),
            ({"body": "[]"}, True),
            ({"truncate": True}, True),
            ({"reset": True}, True),
            ({"reset_after": True}, True),
        ],
    )
    def test_an_answer_nobody_can_read_says_whether_wechat_may_have_acted(
        self, stub: RunningStub, account: WeChatSettings, action: dict[str, Any], may_have_acted: bool
    ) -> None:
        stub.rule({"path": SEND}, action)
        with pytest.raises(WeChatAway) as away:
            client_of(account).post(SEND, {"touser": "nobody"})
        assert away.value.may_have_acted is may_have_acted

    def test_nobody_listening_means_that_nothing_was_done(self, refused_redis_url: str) -> None:
        base = refused_redis_url.replace("redis://", "http://").removesuffix("/0")
        with pytest.raises(WeChatAway) as away:
            WeChatDoor(WeChatSettings(APP, SECRET, base)).get(ASK, {})
        assert away.value.may_have_acted is False

    def test_a_silent_server_is_given_up_within_five_seconds(self, hung_redis_url: str) -> None:
        base = hung_redis_url.replace("redis://", "http://").removesuffix("/0")
        with pytest.raises(NoAnswer) as gone:
            Caller().call("GET", f"{base}/?access_token=secret-token")
        assert gone.value.was_sent
        assert "secret-token" not in str(gone.value)
        assert gone.value.__cause__ is None


class TestKeepingSecrets:
    def test_neither_token_nor_secret_nor_openid_is_in_any_log_line(
        self, stub: RunningStub, account: WeChatSettings, redis_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = token_of(account, redis_url).get()
        caplog.set_level(logging.INFO)  # as in every process of ours: libraries never log below
        with structlog.testing.capture_logs() as lines:
            send_to_nobody(client_of(account, redis_url))
            stub.rule({"path": SEND}, {"reset": True})
            with pytest.raises(WeChatAway):
                client_of(account, redis_url).post(SEND, {"touser": "oVerySecretOpenid"})
        written = json.dumps(lines) + caplog.text
        assert "wechat_refused" in written
        for secret in (SECRET, token, "oVerySecretOpenid"):
            assert secret not in written

    @pytest.mark.usefixtures("db")
    def test_nobody_is_called_inside_a_transaction(self, stub: RunningStub, account: WeChatSettings) -> None:
        client = client_of(account)
        with pytest.raises(RuntimeError, match="transaction"), database.transaction():
            client.post(SEND, {"touser": "nobody"})
        assert stub.calls(SEND) == []
