"""Drives a conversation the way a person does, through either door: a script of what is said and replied.

    chat = Chat(actor, task, door)
    chat.says("Can you deliver").reply("accept").says("accepted automatically").reply("yes").is_done()

Through the JSON door a reply is the value itself; through the text door it is what somebody would type, given beside it.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from config import clock
from workflows.domain.access import Actor
from workflows.engine import conversations, text_chat
from workflows.engine.flow import Step
from workflows.engine.rejection import InvalidAnswer
from workflows.engine.run import Given
from workflows.engine.turn import Turn

_ids = count(1)


@dataclass
class Chat:
    """One person's side of one conversation, in one language, through one door (`json` or `text`)."""

    actor: Actor
    task: str
    door: str = "json"
    language: str = "en"
    turn: Turn = field(init=False)

    def __post_init__(self) -> None:
        self.turn = conversations.begin(self.actor, self.task).turn

    def says(self, *parts: str) -> "Chat":
        """Everything the person now sees contains each of `parts`."""
        seen = text_chat.render(self.turn, self.language)
        for part in parts:
            assert part in seen, f"{part!r} is not in:\n{seen}"
        return self

    def reply(self, value: Any, typed: str | None = None) -> "Chat":
        """Answer the question that is open."""
        assert self.turn.ask is not None, "nothing is asked"
        step = self.turn.ask.step
        if self.door == "text" and typed is not None:
            value = self._read(typed)
        return self.answer(step, value)

    def answer(self, step: str, value: Any, answer_id: str | None = None) -> "Chat":
        """Answer, or correct, one step."""
        given = Given(answer_id or f"ans_{next(_ids)}", step, value, clock.now().isoformat())
        self.turn = conversations.answer(self.actor, self.turn.id, self.turn.revision, [given])
        return self

    def back(self, step: str) -> "Chat":
        """Take an answer back."""
        self.turn = conversations.step_back(self.actor, self.turn.id, self.turn.revision, step)
        return self

    def is_refused(self, code: str) -> "Chat":
        """The last answer was not taken, for this reason, with a sentence in both languages."""
        assert self.turn.rejection is not None, "the answer was taken"
        assert self.turn.rejection.code == code
        assert self.turn.rejection.text.en
        assert self.turn.rejection.text.zh
        return self

    def is_done(self) -> "Chat":
        """Nothing is left to answer."""
        assert self.turn.state == "done", self.turn
        return self

    def _read(self, typed: str) -> Any:
        ask = self.turn.ask
        assert ask is not None
        step = Step(ask.step, ask.kind, ask.text, ask.constraints)
        try:
            return text_chat.parse(step, ask.constraints, typed, clock.today(self.actor.time_zone))
        except InvalidAnswer as wrong:
            raise AssertionError(wrong.text.en) from wrong
