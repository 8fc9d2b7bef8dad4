"""Error injection: rules that answer in the platform's place, delay it, or break the connection.

The first rule that matches and applies wins. A rule that is still skipping, used up or not drawn lets the request on to the next.
"""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from miniapp_stub.wechat_server.errors import Misuse
from miniapp_stub.wechat_server.form import Form

MAX_TIMEOUT_S = 120.0
PATH_PREFIX = "/wx"


@dataclass(frozen=True)
class Action:
    """What happens instead of, before or after the platform's own answer.

    errcode is WeChat's refusal, code the SMS provider's. reset closes the connection before anything is done; reset_after
    closes it after the work is done: the ambiguous send.
    """

    errcode: int | None = None
    errmsg: str | None = None
    code: str | None = None
    http: int | None = None
    timeout_s: float | None = None
    latency_ms: tuple[float, float] | None = None
    reset: bool = False
    reset_after: bool = False
    body: str | None = None
    truncate: bool = False

    @classmethod
    def read(cls, form: Form) -> "Action":
        """Read an action; latency_ms may go along with any other, else there is exactly one."""
        action = cls(
            errcode=int(form.number("errcode")) if form.has("errcode") else None,
            errmsg=form.maybe_text("errmsg"),
            code=form.maybe_text("code"),
            http=form.integer("http") if form.has("http") else None,
            timeout_s=_timeout(form) if form.has("timeout_s") else None,
            latency_ms=_latency(form) if form.has("latency_ms") else None,
            reset=form.flag("reset"),
            reset_after=form.flag("reset_after"),
            body=form.maybe_text("body"),
            truncate=form.flag("truncate"),
        )
        form.finish()
        action.check(form.where)
        return action

    def check(self, where: str) -> None:
        """Refuse an action that does nothing or two things at once."""
        answers = (self.errcode, self.code, self.http, self.timeout_s, self.body)
        chosen = sum(answer is not None for answer in answers) + self.reset + self.reset_after + self.truncate
        if chosen > 1 or (chosen == 0 and self.latency_ms is None):
            raise Misuse(f"{where}: one action is expected")
        if self.http is not None and not 200 <= self.http <= 599:
            raise Misuse(f"{where}.http: a status from 200 to 599 is expected")

    def describe(self) -> dict[str, Any]:
        """Give the action as it was ordered."""
        return {name: value for name, value in vars(self).items() if value not in (None, False)}


@dataclass
class Rule:
    """An action with what it applies to. times None means for ever; prob None means always."""

    number: int
    match: dict[str, str]
    action: Action
    times: int | None = None
    skip: int = 0
    prob: float | None = None
    fired: int = 0

    def matches(self, facts: dict[str, str | None]) -> bool:
        """Whether the request is one the rule is about; a path may leave the /wx away."""
        return all(
            _path_matches(pattern, facts["path"] or "") if name == "path" else facts.get(name) == pattern
            for name, pattern in self.match.items()
        )

    def applies_now(self, rng: random.Random) -> bool:
        """Count a matching request and say whether the action happens to this one."""
        if self.times is not None and self.fired >= self.times:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.prob is not None and rng.random() >= self.prob:
            return False
        self.fired += 1
        return True

    def describe(self) -> dict[str, Any]:
        """Give the rule with how often it has fired."""
        return {
            "id": self.number,
            "match": self.match,
            "action": self.action.describe(),
            "times": self.times,
            "skip": self.skip,
            "prob": self.prob,
            "fired": self.fired,
        }


@dataclass
class RuleBook:
    """The rules in force, oldest first."""

    rules: list[Rule] = field(default_factory=list)
    last_number: int = 0

    def add(self, form: Form) -> Rule:
        """Put a rule in force."""
        match = Form(form.mapping("match"), "match")
        known = {
            name: match.text(name) for name in ("path", "appid", "touser", "template_id", "key") if match.has(name)
        }
        match.finish()
        action = Action.read(Form(form.mapping("action"), "action"))
        times = form.integer("times") if form.has("times") else None
        skip = form.integer("skip", 0)
        prob = form.number("prob") if form.has("prob") else None
        form.finish()
        self.last_number += 1
        self.rules.append(Rule(self.last_number, known, action, times, skip, prob))
        return self.rules[-1]

    def choose(self, facts: dict[str, str | None], rng: random.Random) -> Rule | None:
        """Give the rule that happens to this request, and count it."""
        for rule in self.rules:
            if rule.matches(facts) and rule.applies_now(rng):
                return rule
        return None

    def remove(self, number: int | None) -> int:
        """Take one rule, or all, out of force and give how many went."""
        kept = [rule for rule in self.rules if number is not None and rule.number != number]
        gone = len(self.rules) - len(kept)
        self.rules[:] = kept
        return gone


def _path_matches(pattern: str, path: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path.removeprefix(PATH_PREFIX), pattern)


def _timeout(form: Form) -> float:
    seconds = form.number("timeout_s")
    if not 0 < seconds <= MAX_TIMEOUT_S:
        raise Misuse(f"{form.where}.timeout_s: more than 0 and at most {MAX_TIMEOUT_S:.0f} is expected")
    return seconds


def _latency(form: Form) -> tuple[float, float]:
    bounds = form.listed("latency_ms")
    if len(bounds) != 2 or not all(isinstance(ms, int | float) for ms in bounds) or not 0 <= bounds[0] <= bounds[1]:
        raise Misuse(f"{form.where}.latency_ms: two numbers [lowest, highest] are expected")
    return float(bounds[0]), float(bounds[1])
