"""A conversation that asks with every kind of input, run by the real engine behind the browser's own line.

The flows that exist today use four of the kinds; this one lets the screens prove all of them before a flow needs them.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, Route

from config.text import Text
from tests.browser.driving import day_in
from workflows.engine import engine
from workflows.engine.engine import Answer, Interview
from workflows.engine.flow import Card, Step
from workflows.engine.photos import PhotoState
from workflows.engine.transcript import added, transcript
from workflows.engine.turn import Ask, Progress, Turn, TurnSubject

ID = "cnv_everykindofinput0000000000"
_FLAVOURS = [{"key": key, "text": Text(en=key.title(), zh=key.title())} for key in ("plain", "salted", "spicy")]


def _step(key: str, kind: str, **constraints: Any) -> Step:
    return Step(key, kind, Text(en=f"Question {key}", zh=f"问题 {key}"), constraints)


STEPS = (
    _step("hello", "note"),
    _step("flavours", "choices", options=_FLAVOURS, min=1, max=2),
    _step("quantity", "quantity", unit="kg", decimals=2, min="1", max="500"),
    _step("price", "amount", currency="CNY", decimals=2, min="0.01"),
    _step("day", "date", min=day_in(1), max=day_in(60)),
    _step("words", "text", min_length=2, max_length=20),
    _step("sure", "confirm", yes=Text(en="Yes, all right", zh="对，没问题")),
)


class EveryKind:
    """The conversation's state, answering the phone door's requests of one page."""

    def __init__(self, page: Page, language: str, steps: Sequence[Step] = STEPS) -> None:
        self.steps = tuple(steps)
        self.interview, self.language, self.revision = Interview(self.steps), language, 0
        self.photos: dict[str, PhotoState] = {}
        page.route("**/api/v1/phone/conversations**", self._answer)
        page.route("**/api/v1/phone/conversations/**", self._answer)

    @property
    def values(self) -> dict[str, Any]:
        """What is stored, by step."""
        return {key: held.value for key, held in self.interview.answers.items()}

    def _answer(self, route: Route) -> None:
        if not route.request.url.endswith("/answers"):
            route.fulfill(json=self._turn(is_whole=True))
            return
        before = self._said()
        now = datetime.now(UTC)
        given = [
            Answer(one["id"], one["step"], one["value"], "per_me", now.isoformat())
            for one in json.loads(route.request.post_data or "{}")["answers"]
        ]
        batch = engine.answer_all(self.interview, given, now.date())
        self.interview = batch.interview
        self.revision += len(batch.stored)
        rejection = batch.rejections[0] if batch.rejections else None
        news = added(before, self._said())
        route.fulfill(json=self._turn(messages=news, stored=batch.stored, dropped=batch.dropped, rejection=rejection))

    def _said(self) -> tuple[Any, ...]:
        return transcript(self.interview, (), (), "per_me")

    def _turn(self, is_whole: bool = False, **facts: Any) -> dict[str, Any]:
        step = engine.next_step(self.interview)
        if is_whole:
            facts = {"messages": self._said(), "steps": self.steps, "answers": self.interview.answers}
        turn = Turn(
            id=ID,
            flow="every-kind",
            state="asking" if step else "done",
            revision=self.revision,
            title=Text(en="Every kind", zh="各种输入"),
            subject=TurnSubject("purchase_order", "po_1", "PO-1", Card(Text(en="Order PO-1", zh="订单 PO-1"), ())),
            progress=Progress.of(self.interview),
            ask=Ask.of(self.interview, step) if step else None,
            photos=self.photos,
            **facts,
        )
        return turn.to_json(self.language)
