import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from config import clock, database
from notifications import leases, metrics, outbox, redis_client, wake
from notifications.redis_client import RedisAway, RedisLink
from tests.notifications.make import published, task_notice, wait_for


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


class TestRedisAway:
    def test_a_hung_redis_costs_a_fifth_of_a_second_once_and_then_nothing(self, hung_redis_url: str) -> None:
        link = RedisLink(hung_redis_url)

        def ask() -> None:
            with pytest.raises(RedisAway):
                link.call(lambda client: client.ping())

        assert 0.15 < timed(ask) <= 0.3
        assert timed(lambda: [ask() for _ in range(100)]) <= 0.05

    def test_a_refused_redis_costs_nothing(self, refused_redis_url: str) -> None:
        link = RedisLink(refused_redis_url)

        def ask() -> None:
            with pytest.raises(RedisAway):
                link.call(lambda client: client.ping())

        assert timed(lambda: [ask() for _ in range(100)]) <= 0.25

    def test_redis_is_asked_again_when_the_breaker_closes(self, refused_redis_url: str, redis_url: str) -> None:
        link = RedisLink(refused_redis_url, open_s=0.05)
        with pytest.raises(RedisAway):
            link.call(lambda client: client.ping())
        link._client = redis_client.connect(redis_url)

        def answers() -> bool:
            try:
                return bool(link.call(lambda client: client.ping()))
            except RedisAway:
                return False

        wait_for(answers, "the breaker closes")

    @pytest.mark.usefixtures("db")
    def test_publishing_never_waits_for_a_hung_redis(self, hung_redis_url: str) -> None:
        wake.configure(hung_redis_url)
        failed_before = metrics.POKE_FAILED._value.get()
        assert timed(lambda: [published(task_notice(), f"key-{number}") for number in range(5)]) <= 0.25
        wait_for(lambda: metrics.POKE_FAILED._value.get() > failed_before, "the failed poke is counted")
        assert len(leases.claim("notices", "sweep")) == 5


class TestThePoke:
    @pytest.mark.usefixtures("db")
    def test_a_commit_wakes_a_worker_and_a_rollback_wakes_nobody(self, redis_url: str) -> None:
        wake.configure(redis_url)
        client = redis_client.connect(redis_url)

        def publish_and_fail() -> None:
            with database.transaction():
                outbox.publish(task_notice(), "key-1")
                raise LookupError

        with pytest.raises(LookupError):
            publish_and_fail()
        assert client.llen(f"rq:queue:{wake.QUEUE}") == 0
        published()
        wait_for(lambda: client.llen(f"rq:queue:{wake.QUEUE}") == 1, "one wake-up waits")

    def test_a_hundred_pokes_leave_two_wake_ups_at_most(self, redis_url: str) -> None:
        link = RedisLink(redis_url, timeout_s=5)
        with ThreadPoolExecutor(2) as pool:
            taken = list(pool.map(lambda _: wake.enqueue(link), range(100)))
        assert 2 <= link.call(lambda client: client.llen(f"rq:queue:{wake.QUEUE}")) <= 3
        assert sum(taken) <= 3

    def test_a_wake_up_carries_nothing_but_its_name_in_json(self, redis_url: str) -> None:
        link = RedisLink(redis_url)
        wake.enqueue(link)
        job_id = link.call(lambda client: client.lindex(f"rq:queue:{wake.QUEUE}", 0)).decode()
        job = link.call(lambda client: client.hgetall(f"rq:job:{job_id}"))
        assert b"notifications.jobs.drain" in job[b"description"]
        assert job[b"result_ttl"] == b"0"
        assert b"retries_left" not in job

    @pytest.mark.usefixtures("db")
    def test_work_for_later_wakes_nobody_too_early_and_is_found_in_time(self) -> None:
        with database.transaction():
            outbox.publish_internal("reminder", {}, "r1", clock.now() + timedelta(hours=1))
        assert outbox.due() == []
        with clock.travelled(hours=2):
            assert [queue for queue, _since in outbox.due()] == ["internal:reminder"]

    @pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # forking is what is tested
    def test_a_forked_server_process_pokes_with_a_thread_of_its_own(self, redis_url: str) -> None:
        wake.configure(redis_url)
        client = redis_client.connect(redis_url)
        wake.poke()
        wait_for(lambda: client.llen(f"rq:queue:{wake.QUEUE}") == 1, "the parent's poke")
        child = os.fork()
        if child == 0:
            try:
                wake.poke()
                wait_for(lambda: client.llen(f"rq:queue:{wake.QUEUE}") == 2, "the child's poke")
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
