"""The brand's reviewer decides on a proof: approve, reject, or ask for named shots again; above an amount, two of them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from config import database
from config.text import LANGUAGES, Text
from workflows.domain.access import Actor
from workflows.domain.claims import budget, deciding, dossier, records, reviewing
from workflows.domain.claims import decision_wording as wording
from workflows.domain.claims.announcing import FLOW as FLOW_KEY
from workflows.domain.claims.announcing import REVIEWER_ROLES
from workflows.domain.claims.budget import Payable
from workflows.domain.claims.decisions import DECIDED, NO, OTHER, REASONS, UNSURE, WAITING, YES, Decision
from workflows.domain.claims.records import APPROVE, ASK_AGAIN, REJECT
from workflows.domain.claims.reviewing import ClaimReview
from workflows.engine.checks import OPTION
from workflows.engine.content import Entry
from workflows.engine.flow import Card, Flow, Startable, Step, brand, when
from workflows.engine.inputs import kind_named
from workflows.engine.rejection import Rejection

_LONGEST_WORD = 300
_REVIEWER = "reviewer"
_OPTIONS: Mapping[str, Text] = {
    APPROVE: Text(en="Approve", zh="通过"),
    ASK_AGAIN: Text(en="Ask for shots again", zh="要求补拍"),
    REJECT: Text(en="Reject", zh="不通过"),
}


def steps_for(opened: ClaimReview) -> list[Step]:
    """The proof and what the reviewer says to it; nothing where nothing is to be decided."""
    if opened.claim.state not in (*WAITING, *DECIDED):
        return []
    proof = dossier.proof_of(opened, list(_facts(opened)))
    return [
        Step("proof", "note", _proof_text(opened), {"data": {"proof": proof}}),
        Step("code_visible", "choice", _code_question(proof["code"]), {"options": _CODE_OPTIONS}, check=_REVIEWER),
        Step(
            "decision",
            "choice",
            Text(en="What do you decide?", zh="您的决定是？"),
            {"options": _decision_options(opened)},
            check=_REVIEWER,
        ),
        Step(
            "reason",
            "choice",
            Text(en="Why? The partner reads it.", zh="原因是什么？合作伙伴会看到。"),
            {"options": [{"key": key, "text": reason.text} for key, reason in REASONS.items()]},
            when=when("decision").is_in(REJECT),
        ),
        Step(
            "reason_text",
            "text",
            Text(en="A word to the partner? It may stay empty.", zh="给合作伙伴留言？可以不填。"),
            {"min_length": 0, "max_length": _LONGEST_WORD},
            when=when("decision").is_in(REJECT),
            check="reason_text",
        ),
        Step(
            "redo",
            "choices",
            Text(en="Which shots must be taken again? The others are kept.", zh="哪些照片需要补拍？其余照片保留。"),
            {"options": _shot_options(opened), "min": 1},
            when=when("decision").is_in(ASK_AGAIN),
        ),
        Step(
            "redo_text",
            "text",
            Text(en="What should be different? Whoever takes them reads it.", zh="需要怎么改？拍照的人会看到。"),
            {"min_length": 1, "max_length": _LONGEST_WORD},
            when=when("decision").is_in(ASK_AGAIN),
        ),
        Step(
            "send",
            "confirm",
            Text(en="Send this decision?", zh="确认发送决定吗？"),
            {"yes": Text(en="Send", zh="发送")},
            live="preview",
            offline_text=Text(
                en="Send this decision? What is paid is shown once you are connected.",
                zh="确认发送决定吗？付款金额联网后显示。",
            ),
            check=_REVIEWER,
        ),
    ]


_CODE_OPTIONS: list[Entry] = [
    {"key": YES, "text": Text(en="Yes", zh="能看到")},
    {"key": NO, "text": Text(en="No", zh="看不到")},
    {"key": UNSURE, "text": Text(en="Not sure", zh="不确定")},
]


def _proof_text(opened: ClaimReview) -> Text:
    names = {"store": opened.store.name[: wording.NAME_SHOWN], "who": _name(opened, opened.first_approver)}
    if opened.first_approver:
        return Text(
            en="{store}: {who} has approved this. It is above your limit, so a second, different reviewer decides.",
            zh="{store}：{who}已初审通过。金额超过单人审核上限，须由另一位审核人复审。",
        ).format(**names)
    if opened.claim.state in DECIDED:
        return Text(
            en="{store}: this was decided. What you decide now takes its place and is shown beside it.",
            zh="{store}：此前已有审核结果。您现在的决定将取代它，原结果仍会保留。",
        ).format(**names)
    return Text(en="{store}: compare the photos with what was wanted.", zh="{store}：请对照要求查看照片。").format(
        **names
    )


def _name(opened: ClaimReview, person: str | None) -> Text | str:
    return opened.names.get(person or "") or Text(en="a colleague", zh="同事")


def _code_question(code: str | None) -> Text:
    if code is None:
        return Text(en="Is a handwritten code visible in the photos?", zh="照片中能看到手写验证码吗？")
    return Text(en="Is the code {code} visible, written by hand?", zh="照片中能看到手写的验证码 {code} 吗？").format(
        code=code
    )


def _decision_options(opened: ClaimReview) -> list[Entry]:
    """What stands already is not offered again."""
    stands = DECIDED.get(opened.claim.state)
    return [{"key": key, "text": text} for key, text in _OPTIONS.items() if key != stands]


def _shot_options(opened: ClaimReview) -> list[Entry]:
    return [{"key": shot["key"], "text": _short(Text.from_json(shot["text"]))} for shot in opened.promotion.shots]


def _short(text: Text) -> Text:
    return Text(en=text.en[:OPTION], zh=text.zh[:OPTION])


def _facts(opened: ClaimReview) -> Iterator[tuple[Text, Text]]:
    """The answers to the brand's own questions, as people read them."""
    for pinned in opened.promotion.facts:
        step = Step.from_json(pinned)
        if step.key in opened.claim.facts:
            value, kind = opened.claim.facts[step.key], kind_named(step.kind)
            said = {language: kind.as_text(value, step.constraints, language) or "-" for language in LANGUAGES}
            yield step.text, Text(**said)


