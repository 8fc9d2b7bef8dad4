"""Forgets where people were, on schedule and on demand: on claims, on their photos, and in what was answered.

What became of a place, its distance from the store, stays on the claim. In an answer only how exact the place was is left, so
that the transcript reads as before; the fingerprint of the answer as it arrived goes too: a place could be found out by trying.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import peewee

from config import database
from config.forgetting import Slice
from workflows.domain.claims.records import Claim
from workflows.domain.evidence.records import EvidencePhoto
from workflows.engine.records import FORGOTTEN, IS_ASKING, AnswerRecord, Conversation

_AT_ONCE = 100  # of a claim there may be dozens of photos and several conversations
PLACE, LATITUDE = "place", "latitude"
# As text: only what still holds a place is looked into.
_LIKE = peewee.Value(f'%"{LATITUDE}"%', converter=False)
_HOLDS_PLACE = peewee.Expression(Conversation.answers, "ILIKE", _LIKE)
# A place that was taken back stands in no answer that counts, but still among those that arrived.
_TAKEN = AnswerRecord.select(AnswerRecord.id).where(
    AnswerRecord.conversation == Conversation.id, peewee.Expression(AnswerRecord.value, "ILIKE", _LIKE)
)
_HELD_PLACE = _HOLDS_PLACE | peewee.fn.EXISTS(_TAKEN)
_HOLDS_PLACE_IN_FACTS = peewee.Expression(Claim.facts, "ILIKE", _LIKE)
_PROVED = EvidencePhoto.select(EvidencePhoto.organisation).where(EvidencePhoto.subject_id == Claim.public_id)
_ANSWERED = Conversation.select(Conversation.id).where(
    Conversation.organisation.in_(_PROVED), Conversation.subject_id == Claim.public_id, _HOLDS_PLACE
)
_HAS_PLACE = Claim.place.is_null(is_null=False)
# Refused when a shot was taken again, it still stands in the answers of the round before.
_HAD_PLACE = Claim.place.is_null() & (Claim.round > 1) & peewee.fn.EXISTS(_ANSWERED)


def forget_decided(before: datetime, after: int) -> Slice:
    """Forget a slice of the places of proofs decided before a moment."""
    return _forget_of_claims(_HAS_PLACE & (Claim.decided_at < before), after)


def forget_sent(before: datetime, after: int) -> Slice:
    """Forget a slice of the places of proofs sent before a moment, decided or not."""
    return _forget_of_claims(_HAS_PLACE & (Claim.sent_at < before), after)


def forget_earlier(before: datetime, after: int) -> Slice:
    """Forget a slice of the places of proofs decided before a moment that were given in an earlier round, and later refused."""
    return _forget_of_claims(_HAD_PLACE & (Claim.decided_at < before), after)


def forget_facts(before: datetime, after: int) -> Slice:
    """Forget a slice of the places in answers to the brand's own questions, and in those of earlier rounds.

    No index helps; few promotions ask for a place, and few people refuse what they have given before.
    """
    return _forget_of_claims((_HOLDS_PLACE_IN_FACTS | _HAD_PLACE) & (Claim.sent_at < before), after)


def forget_unsent(before: datetime, after: int) -> Slice:
    """Forget a slice of the places in conversations that nobody went on with since a moment."""
    old = Conversation.select().where(Conversation.id > after, IS_ASKING, Conversation.updated_at < before, _HELD_PLACE)
    with database.transaction():
        found = list(old.order_by(Conversation.id).limit(_AT_ONCE))
        _forget_answers(found)
    return _slice([one.id for one in found])


def forget_of_person(person: str) -> None:
    """Forget every place at which one person was."""
    Claim.update(place=None).where(Claim.sent_by == person).execute()
    EvidencePhoto.update(place=None, device="").where(EvidencePhoto.person == person).execute()
    answered = AnswerRecord.select(AnswerRecord.conversation).where(AnswerRecord.person == person)
    _forget_answers(Conversation.select().where(Conversation.id.in_(answered), _HELD_PLACE), person)
    begun = (Conversation.holder == person) | (Conversation.opened_by == person)
    _forget_answers(Conversation.select().where(begun, _HELD_PLACE), person)


def _forget_of_claims(where: peewee.Expression, after: int) -> Slice:
    old = Claim.select().where(Claim.id > after, where)
    with database.transaction():
        found = list(old.order_by(Claim.id).limit(_AT_ONCE))
        for claim in found:
            _forget_of_claim(claim)
    return _slice([claim.id for claim in found])


def _forget_of_claim(claim: Claim) -> None:
    photos = EvidencePhoto.subject_id == claim.public_id
    provers = {row.organisation for row in EvidencePhoto.select(EvidencePhoto.organisation).where(photos).distinct()}
    facts = {key: _exactness(value) for key, value in claim.facts.items()}
    Claim.update(place=None, facts=facts).where(Claim.id == claim.id).execute()
    EvidencePhoto.update(place=None).where(photos, EvidencePhoto.place.is_null(is_null=False)).execute()
    held = Conversation.select().where(
        Conversation.organisation.in_(sorted({*provers, claim.prover_id})), Conversation.subject_id == claim.public_id
    )
    _forget_answers(held.where(_HELD_PLACE))


def _forget_answers(conversations: Iterable[Conversation], person: str | None = None) -> None:
    """Of the answers to steps that ask for a place, those of one person or everybody's, leave only how exact it was."""
    for held in list(conversations):
        steps = [step["step"] for step in held.steps if step["kind"] == PLACE]
        answers = {step: _without(held.answers[step], person) for step in steps if step in held.answers}
        Conversation.update(answers={**held.answers, **answers}).where(Conversation.id == held.id).execute()
        _forget_records(held, steps, person)


def _forget_records(held: Conversation, steps: Sequence[str], person: str | None) -> None:
    query = AnswerRecord.select().where(AnswerRecord.conversation == held.id, AnswerRecord.step.in_(steps))
    for row in query if person is None else query.where(AnswerRecord.person == person):
        kept = AnswerRecord.update(value=_exactness(row.value), content_hash=FORGOTTEN)
        kept.where(AnswerRecord.id == row.id).execute()


def _without(held: Mapping[str, Any], person: str | None) -> Mapping[str, Any]:
    if person is not None and held["by"] != person:
        return held
    return {**held, "value": _exactness(held["value"])}


def _exactness(value: Any) -> Any:
    return {"accuracy_m": value["accuracy_m"]} if isinstance(value, Mapping) and "accuracy_m" in value else value


def _slice(ids: Sequence[int]) -> Slice:
    return Slice(len(ids), ids[-1] if len(ids) == _AT_ONCE else None)
