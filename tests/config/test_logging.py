"""Nothing secret stands in a log line."""

import pytest

from config.logging import redact


@pytest.mark.parametrize(
    "line",
    [
        "call 13800138000",
        "call 13800138000.",
        "call +8613800138000, then wait",
        "Bearer abc.def",
        "pls_0123456789abcdef",
        "x?access_token=abc&y=1",
    ],
)
def test_phones_and_tokens_are_hidden_wherever_they_stand(line: str) -> None:
    said = redact(None, "", {"event": line, "facts": {"rows": [line]}})

    assert "[hidden]" in said["event"]
    assert "[hidden]" in said["facts"]["rows"][0]
    assert not any(secret in str(said) for secret in ("13800138000", "abc", "0123456789"))


def test_numbers_that_are_no_phones_stay_readable() -> None:
    assert redact(None, "", {"ms": "17322894371.25", "id": "a13800138000b"}) == {
        "ms": "17322894371.25",
        "id": "a13800138000b",
    }