def decision_of(answers: Mapping[str, Any]) -> Decision:
    """What the answers say."""
    words = answers.get("reason_text", "") or answers.get("redo_text", "")
    return Decision(
        answers["decision"], answers.get("code_visible"), answers.get("reason"), words, tuple(answers.get("redo", ()))
    )


def check_reviewer(opened: ClaimReview, answers: Mapping[str, Any], value: Any, actor: Actor) -> Rejection | None:
    """Who gave the first approval does not give the second; and what is sent asks only for what the promotion still wants."""
    if opened.first_approver is not None and opened.first_approver == actor.person:
        return Rejection("same_reviewer", wording.SAME_REVIEWER.format(others=_others(opened, actor)))
    wanted = {shot["key"] for shot in opened.promotion.shots}
    is_sent = not isinstance(value, str)  # a choice made on the way may still be another one
    if not is_sent or wanted.issuperset(answers.get("redo", ())):
        return None
    return Rejection("shot_not_wanted", wording.SHOT_NOT_WANTED)


def check_reason_text(_opened: ClaimReview, answers: Mapping[str, Any], value: Any, _actor: Actor) -> Rejection | None:
    """Another reason is said in words: the partner must know what to do about it."""
    if answers.get("reason") != OTHER or value:
        return None
    return Rejection("reason_needed", wording.REASON_NEEDED)


def _others(opened: ClaimReview, actor: Actor) -> Text:
    names = [opened.names[one] for one in opened.reviewers if one != actor.person and one in opened.names]
    if not names:
        return wording.NO_COLLEAGUE
    return Text(en=" / ".join(names[:5]), zh="、".join(names[:5]))


