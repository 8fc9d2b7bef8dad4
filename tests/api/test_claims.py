"""Claims at the doors: everything for the brand's system, words and one's own money for the people on their phones."""

from datetime import date
from typing import Any

import pytest

from api.brand.claim_schemas import ClaimSchema, WholeClaimSchema
from api.phone.schemas import PhoneClaimSchema
from config import clock
from tests import claims, make
from tests.api.conftest import Caller, World
from workflows.domain.claims.records import Claim, SettlementLine

BRAND, PHONE = "/api/v1/brand/claims", "/api/v1/phone/claims"
DOUBT = {"code": "place_far", "facts": {"distance_m": 900, "radius_m": 200}}


class Doors:
    """A brand's campaign, and the phones of everybody around it."""

    def __init__(self, world: World) -> None:
        self.world, self.brand = world, world.brand
        self.distributor = make.distributor(self.brand, "D-1")
        self.agency = make.partner(self.brand, "agency", "AG-1")
        self.promotion = claims.promotion(self.brand, "PROMO-1")
        self.joined = claims.participation(self.promotion, self.distributor)

    def claim(self, store: str, **facts: Any) -> Claim:
        """A claim of a store: the distributor is paid, the agency proves."""
        at = claims.site(self.joined, make.partner(self.brand, "store", store), self.agency)
        return claims.claim(at, **{"amount": 200_00, **facts})

    def phone(self, kind: str, role: str = "owner") -> Caller:
        """The phone of somebody of the distributor, of the agency, or of the store ST-1."""
        at = {"distributor": self.distributor, "agency": self.agency}.get(kind)
        return self.world.phone(make.person(at or make.partner(self.brand, "store", "ST-1"), role))


@pytest.fixture
def doors(world: World) -> Doors:
    return Doors(world)


def items(answer: Any) -> list[dict[str, Any]]:
    """What a list shows."""
    assert answer.status_code == 200, answer.json
    found: list[dict[str, Any]] = answer.json["items"]
    return found


class TestAtTheBrandsDoor:
    def test_one_claim_says_what_was_sent_found_and_decided(self, doors: Doors) -> None:
        claim = doors.claim("ST-1", state="redo", round=1, score=50, reasons=[DOUBT], redo=["poster"])
        photo = claims.photo(claim, step="shot_poster")
        claim.photos = {"poster": [photo.public_id]}
        claim.save()
        claims.decision(claim, "redo", by="per_1", text="The price is hidden", shots=["poster"])

        found: Any = doors.world.system().get(f"{BRAND}/{claim.public_id}").json
        assert WholeClaimSchema().validate(found) == {}
        assert (found["store"], found["partner"], found["prover"]) == ("ST-1", "D-1", "AG-1")
        assert (found["amount"], found["currency"], found["approved_amount"]) == ("200.00", "CNY", None)
        assert found["reasons"][0]["code"] == "place_far"
        assert "900 m" in found["reasons"][0]["text"]["en"]
        assert [one["id"] for one in found["photos"]["poster"]] == [photo.key]
        assert [(one["kind"], one["shots"]) for one in found["decisions"]] == [("redo", ["poster"])]

    def test_lists_are_narrowed_and_come_page_by_page(self, doors: Doors) -> None:
        for number in range(5):
            doors.claim(f"ST-{number}", state="approved" if number == 4 else "to_prove")
        system = doors.world.system()
        for query, count in (
            ("", 5),
            ("?state=approved", 1),
            ("?promotion=PROMO-1", 5),
            ("?promotion=other", 0),
            ("?partner=D-1&state=to_prove", 4),
            ("?partner=AG-1", 0),
        ):
            assert len(items(system.get(f"{BRAND}{query}"))) == count, query
        first = system.get(f"{BRAND}?limit=3").json
        second = system.get(f"{BRAND}?limit=3&after={first['next']}").json  # type: ignore[index]
        stores = [one["store"] for page in (first, second) for one in page["items"]]  # type: ignore[index]
        assert stores == [f"ST-{number}" for number in range(5)]
        assert ClaimSchema().validate(first["items"][0]) == {}  # type: ignore[index]

    def test_another_brand_and_another_scope_see_nothing(self, doors: Doors) -> None:
        claim = doors.claim("ST-1")
        stranger = doors.world.system(brand=make.brand())
        assert items(stranger.get(BRAND)) == []
        assert stranger.get(f"{BRAND}/{claim.public_id}").status_code == 404
        assert doors.world.system("orders:read").get(BRAND).status_code == 403


