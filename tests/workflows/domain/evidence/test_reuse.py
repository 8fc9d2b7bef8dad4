"""A picture that was used before is named, whoever used it; taking one again for the same proof is no reuse."""

from datetime import timedelta

import pytest

from config import clock, database
from tests import claims
from tests.claims import Campaign
from workflows.domain.claims import routes
from workflows.domain.claims.records import Claim
from workflows.domain.evidence import challenges, likeness, reuse
from workflows.domain.evidence.imaging.inspection import Print
from workflows.domain.evidence.imaging.likeness import MOST_BITS, WHOLE
from workflows.domain.evidence.records import RECEIVED, EvidencePhoto
from workflows.domain.evidence.reuse import EXACTLY, NEARLY, ONE_PLACE_BITS

pytestmark = pytest.mark.usefixtures("db")
BITS = 0x5A3C_96E1_0F78_D2B4


def seen(photo: EvidencePhoto) -> list[tuple[str, str]]:
    """What the check says of a photo's bytes: the code, and which other photo it names."""
    with database.transaction():
        found = reuse.same_bytes(EvidencePhoto.get_by_id(photo.id))
    return [(one["code"], one["facts"]["photo"]) for one in found]


def note(photo: EvidencePhoto) -> None:
    """Write down what is found of a photo, as its check does."""
    EvidencePhoto.update(state="checked", findings=reuse.same_bytes(photo)).where(
        EvidencePhoto.id == photo.id
    ).execute()


class TestTheSameBytes:
    def test_for_another_store_are_named(self, campaign: Campaign) -> None:
        first = claims.photo(campaign.claim())
        again = claims.photo(campaign.claim(), sha256=first.sha256)
        assert seen(again) == [(EXACTLY, first.key)]
        assert seen(claims.photo(campaign.claim())) == []

    def test_of_another_brand_are_named_and_their_owner_is_not(self, campaign: Campaign) -> None:
        theirs = claims.photo(Campaign().claim())
        again = claims.photo(campaign.claim(), sha256=theirs.sha256)
        (found,) = reuse.same_bytes(again)
        assert found == {"code": EXACTLY, "facts": {"photo": theirs.key, "same_brand": False}}

    def test_one_that_the_reviewer_may_see_is_named_before_others(self, campaign: Campaign) -> None:
        theirs = claims.photo(Campaign().claim())
        own = claims.photo(campaign.claim(), sha256=theirs.sha256)
        assert seen(claims.photo(campaign.claim(), sha256=theirs.sha256)) == [(EXACTLY, own.key)]

    def test_taken_again_within_one_conversation_are_no_reuse(self, campaign: Campaign) -> None:
        claim = campaign.claim()
        first = claims.photo(claim, conversation="cnv_1")
        assert seen(claims.photo(claim, sha256=first.sha256, conversation="cnv_1")) == []

    def test_carried_into_a_conversation_that_took_the_others_place_are_no_reuse(self, campaign: Campaign) -> None:
        claim = campaign.claim()
        first = claims.photo(claim, conversation="cnv_1", challenge="7K3P")
        assert seen(claims.photo(claim, sha256=first.sha256, conversation="cnv_2")) == []

    def test_sent_once_more_when_the_reviewer_asked_for_a_new_picture_are_named(self, campaign: Campaign) -> None:
        claim = campaign.claim()
        (code,) = challenges.draw(campaign.field, [claim.public_id])
        first = claims.photo(claim, conversation="cnv_1", challenge=code.code)
        challenges.use(claim.public_id, [code.code], clock.now())
        again = claims.photo(claim, sha256=first.sha256, conversation="cnv_2")
        assert seen(again) == [(EXACTLY, first.key)]

    def test_the_one_that_came_first_is_not_blamed_for_the_copy(self, campaign: Campaign) -> None:
        first = claims.photo(campaign.claim(), state=RECEIVED)
        copy = claims.photo(campaign.claim(), sha256=first.sha256, state=RECEIVED)
        assert seen(first) == []
        note(copy)
        assert seen(first) == []
        assert seen(copy) == [(EXACTLY, first.key)]

    def test_the_first_is_named_where_the_copy_was_checked_before_it_could_be_seen(self, campaign: Campaign) -> None:
        """On a server, a row may take its number first and be there last."""
        late = claims.photo(campaign.claim(), state=RECEIVED)
        copy = claims.photo(campaign.claim(), sha256=late.sha256, findings=[])
        assert seen(late) == [(EXACTLY, copy.key)]


