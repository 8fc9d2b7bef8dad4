"""Plays any flow in a terminal, on its steps alone: nothing is stored, nothing is sent.

A live part, which needs the server, shows its offline text. `:back` takes the last answer back, `:quit` ends the play.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from config.text import Text
from workflows.engine import engine, text_chat
from workflows.engine.engine import Answer, Interview
from workflows.engine.flow import Card, Step
from workflows.engine.inputs import InvalidAnswer
from workflows.engine.transcript import added, transcript
from workflows.engine.turn import Ask, Message, Progress, Turn, TurnSubject

Read = Callable[[], str]
Tell = Callable[[str], None]

BACK, QUIT = ":back", ":quit"
_ME = "me"
_END = Text(en="That was all. These are the answers:", zh="已完成，答案如下：")


def play(
    title: Text, card: Card, steps: tuple[Step, ...], read: Read, tell: Tell, language: str, today: date
) -> dict[str, object]:
    """Ask until nothing is left or the player quits; the answers by step key."""
    interview = Interview(tuple(_without_server(step) for step in steps))
    said: tuple[Message, ...] = ()
    tell(text_chat.render(_turn(title, card, interview, (), is_first=True), language))
    while engine.next_step(interview) is not None:
        typed = read()
        if typed.strip() == QUIT:
            break
        interview = _played(interview, typed, today, lambda text: tell(text.in_language(language)))
        now = transcript(interview, (), (), _ME)
        tell(text_chat.render(_turn(title, card, interview, added(said, now), is_first=False), language))
        said = now
    tell(_END.in_language(language))
    return {key: held.value for key, held in interview.answers.items()}


def _played(interview: Interview, typed: str, today: date, refuse: Callable[[Text], None]) -> Interview:
    if typed.strip() == BACK:
        last = list(interview.answers)[-1:]
        return engine.step_back(interview, last[0], today).interview if last else interview
    step = engine.next_step(interview)
    if step is None:
        return interview
    try:
        value = text_chat.parse(step, engine.constraints_of(interview, step), typed, today)
    except InvalidAnswer as wrong:
        refuse(wrong.text)
        return interview
    given = Answer(f"ans_{len(interview.answers)}", step.key, value, _ME, today.isoformat())
    outcome = engine.answer(interview, given, today)
    return outcome.interview if isinstance(outcome, engine.Accepted) else interview


def _without_server(step: Step) -> Step:
    return replace(step, live=None, text=step.offline_text or step.text) if step.live else step


def _turn(title: Text, card: Card, interview: Interview, fresh: tuple[Message, ...], is_first: bool) -> Turn:
    step = engine.next_step(interview)
    return Turn(
        id="play",
        flow="play",
        state="asking" if step else "done",
        revision=len(interview.answers),
        title=title,
        subject=TurnSubject("play", "play", "play", card),
        progress=Progress.of(interview),
        messages=fresh,
        ask=Ask.of(interview, step) if step else None,
        steps=interview.steps if is_first else None,
    )
