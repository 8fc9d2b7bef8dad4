"""From the photos of a store to the money of its partner: proved, checked, sent back in part, approved by two, paid."""

from collections.abc import Iterator
from typing import Any

import pytest

from config import clock, database
from notifications import outbox
from tests.chat import Chat
from tests.proving import DAY, HERE, Proving, checked
from workflows.domain.access import Actor
from workflows.domain.claims import checking, settling
from workflows.domain.claims.records import Claim, SettlementLine
from workflows.domain.evidence.records import EvidencePhoto
from workflows.engine.registry import use_flows
from workflows.flows import all_flows


@pytest.fixture
def proving(db: None) -> Iterator[Proving]:  # noqa: ARG001 - the database it lives in
    use_flows(all_flows())
    with clock.frozen(DAY):
        yield Proving(second_above=100_00)


def weigh(proving: Proving) -> Claim:
    """The photos were looked at and nothing was found; then the proof is weighed."""
    for photo in EvidencePhoto.select():
        checked(photo.public_id)
    with database.transaction():
        checking.check_claim({"claim": proving.asked.id, "round": proving.asked.round})
    return proving.asked


def review(proving: Proving, who: Actor, *said: Any) -> Chat:
    chat = Chat(who, proving.task.public_id).reply("yes")
    for value in said:
        chat.reply(value)
    return chat.reply(True).is_done()


def test_one_shot_is_taken_again_and_two_people_approve(proving: Proving) -> None:
    proving.prove()
    assert weigh(proving).state == "in_review"
    kept = proving.asked.photos["shelf"]
    review(proving, proving.reviewer, "redo", ["poster"], "Closer, please")
    assert (proving.asked.state, proving.task.taken_by) == ("redo", proving.field.person)
    again = proving.chat().says("The poster", "Closer, please")
    again.reply("allow").reply(HERE).reply(proving.photos(again.turn, "poster", 1)).reply(True).is_done()

    assert weigh(proving).state == "in_review"
    assert (proving.asked.round, proving.asked.photos["shelf"]) == (2, kept)
    review(proving, proving.reviewer, "approve")
    Chat(proving.reviewer, proving.task.public_id).reply("yes").is_refused("same_reviewer")
    review(proving, proving.colleague, "approve")

    (line,) = SettlementLine.select()
    assert (proving.asked.state, line.amount, line.partner_id) == ("approved", 200_00, proving.distributor.id)
    assert list(settling.verify(proving.brand.id)) == []
    assert [one.type for one in proving.events() if one.type.startswith(("claim", "settle"))] == [
        "claim.sent",
        *_held(proving),
        "claim.review-asked",
        "claim.redo-asked",
        "claim.sent",
        *_held(proving),
        "claim.review-asked",
        "claim.first-approved",
        "claim.approved",
        "settlement.made",
    ]
    told = outbox.notices_of(proving.owner.person or "", str(proving.distributor.id), 5)
    assert [row.payload["outcome"]["en"] for row in told] == ["Approved: CNY 200.00", "To be taken again: The poster"]


def _held(proving: Proving) -> list[str]:
    """The photos of these tests carry no code, which alone holds a proof."""
    return ["claim.held"] if proving.asked.is_held else []