def kept(claim: Claim, off: int = 0, **facts: object) -> EvidencePhoto:
    """A photo whose print is that many bits away from BITS."""
    photo = claims.photo(claim, **facts)
    likeness.keep(photo.id, [Print(WHOLE, BITS ^ (1 << off) - 1)])
    return photo


def looks(photo: EvidencePhoto, off: int = 0) -> list[tuple[str, str]]:
    found = reuse.same_look(photo, [Print(WHOLE, BITS ^ (1 << off) - 1)], routes.at_one_place)
    return [(one["code"], one["facts"]["photo"]) for one in found]


class TestNearlyTheSameLook:
    @pytest.mark.parametrize("off", [0, MOST_BITS])
    def test_for_another_store_is_named(self, campaign: Campaign, off: int) -> None:
        first = kept(campaign.claim())
        assert looks(kept(campaign.claim(), off), off) == [(NEARLY, first.key)]

    def test_one_bit_more_is_another_picture(self, campaign: Campaign) -> None:
        kept(campaign.claim())
        assert looks(kept(campaign.claim(), MOST_BITS + 1), MOST_BITS + 1) == []

    def test_within_one_claim_is_the_same_shelf(self, campaign: Campaign) -> None:
        claim = campaign.claim()
        kept(claim, conversation="cnv_1")
        assert looks(kept(claim, conversation="cnv_1")) == []
        assert looks(kept(claim, conversation="cnv_2")) == []

    def test_for_another_promotion_of_the_store_is_named_only_if_it_is_hardly_another_picture(
        self, campaign: Campaign
    ) -> None:
        claim = campaign.claim()
        other = claims.participation(claims.promotion(campaign.brand), campaign.distributor)
        here = claims.claim(claims.site(other, claim.site_organisation, campaign.agency))
        first = kept(claim)
        assert looks(kept(here, ONE_PLACE_BITS + 1), ONE_PLACE_BITS + 1) == []
        assert looks(kept(here, ONE_PLACE_BITS), ONE_PLACE_BITS) == [(NEARLY, first.key)]

    def test_says_of_another_brand_only_that_it_is_another(self, campaign: Campaign) -> None:
        theirs = kept(Campaign().claim())
        photo = kept(campaign.claim(), 2)
        found = reuse.same_look(photo, [Print(WHOLE, BITS ^ 3)], routes.at_one_place)
        assert found == [{"code": NEARLY, "facts": {"photo": theirs.key, "same_brand": False}}]

    def test_one_that_the_reviewer_may_see_is_named_before_a_nearer_one(self, campaign: Campaign) -> None:
        kept(Campaign().claim())
        own, farther = kept(campaign.claim(), 2), kept(campaign.claim(), 4)
        assert looks(kept(campaign.claim())) == [(NEARLY, own.key)]
        assert own.key != farther.key

    def test_of_the_same_bytes_is_said_once(self, campaign: Campaign) -> None:
        first = kept(campaign.claim())
        assert looks(kept(campaign.claim(), sha256=first.sha256)) == []

    def test_the_one_that_came_first_is_not_blamed_once_the_copy_is(self, campaign: Campaign) -> None:
        first = kept(campaign.claim(), recorded_at=clock.now() - timedelta(minutes=1))
        copy = kept(campaign.claim())
        assert looks(first) == [(NEARLY, copy.key)]  # nobody has said it of the copy yet
        EvidencePhoto.update(findings=[{"code": NEARLY, "facts": {}}]).where(EvidencePhoto.id == copy.id).execute()
        assert looks(first) == []
