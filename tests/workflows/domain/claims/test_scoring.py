"""The evidence rules: whatever is odd about a proof is found and named, and nothing with a red flag pays by itself.

Each fraud is an honest proof spoilt in one thing, and is caught by one rule alone: `test_each_rule_is_needed` shows that without
that rule the money would leave the house.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from config import clock
from tests import claims, make
from tests.claims import Campaign
from tests.workflows.domain.claims.honest import HERE, NOON, Proof, by_shot, proof
from workflows.domain.claims import routes
from workflows.domain.claims.records import Claim
from workflows.domain.claims.scoring import PLACE_UNKNOWN_FROM_M
from workflows.domain.evidence import challenges, findings
from workflows.domain.evidence.findings import FINDINGS, HINT
from workflows.domain.evidence.records import ALBUM, RECEIVED, UNREADABLE, Challenge, EvidencePhoto
from workflows.domain.promotions.records import Promotion, Site

pytestmark = pytest.mark.usefixtures("db")
NORTH = 0.009  # degrees of latitude that are a kilometre


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
def campaign() -> Campaign:
    return Campaign(audit_percent=0)


@pytest.fixture
def honest(campaign: Campaign) -> Proof:
    return proof(campaign)


def moved(km: float, **more: Any) -> dict[str, Any]:
    """So far north of the store."""
    return {**HERE, "latitude": 31.2305 + km * NORTH, **more}


def found(code: str, **facts: Any) -> dict[str, Any]:
    return {"findings": [{"code": code, "facts": facts}]}


def without_code(one: Proof) -> None:
    one.spoil(challenge=None)


def with_a_code_that_nobody_drew(one: Proof) -> None:
    one.spoil(challenge="ZZZZ")


def with_another_persons_code(one: Proof) -> None:
    one.spoil(person=make.person(one.campaign.agency, "field").public_id)


def with_a_code_of_another_phone(one: Proof) -> None:
    one.spoil(device="device-of-a-friend")


def with_a_code_of_another_store(one: Proof) -> None:
    (other,) = challenges.draw(one.campaign.field, [one.campaign.claim().public_id])
    one.spoil(challenge=other.code)


def with_a_code_of_another_promotion_of_this_store(one: Proof) -> None:
    other = claims.promotion(one.campaign.brand)
    partner = claims.participation(other, one.campaign.distributor)
    place = claims.site(partner, one.claim.site_organisation, one.campaign.agency)
    (code,) = challenges.draw(one.campaign.field, [claims.claim(place).public_id])
    one.spoil(challenge=code.code)


def taken_a_day_after_its_code(one: Proof) -> None:
    taken = clock.now() + timedelta(hours=25)
    one.spoil(captured_at=taken, recorded_at=taken)
    Challenge.update(used_at=taken + timedelta(hours=1)).execute()


def received_three_days_after_its_code(one: Proof) -> None:
    one.spoil(captured_at=clock.now() + timedelta(hours=20), recorded_at=clock.now() + timedelta(hours=73))
    Challenge.update(used_at=clock.now() + timedelta(hours=80)).execute()


def with_a_code_that_was_used_before(_one: Proof) -> None:
    Challenge.update(used_at=clock.now() - timedelta(seconds=1)).execute()


def sent_before_exactly(one: Proof) -> None:
    one.spoil(**found("seen_before_exactly", photo="img_1", same_brand=False))


def one_picture_for_two_shots(one: Proof) -> None:
    one.spoil(2, sha256=one.photos[0].sha256)


def of_another_claim(one: Proof) -> None:
    """The paper with its code stood in it, but it was taken for another store and is only named here."""
    other = proof(one.campaign)
    names = by_shot(one.photos)
    one.change(photos={**names, "poster": [other.photos[2].public_id]})


def of_another_company(one: Proof) -> None:
    one.spoil(organisation=one.campaign.distributor.id)


def of_nobody(one: Proof) -> None:
    one.photos[0].delete_instance()


def after_the_last_day(_one: Proof) -> None:
    Promotion.update(ends_on=date(2026, 11, 21)).execute()


def before_the_first_day(_one: Proof) -> None:
    Promotion.update(starts_on=date(2026, 11, 23)).execute()


def looks_like_another(one: Proof) -> None:
    one.spoil(**found("seen_before", photo="img_1", same_brand=True, bits=4))


def far_from_the_store(one: Proof) -> None:
    one.change(place=moved(1))


def one_photo_far_from_the_store(one: Proof) -> None:
    one.spoil(1, place=moved(1))


def without_a_place(one: Proof) -> None:
    one.change(place=None)


def with_a_place_that_says_nothing(one: Proof) -> None:
    one.change(place=moved(0, accuracy_m=PLACE_UNKNOWN_FROM_M))


def kept_for_four_days(one: Proof) -> None:
    one.spoil(captured_at=clock.now() - timedelta(hours=96))
    Challenge.update(issued_at=clock.now() - timedelta(hours=97)).execute()


def taken_before_its_code(one: Proof) -> None:
    one.spoil(captured_at=clock.now() - timedelta(minutes=30))


def far_away_an_hour_ago(one: Proof) -> None:
    elsewhere = proof(one.campaign)
    Site.update(place=None).where(Site.id == elsewhere.claim.site_id).execute()
    elsewhere.change(place=moved(800))
    for number in range(3):
        at = clock.now() - timedelta(hours=1)
        elsewhere.spoil(number, captured_at=at, recorded_at=at)


def at_another_store_in_the_same_seconds(one: Proof) -> None:
    elsewhere = proof(one.campaign)
    Site.update(place=None).where(Site.id == elsewhere.claim.site_id).execute()


def from_the_album_where_that_is_not_allowed(one: Proof) -> None:
    one.spoil(source=ALBUM)


def of_a_screen(one: Proof) -> None:
    one.spoil(**found("screen_like"))


def that_cannot_be_opened(one: Proof) -> None:
    one.spoil(state=UNREADABLE, **found("unreadable", why="broken"))


def that_nobody_checked(one: Proof) -> None:
    one.spoil(state=RECEIVED)


def poor_in_every_way(one: Proof) -> None:
    for number, code in enumerate(("blurred", "dark", "too_small")):
        one.spoil(number, **found(code))


FRAUDS: dict[Callable[[Proof], None], str] = {
    without_code: "challenge_missing",
    with_a_code_that_nobody_drew: "challenge_unknown",
    with_another_persons_code: "challenge_unknown",
    with_a_code_of_another_phone: "challenge_unknown",
    with_a_code_of_another_store: "challenge_unknown",
    with_a_code_of_another_promotion_of_this_store: "challenge_unknown",
    taken_a_day_after_its_code: "challenge_expired",
    received_three_days_after_its_code: "challenge_expired",
    with_a_code_that_was_used_before: "challenge_used",
    sent_before_exactly: "seen_before_exactly",
    one_picture_for_two_shots: "seen_before_exactly",
    of_another_claim: "wrong_owner",
    of_another_company: "wrong_owner",
    of_nobody: "wrong_owner",
    after_the_last_day: "outside_window",
    before_the_first_day: "outside_window",
    looks_like_another: "seen_before",
    far_from_the_store: "place_far",
    one_photo_far_from_the_store: "place_far",
    without_a_place: "place_refused",
    with_a_place_that_says_nothing: "place_unknown",
    kept_for_four_days: "late_capture",
    taken_before_its_code: "taken_before_code",
    far_away_an_hour_ago: "impossible_travel",
    at_another_store_in_the_same_seconds: "two_places",
    from_the_album_where_that_is_not_allowed: "album_not_allowed",
    of_a_screen: "screen_like",
    that_cannot_be_opened: "unreadable",
    that_nobody_checked: "unchecked",
    poor_in_every_way: "blurred",
}
every_fraud = pytest.mark.parametrize("fraud", FRAUDS, ids=lambda fraud: fraud.__name__)


def test_an_honest_proof_shows_nothing_odd(honest: Proof) -> None:
    verdict = honest.score()
    assert verdict.reasons == []
    assert (verdict.score, verdict.is_held) == (0, False)
    assert verdict.may_pay_by_itself
    assert verdict.distance_m == 15


@every_fraud
def test_a_fraud_is_found_and_never_pays_by_itself(honest: Proof, fraud: Callable[[Proof], None]) -> None:
    fraud(honest)
    verdict = honest.score()
    code = FRAUDS[fraud]
    assert code in {reason["code"] for reason in verdict.reasons}
    assert verdict.is_held == (FINDINGS[code].level == "hold")
    assert not verdict.may_pay_by_itself
    assert verdict.score >= 30


@every_fraud
def test_each_rule_is_needed(honest: Proof, fraud: Callable[[Proof], None]) -> None:
    """The planted fault: skip the rule that finds it, and it pays."""
    fraud(honest)
    rest = [reason["code"] for reason in honest.score().reasons if reason["code"] != FRAUDS[fraud]]
    assert findings.may_pay_by_itself(rest), rest


def test_every_reason_but_hints_has_a_fraud_that_shows_it() -> None:
    told = {code for code, finding in FINDINGS.items() if finding.level != HINT}
    assert told <= set(FRAUDS.values())


@every_fraud
def test_every_reason_says_which_photo_and_reads_as_a_sentence(honest: Proof, fraud: Callable[[Proof], None]) -> None:
    fraud(honest)
    keys = {photo.key for photo in EvidencePhoto.select()}
    for reason in honest.score().reasons:
        assert set(reason) <= {"code", "photo", "facts"}
        assert reason.get("photo") in {None, *keys}
        sentence = findings.sentence(reason["code"], reason["facts"])
        assert "?" not in sentence.en
        assert "?" not in sentence.zh


class TestWhatIsHonestStaysHonest:
    def test_a_photo_kept_from_an_earlier_round(self, honest: Proof) -> None:
        """Its code was used with that round; the redo has a code of its own."""
        later = clock.now() + timedelta(hours=5)
        with clock.frozen(later):
            (code,) = challenges.draw(honest.campaign.field, [honest.claim.public_id])
            again = claims.photo(honest.claim, honest.campaign.field.person or "", challenge=code.code)
            challenges.use(honest.claim.public_id, [code.code], clock.now())
        names = by_shot([*honest.photos[:2], again])
        honest.change(photos=names, round=2)
        assert honest.codes() == set()

    def test_the_same_photo_named_for_one_shot_only_once(self, honest: Proof) -> None:
        """A photo that was sent again under another id and is named no more."""
        claims.photo(honest.claim, sha256=honest.photos[0].sha256)
        assert honest.codes() == set()

    def test_photos_that_waited_two_days_for_a_signal(self, honest: Proof) -> None:
        for number in range(3):
            arrived = clock.now() + timedelta(hours=50, seconds=number)
            honest.spoil(number, recorded_at=arrived)
        Challenge.update(used_at=clock.now() + timedelta(hours=51)).execute()
        assert honest.codes() == set()

    def test_photos_that_all_arrive_at_once_were_not_all_taken_at_once(self, honest: Proof) -> None:
        for number in range(3):
            honest.spoil(number, recorded_at=clock.now() + timedelta(hours=1))
        Challenge.update(used_at=clock.now() + timedelta(hours=2)).execute()
        assert honest.codes() == set()

    def test_a_phone_on_the_other_map(self, honest: Proof) -> None:
        honest.change(place={"latitude": 31.22849, "longitude": 121.47825, "accuracy_m": 20, "system": "gcj02"})
        verdict = honest.score()
        assert verdict.reasons == []
        assert verdict.distance_m is not None
        assert verdict.distance_m < 60

    def test_a_phone_that_is_unsure_by_as_much_as_it_is_off(self, honest: Proof) -> None:
        honest.change(place=moved(0.6, accuracy_m=450))
        assert honest.codes() == set()

    def test_a_day_that_has_begun_at_the_store_though_not_here(self, campaign: Campaign) -> None:
        Promotion.update(starts_on=date(2026, 11, 22)).execute()
        with clock.frozen(NOON - timedelta(hours=11, minutes=50)):  # ten past midnight in Shanghai, the 21st in UTC
            assert proof(campaign).codes() == set()

    def test_the_last_minute_of_the_last_day_sent_two_days_later(self, campaign: Campaign) -> None:
        Promotion.update(ends_on=date(2026, 11, 22)).execute()
        with clock.frozen(NOON + timedelta(hours=11, minutes=55)):
            sent = proof(campaign)
            sent.spoil(recorded_at=clock.now() + timedelta(hours=48))
            Challenge.update(used_at=clock.now() + timedelta(hours=49)).execute()
            assert sent.codes() == set()

    def test_a_clock_that_is_a_few_minutes_off(self, honest: Proof) -> None:
        honest.spoil(0, captured_at=clock.now() + timedelta(minutes=8))
        honest.spoil(1, captured_at=clock.now() - timedelta(minutes=8))
        assert honest.codes() == set()

    def test_two_promotions_of_one_store_at_the_same_time(self, honest: Proof) -> None:
        other = claims.promotion(honest.campaign.brand)
        partner = claims.participation(other, honest.campaign.distributor)
        place = claims.site(partner, honest.claim.site_organisation, honest.campaign.agency)
        proof(honest.campaign, claims.claim(place))
        assert honest.codes() == set()

    def test_two_stores_of_one_street(self, honest: Proof) -> None:
        proof(honest.campaign)
        assert honest.codes() == set()

    def test_a_day_of_many_stores(self, campaign: Campaign) -> None:
        """Ten stores in a row, three kilometres and twelve minutes apart."""
        sent = []
        for number in range(10):
            with clock.frozen(NOON + timedelta(minutes=12 * number)):
                one = proof(campaign)
                where = moved(3 * number)
                Site.update(place=where).where(Site.id == one.claim.site_id).execute()
                one.change(place=where)
                sent.append(one)
        assert [one.codes() for one in sent] == [set()] * 10

    def test_a_train_to_the_next_city(self, honest: Proof) -> None:
        with clock.frozen(NOON + timedelta(hours=4, minutes=30)):
            beijing = proof(honest.campaign)
            where = {"latitude": 39.9042, "longitude": 116.4074, "accuracy_m": 50, "system": "wgs84"}
            Site.update(place=where).where(Site.id == beijing.claim.site_id).execute()
            beijing.change(place=where)
            assert beijing.codes() == set()


class TestHints:
    """Each says something, and none keeps the money back by itself."""

    @pytest.mark.parametrize("code", ["blurred", "dark", "too_small"])
    def test_a_poor_photo(self, honest: Proof, code: str) -> None:
        honest.spoil(**found(code))
        assert honest.codes() == {code}
        assert honest.score().may_pay_by_itself

    def test_the_album_where_it_is_allowed(self, honest: Proof) -> None:
        Promotion.update(shots=[{**shot, "album": True} for shot in claims.SHOTS]).execute()
        honest.spoil(source=ALBUM)
        assert honest.codes() == {"album"}
        assert honest.score().may_pay_by_itself

    def test_fewer_pixels_than_the_shot_wants(self, honest: Proof) -> None:
        Promotion.update(shots=[{**shot, "min_pixels": 2_000_000} for shot in claims.SHOTS]).execute()
        honest.spoil(1, width=2000, height=1500)
        honest.spoil(2, width=2000, height=1500)
        assert [(one["code"], one.get("photo")) for one in honest.score().reasons] == [
            ("too_small", honest.photos[0].key)
        ]

    def test_a_store_that_is_nowhere_on_the_map(self, honest: Proof) -> None:
        Site.update(place=None).execute()
        assert honest.codes() == {"site_unknown"}
        assert honest.score().distance_m is None
        assert honest.score().may_pay_by_itself

    def test_a_clock_that_is_ahead(self, honest: Proof) -> None:
        honest.spoil(captured_at=clock.now() + timedelta(minutes=40))
        assert [(one["code"], one["facts"]) for one in honest.score().reasons] == [("clock_off", {"minutes": 40})]
        assert honest.score().may_pay_by_itself

    def test_many_photos_within_seconds(self, honest: Proof) -> None:
        code = honest.photos[0].challenge
        more = [
            claims.photo(honest.claim, honest.campaign.field.person or "", challenge=code, conversation="cnv_1")
            for _ in range(5)
        ]
        honest.change(photos={"shelf": [photo.public_id for photo in more]})
        assert honest.codes() == {"burst"}
        assert honest.score().may_pay_by_itself


def test_a_place_of_the_photos_stands_where_the_person_gave_none_for_the_claim(honest: Proof) -> None:
    honest.change(place=None)
    honest.spoil(1, place=HERE)
    assert honest.codes() == set()


def test_a_strangers_photos_say_nothing_about_where_this_person_was(honest: Proof) -> None:
    stranger = make.actor_for(make.person(honest.campaign.agency, "field"), honest.campaign.agency)
    elsewhere = proof(honest.campaign, actor=stranger)
    Site.update(place=None).where(Site.id == elsewhere.claim.site_id).execute()
    elsewhere.change(place=moved(800))
    assert honest.codes() == set()


def test_claims_are_at_one_place_when_they_are_of_one_store(campaign: Campaign) -> None:
    one, other = campaign.claim(), campaign.claim()
    assert not routes.at_one_place(one.public_id, other.public_id)
    Claim.update(site_organisation=one.site_organisation_id).where(Claim.id == other.id).execute()
    assert routes.at_one_place(one.public_id, other.public_id)
    assert not routes.at_one_place(one.public_id, "clm_unknown")
