from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.text import Text
from miniapp_stub.wechat_server.template_types import Field
from notifications.wechat import templates
from tests.notifications.make import result_notice, task_notice


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


class TestThing:
    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ("确认订单", "确认订单"),
            ("一" * 20, "一" * 20),
            ("一" * 21, "一" * 17 + "..."),
            ("line one\nline two", "line one line two"),
            ("  \t ", "-"),
            ("", "-"),
            ("a\x00b\u202ec", "abc"),
            ("😀" * 10, "😀" * 10),
            ("😀" * 11, "😀" * 8 + "..."),
        ],
    )
    def test_is_one_line_of_twenty_units(self, written: str, sent: str) -> None:
        assert templates.thing(written) == sent

    @given(st.text())
    def test_whatever_is_written_wechat_takes_it(self, written: str) -> None:
        sent = templates.thing(written)
        assert units(sent) <= 20
        assert Field("thing1", "thing").accepts(sent)


class TestCharacterString:
    @pytest.mark.parametrize(
        ("written", "sent"),
        [("PO-1001", "PO-1001"), ("订单PO-7", "PO-7"), ("订单", "-"), ("x" * 40, "x" * 32), ("a\nb", "ab")],
    )
    def test_is_thirty_two_characters_without_han(self, written: str, sent: str) -> None:
        assert templates.character_string(written) == sent

    @given(st.text())
    def test_whatever_is_written_wechat_takes_it(self, written: str) -> None:
        assert Field("character_string2", "character_string").accepts(templates.character_string(written))


class TestTheTemplates:
    def test_a_task_says_what_until_when_in_the_persons_zone_and_from_whom(self) -> None:
        notice = task_notice(due_at=datetime(2026, 11, 25, 16, 30, tzinfo=UTC))
        data = templates.data_of(notice, "zh", "Asia/Shanghai")
        assert {field: entry["value"] for field, entry in data.items()} == {
            "thing1": "确认订单",
            "character_string2": "PO-1001",
            "time3": "2026年11月26日 00:30",
            "thing4": "云岚食品",
        }
        assert Field("time3", "time").accepts(data["time3"]["value"])

    def test_a_result_says_what_came_out_in_the_persons_language(self) -> None:
        data = templates.data_of(result_notice(), "en", "Europe/Berlin")
        assert data["thing3"]["value"] == "Accepted"

    def test_neutral_words_replace_every_sentence_and_keep_the_reference(self) -> None:
        notice = task_notice(title=Text(en="forbidden", zh="禁语"))
        data = templates.neutral_data_of(notice, "zh", "Asia/Shanghai")
        assert "禁语" not in str(data)
        assert data["character_string2"]["value"] == "PO-1001"