class TestOnThePhone:
    def test_the_partner_reads_state_reasons_and_its_money_in_words(self, doors: Doors) -> None:
        claim = doors.claim("ST-1", state="in_review", reasons=[DOUBT])
        (found,) = items(doors.phone("distributor").get(PHONE, Accept_Language="en"))
        assert PhoneClaimSchema().validate(found) == {}
        assert (found["id"], found["promotion"]) == (claim.public_id, "Autumn display")
        assert (found["state_text"], found["amount"]) == ("Sent, with the brand's reviewer", "CNY 200.00")
        assert found["reasons"] == [
            "The phone was 900 m from the place; 200 m are allowed. Take and send the proof at the place itself."
        ]

    def test_who_proves_and_whose_store_it_is_read_the_state_without_the_distributors_money(self, doors: Doors) -> None:
        doors.claim("ST-1", state="approved", approved_amount=150_00)
        for kind, roles in (("agency", ("owner", "field")), ("store", ("owner", "field"))):
            for role in roles:
                (found,) = items(doors.phone(kind, role).get(PHONE, Accept_Language="en"))
                assert found["state_text"] == "Approved"
                assert found.get("amount") is None
                assert "150" not in str(found)

    def test_a_distributors_field_people_read_no_money(self, doors: Doors) -> None:
        doors.claim("ST-1")
        (found,) = items(doors.phone("distributor", "field").get(PHONE))
        assert "amount" not in found

    def test_what_is_paid_says_so(self, doors: Doors) -> None:
        claim = doors.claim("ST-1", state="approved", approved_amount=150_00)
        pay(claim)
        (found,) = items(doors.phone("distributor").get(PHONE, Accept_Language="en"))
        assert (found["state_text"], found["amount"]) == ("Approved and paid", "CNY 150.00")
        assert found["paid_on"] == "2026-12-01"

    def test_a_reviewers_word_comes_first_and_what_is_settled_has_no_reasons(self, doors: Doors) -> None:
        claim = doors.claim("ST-1", state="rejected", reasons=[DOUBT])
        claims.decision(claim, "reject", by="per_1", reason="no_code", text="Not our poster")
        doors.claim("ST-2", state="approved", reasons=[DOUBT])
        newest, first = items(doors.phone("distributor").get(PHONE, Accept_Language="en"))
        assert newest["reasons"] == []
        assert first["reasons"][:2] == ["The code is not in the photos", "Not our poster"]

    def test_it_comes_newest_first_page_by_page(self, doors: Doors) -> None:
        for number in range(3):
            doors.claim(f"ST-{number}")
        phone = doors.phone("agency")
        first: Any = phone.get(f"{PHONE}?limit=2").json
        second: Any = phone.get(f"{PHONE}?limit=2&after={first['next']}").json
        names = [one["store"] for one in (*first["items"], *second["items"])]
        assert [name.split()[0] for name in names] == ["ST-2", "ST-1", "ST-0"]
        assert second["next"] is None

    def test_a_stranger_sees_nothing_and_a_supplier_may_not_ask(self, doors: Doors) -> None:
        doors.claim("ST-1")
        rival = make.partner(doors.brand, "agency", "AG-2")
        assert items(doors.world.phone(make.person(rival, "field")).get(PHONE)) == []
        assert doors.world.phone().get(PHONE).status_code == 403


def pay(claim: Claim) -> None:
    """The claim's line, paid by the brand's books."""
    decision = claims.decision(claim, "approve", amount=150_00)
    SettlementLine.create(
        public_id="stl_1",
        brand=claim.brand,
        promotion=claim.promotion_id,
        claim=claim.id,
        decision=decision.id,
        partner=claim.partner_id,
        site_organisation=claim.site_organisation_id,
        amount=150_00,
        currency="CNY",
        paid_on=date(2026, 12, 1),
        created_at=clock.now(),
    )
