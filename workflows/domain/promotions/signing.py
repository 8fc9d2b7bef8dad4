"""Asks partners to sign: the first hundred in the brand's own call, the others a hundred at a time by the worker.

A promotion for two thousand distributors would otherwise hold every writer of a small database up for seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from config import database
from config.text import Text
from notifications import outbox
from workflows.domain import tasks
from workflows.domain.organisations import Organisation
from workflows.domain.promotions import announcing
from workflows.domain.promotions.records import ASKED, OPEN, SUBJECT_KIND, Participation, Promotion
from workflows.domain.promotions.standing import OpenPromotion

QUEUE = "promotion-asks"
"""The internal queue on which partners wait to be asked."""
AT_ONCE = 100
News = Mapping[int, Sequence[Text]]


def ask(opened: OpenPromotion, news: News) -> None:
    """Ask each of these partners anew, with what is new to them, instead of what was asked of them before."""
    asked = [one.participation for one in opened.participants if one.partner.id in news]
    _ask(opened.promotion, opened.brand, asked[:AT_ONCE], news)
    for start in range(AT_ONCE, len(asked), AT_ONCE):
        waiting = [_waiting(one, news) for one in asked[start : start + AT_ONCE]]
        promotion = opened.promotion
        key = f"{QUEUE}:{promotion.public_id}:{promotion.version}:{start}"
        outbox.publish_internal(QUEUE, {"promotion": promotion.public_id, "asked": waiting}, key)


def ask_waiting(payload: Mapping[str, Any]) -> None:
    """Ask some of those who wait; who was asked anew, has answered or was left out since is passed over."""
    with database.transaction():
        database.serialise(SUBJECT_KIND, payload["promotion"])
        promotion = Promotion.get_or_none(Promotion.public_id == payload["promotion"], Promotion.state == OPEN)
        if promotion is None:
            return
        waiting = {one["part"]: one for one in payload["asked"]}
        query = Participation.select(Participation, Organisation).join(Organisation)
        query = query.where(Participation.public_id.in_(list(waiting)), Participation.state == ASKED)
        asked = [one for one in query.order_by(Participation.id) if one.version == waiting[one.public_id]["version"]]
        news = {one.organisation_id: _read(waiting[one.public_id]["news"]) for one in asked}
        _ask(promotion, Organisation.get_by_id(promotion.brand), asked, news)


def _ask(promotion: Promotion, brand: Organisation, asked: Sequence[Participation], news: News) -> None:
    announcing.close_tasks(promotion, asked, tasks.SUPERSEDED)
    for one in asked:
        announcing.ask_to_sign(promotion, brand, one, tuple(news[one.organisation_id]))


def _waiting(one: Participation, news: News) -> dict[str, Any]:
    words = [text.to_json() for text in news[one.organisation_id]]
    return {"part": one.public_id, "version": one.version, "news": words}


def _read(news: Sequence[Mapping[str, str]]) -> list[Text]:
    return [Text.from_json(text) for text in news]
