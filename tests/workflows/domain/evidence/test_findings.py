"""Every reason is a sentence that a person understands, with what to do; nothing red pays by itself."""

import re

import pytest

from workflows.domain.evidence import findings
from workflows.domain.evidence.findings import FINDINGS, HINT, HOLD, RED

FACTS = {
    "day": "2026-10-31",
    "first": "2026-11-01",
    "last": "2026-12-31",
    "distance_m": 740,
    "radius_m": 200,
    "accuracy_m": 3000,
    "hours": 90,
    "minutes": 12,
    "km": 80,
    "seconds": 9,
    "count": 6,
}
HOLDS = {
    "challenge_missing",
    "challenge_unknown",
    "challenge_used",
    "challenge_expired",
    "seen_before_exactly",
    "wrong_owner",
    "outside_window",
}


@pytest.mark.parametrize("code", FINDINGS)
class TestASentence:
    def test_says_what_and_what_to_do_in_both_languages(self, code: str) -> None:
        found = findings.sentence(code, FACTS)
        assert re.fullmatch(r"[^{}?]+\. [^{}?]+\.", found.en), found.en
        assert re.fullmatch(r"[^{}?]+。[^{}?]+。", found.zh), found.zh
        assert re.search(r"[\u4e00-\u9fff]", found.zh)
        assert not re.search(r"[\u4e00-\u9fff]", found.en)

    def test_fits_a_phone(self, code: str) -> None:
        found = findings.sentence(code, FACTS)
        assert len(found.en) <= 200
        assert len(found.zh) <= 80

    def test_is_there_though_a_fact_is_missing(self, code: str) -> None:
        assert findings.sentence(code, {}).zh


def test_a_code_of_a_newer_release_goes_to_a_person() -> None:
    assert findings.sentence("of_tomorrow", {}).en.startswith("Something about this photo is unusual.")
    assert not findings.may_pay_by_itself(["of_tomorrow"])


def test_what_holds_a_claim_is_exactly_what_was_agreed() -> None:
    assert {code for code, found in FINDINGS.items() if found.level == HOLD} == HOLDS
    assert all(findings.is_held([code]) for code in HOLDS)


@pytest.mark.parametrize("code", [code for code, found in FINDINGS.items() if found.level in {HOLD, RED}])
def test_nothing_that_is_red_pays_by_itself(code: str) -> None:
    assert not findings.may_pay_by_itself([code])


def test_one_hint_pays_and_many_do_not() -> None:
    hints = [code for code, found in FINDINGS.items() if found.level == HINT]
    assert all(findings.may_pay_by_itself([code]) for code in hints)
    assert not findings.may_pay_by_itself(hints)
    assert findings.may_pay_by_itself([])


def test_points_end_at_a_hundred() -> None:
    assert findings.points([]) == 0
    assert findings.points(["blurred", "dark"]) == 30
    assert findings.points(list(FINDINGS)) == 100