def preview(opened: ClaimReview, answers: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """Says before sending what becomes of the decision, and what it pays.

    While an answer is taken the budget is held from here on: what was said is what is paid.
    """
    if database.in_transaction():
        budget.hold(opened.claim)
    said, found = decision_of(answers), opened.payable()
    verdict = wording.verdict_of(opened.claim, said, found, deciding.needs_two(opened.case))
    amount = wording.money(found.amount, found.currency) if verdict in {wording.PAYS, wording.SHORT} else ""
    fingerprint = json.dumps([verdict, amount, repr(said)], ensure_ascii=False).encode()
    return {
        "preview": {
            "id": f"prv_{hashlib.sha256(fingerprint).hexdigest()[:32]}",
            "verdict": verdict,
            "amount": amount,
            "label": wording.label(verdict),
            "text": _preview_text(opened, said, found, verdict, actor),
            "facts": _preview_facts(opened, said, found, verdict),
        }
    }


def _preview_text(opened: ClaimReview, said: Decision, found: Payable, verdict: str, actor: Actor) -> Text:
    return wording.preview_text(
        verdict,
        partner=opened.partner.name[: wording.NAME_SHOWN],
        prover=opened.prover.name[: wording.NAME_SHOWN],
        amount=wording.money(found.amount, found.currency),
        worth=wording.money(found.worth, found.currency),
        shots=wording.asked_again(opened.promotion, said),
        others=_others(opened, actor),
    )


def _preview_facts(opened: ClaimReview, said: Decision, found: Payable, verdict: str) -> list[list[Text | str]]:
    facts: list[list[Text | str]] = [[Text(en="Code", zh="验证码"), wording.code_text(said)]]
    if said.kind == REJECT and said.reason:
        facts.append([Text(en="Reason", zh="原因"), REASONS[said.reason].text])
    if said.text:
        facts.append([Text(en="Your words", zh="留言"), said.text])
    if said.kind == APPROVE and found.left is not None and verdict != wording.SECOND:
        left = wording.money(max(found.left - found.amount, 0), found.currency)
        facts.append([Text(en="Left in the budget after it", zh="付款后预算剩余"), left])
    if opened.claim.approved_amount and said.kind != APPROVE:
        taken = wording.money(opened.claim.approved_amount, found.currency)
        facts.append([Text(en="Taken back", zh="撤回"), taken])
    return facts


def decide(opened: ClaimReview, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the decision, and read back what now stands."""
    claim = deciding.decide(actor, opened.claim.public_id, opened.claim.version, decision_of(answers))
    return wording.read_back(opened.promotion, claim, deciding.decisions_of(claim)[-1])


def card(opened: ClaimReview) -> Card:
    """The claim at a glance."""
    claim = opened.claim
    facts: list[tuple[Text, Text | str]] = [
        (Text(en="Store", zh="门店"), opened.store.name),
        (Text(en="Partner", zh="合作伙伴"), opened.partner.name),
    ]
    if claim.amount is not None:
        facts.append((Text(en="Amount", zh="金额"), wording.money(claim.amount, opened.promotion.currency)))
    return Card(opened.promotion.title_text, tuple(facts))


def withdrawn(opened: ClaimReview | None) -> Text:
    """Why there is nothing left to decide."""
    return wording.withdrawn(None if opened is None else opened.claim)


FLOW = Flow(
    key=FLOW_KEY,
    version=1,
    title=Text(en="Review a proof", zh="审核活动照片"),
    subject=records.SUBJECT_KIND,
    who=brand(*REVIEWER_ROLES),
    steps=steps_for,
    effect=decide,
    card=card,
    load=reviewing.load,
    version_of=lambda opened: opened.claim.version,
    current_version=reviewing.version_of,
    withdrawn=withdrawn,
    live={"preview": preview},
    checks={
        _REVIEWER: check_reviewer,
        "reason_text": check_reason_text,
    },
    starts_alone=True,
    startable=Startable(of=reviewing.undoable, opened=reviewing.opened, about=lambda opened: opened.case.subject),
)
