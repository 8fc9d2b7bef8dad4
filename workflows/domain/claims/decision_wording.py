"""What is said about a decision on a claim: beforehand to the reviewer, afterwards to both sides."""

from collections.abc import Sequence

from config.text import Text
from workflows.domain import amounts
from workflows.domain.claims.budget import Payable
from workflows.domain.claims.decisions import NO, OTHER, REASONS, UNSURE, YES, Decision
from workflows.domain.claims.records import (
    APPROVE,
    APPROVED,
    ASK_AGAIN,
    BY_RULE,
    REDO,
    REJECT,
    REJECTED,
    REOPEN,
    SECOND_REVIEW,
    WITHDRAWN,
    Claim,
    ClaimDecision,
    SettlementLine,
)
from workflows.domain.promotions.records import Promotion

NAME_SHOWN = 40
Facts = tuple[tuple[Text, Text | str], ...]
PAYS, SHORT, NOTHING, SECOND, REJECTS, REDOES = "pays", "short", "nothing", "second", "rejects", "redo"
"""Verdicts: what becomes of a decision when it is sent."""

APPROVED_OUTCOME = Text(en="Approved", zh="审核通过")
REOPENED = Text(en="Being decided anew", zh="重新审核")


def money(minor: int, currency: str) -> str:
    """An amount as people read it: `CNY 1,200.00`."""
    whole, point, fraction = amounts.amount_text(minor, currency).partition(".")
    return f"{currency} {int(whole):,}{point}{fraction}"


def review_title(store: str, number: int) -> Text:
    """What a reviewer's task is called."""
    if number > 1:
        return Text(en="Look at the new photos: {store}", zh="查看补拍照片：{store}").format(store=store[:NAME_SHOWN])
    return Text(en="Review a proof: {store}", zh="审核活动照片：{store}").format(store=store[:NAME_SHOWN])


def second_title(store: str) -> Text:
    """What the second reviewer's task is called."""
    return Text(en="Second review: {store}", zh="复审：{store}").format(store=store[:NAME_SHOWN])


def notice_title(promotion: Promotion, store: str) -> Text:
    """What a result is about."""
    return Text(en="{title}: {store}", zh="{title}：{store}").format(
        title=promotion.title_text, store=store[:NAME_SHOWN]
    )


def approved_outcome(paid: int, worth: int, currency: str) -> Text:
    """What the partner's owner reads of an approval."""
    if paid == 0:
        return Text(en="Approved; nothing is paid for it", zh="审核通过，本次无费用")
    known = {"paid": money(paid, currency), "worth": money(worth, currency)}
    if paid < worth:
        return Text(
            en="Approved: {paid} (of {worth}, the budget is used up)", zh="审核通过，{paid}（应付 {worth}，预算已用完）"
        ).format(**known)
    return Text(en="Approved: {paid}", zh="审核通过，{paid}").format(**known)


def rejected_outcome(said: Decision) -> Text:
    """Why it is rejected."""
    return Text(en="Rejected: {why}", zh="未通过：{why}").format(why=REASONS[said.reason or OTHER].text)


def rejected_facts(said: Decision) -> Facts:
    """The reviewer's own words, and what to do."""
    advice = (Text(en="What to do", zh="怎么办"), REASONS[said.reason or OTHER].advice)
    return (*_word(said), advice)


def redo_outcome(promotion: Promotion, said: Decision) -> Text:
    """Which photos are taken again."""
    return Text(en="To be taken again: {shots}", zh="需要补拍：{shots}").format(shots=_named(promotion, said.shots))


def redo_facts(_promotion: Promotion, said: Decision) -> Facts:
    """Why."""
    return _word(said)


def _word(said: Decision) -> Facts:
    return ((Text(en="The reviewer writes", zh="审核人留言"), said.text),) if said.text else ()


def reopened_outcome(taken: int, currency: str) -> Text:
    """What the partner's owner reads when a decision is undone."""
    if not taken:
        return REOPENED
    return Text(en="Being decided anew; {taken} is taken back for now", zh="重新审核，{taken} 暂时撤回").format(
        taken=money(taken, currency)
    )


def paid_outcome(line: SettlementLine) -> Text:
    """What the partner's owner reads when the brand has paid."""
    known = {"amount": money(line.amount, line.currency), "day": line.paid_on}
    return Text(en="Paid: {amount} on {day}", zh="已付款：{amount}（{day}）").format(**known)


def shot_text(promotion: Promotion, key: str) -> Text:
    """What a shot is called; its key where the promotion names it no more."""
    found = next((shot["text"] for shot in promotion.shots if shot["key"] == key), None)
    return Text.from_json(found) if found else Text(en=key, zh=key)


def _named(promotion: Promotion, shots: Sequence[str]) -> Text:
    texts = [shot_text(promotion, key) for key in shots]
    return Text(en=", ".join(one.en for one in texts), zh="、".join(one.zh for one in texts))


_CODE = {
    YES: Text(en="the code is visible", zh="能看到验证码"),
    NO: Text(en="the code is not visible", zh="看不到验证码"),
    UNSURE: Text(en="the code is not clear", zh="验证码看不清"),
}
_SAID = {
    APPROVE: Text(en="{who} approved", zh="{who}通过"),
    REJECT: Text(en="{who} rejected: {why}", zh="{who}未通过：{why}"),
    ASK_AGAIN: Text(en="{who} asked again for {shots}", zh="{who}要求补拍：{shots}"),
    REOPEN: Text(en="{who} undid the decision", zh="{who}撤销了决定"),
}


def decision_text(promotion: Promotion, decision: ClaimDecision, name: str | None) -> Text:
    """One decision as the brand's people read it in a claim's history."""
    who = (
        Text(en="The rule", zh="系统按规则")
        if decision.by == BY_RULE
        else Text(en=name or "A colleague", zh=name or "同事")
    )
    why = REASONS[decision.reason].text if decision.reason else Text()
    shots = _named(promotion, decision.shots or ())
    said = _SAID[decision.kind].format(who=who, why=why, shots=shots)
    return _with_amount(said, decision, promotion.currency)


def _with_amount(said: Text, decision: ClaimDecision, currency: str) -> Text:
    if decision.kind == APPROVE and decision.amount is None:
        return Text(en="{said} (first of two)", zh="{said}（初审）").format(said=said)
    if decision.amount:
        return Text(en="{said}: {amount}", zh="{said}：{amount}").format(
            said=said, amount=money(decision.amount, currency)
        )
    return said


def verdict_of(claim: Claim, said: Decision, found: Payable, is_second_needed: bool) -> str:
    """What becomes of the decision when it is sent."""
    if said.kind == REJECT:
        return REJECTS
    if said.kind == ASK_AGAIN:
        return REDOES
    if is_second_needed and claim.state != SECOND_REVIEW:
        return SECOND
    if found.amount == 0:
        return NOTHING
    return SHORT if found.is_short else PAYS


_LABELS = {
    PAYS: Text(en="Is paid", zh="通过并付款"),
    SHORT: Text(en="Is paid in part", zh="部分付款"),
    NOTHING: Text(en="Pays nothing", zh="通过，无费用"),
    SECOND: Text(en="A second reviewer decides", zh="需要复审"),
    REJECTS: Text(en="Is rejected", zh="不通过"),
    REDOES: Text(en="Photos again", zh="补拍照片"),
}
_PREVIEWS = {
    PAYS: Text(en="{partner} is paid {amount} and told so.", zh="将付给{partner} {amount}，并通知对方。"),
    SHORT: Text(
        en="The budget holds only {amount} of {worth}. {partner} is paid that, and told so.",
        zh="预算只剩 {amount}，应付 {worth}。将付给{partner} {amount}，并通知对方。",
    ),
    NOTHING: Text(
        en="Nothing is paid for it: it was paid before, or the budget is used up. {partner} is told.",
        zh="本次不付款：已付过，或预算已用完。会通知{partner}。",
    ),
    SECOND: Text(
        en="{worth} is above your limit: a second reviewer decides, {others}. Nothing is paid before.",
        zh="{worth} 超过单人审核金额，需{others}复审，复审前不付款。",
    ),
    REJECTS: Text(en="{partner} is told why and what to do.", zh="会把原因和处理办法通知{partner}。"),
    REDOES: Text(
        en="{prover} gets a new task: {shots}. The other photos are kept.",
        zh="{prover}会收到补拍任务：{shots}。其余照片保留。",
    ),
}
NO_COLLEAGUE = Text(
    en="and there is none yet: ask an administrator to add one", zh="其他审核人（目前没有，请管理员添加）"
)


def label(verdict: str) -> Text:
    """The verdict in a word or two."""
    return _LABELS[verdict]


def preview_text(verdict: str, **facts: object) -> Text:
    """What happens when the decision is sent."""
    return _PREVIEWS[verdict].format(**facts)


def asked_again(promotion: Promotion, said: Decision) -> Text:
    """The shots that are asked for again."""
    return _named(promotion, said.shots)


def code_text(said: Decision) -> Text:
    """What the reviewer says about the code."""
    return _CODE.get(said.code_visible or "", Text(en="-", zh="-"))


SAME_REVIEWER = Text(
    en="You gave the first approval. The second must come from somebody else: {others}.",
    zh="初审是您通过的，复审须由其他人完成：{others}。",
)
SHOT_NOT_WANTED = Text(
    en="The brand has changed the promotion: one of these shots is no longer wanted. Leave this review and open it again.",
    zh="活动已修改，所选拍摄项中有的已不再需要。请退出后重新打开审核。",
)
REASON_NEEDED = Text(en="Say in a few words why: the partner reads it.", zh="请简单写明原因，合作伙伴会看到。")


def read_back(promotion: Promotion, claim: Claim, last: ClaimDecision) -> tuple[Text, ...]:
    """What now stands, one message each."""
    if claim.state == APPROVED:
        return (
            Text(en="Stored: approved, {paid}.", zh="已保存：审核通过，{paid}。").format(paid=_paid(claim, promotion)),
        )
    if claim.state == SECOND_REVIEW:
        return (Text(en="Stored: your approval. A second reviewer decides now.", zh="已保存：初审通过，等待复审。"),)
    if claim.state == REDO:
        shots = _named(promotion, last.shots or ())
        return (Text(en="Stored: asked again for {shots}.", zh="已保存：已要求补拍 {shots}。").format(shots=shots),)
    why = REASONS[last.reason or OTHER].text
    return (Text(en="Stored: rejected, {why}.", zh="已保存：未通过，{why}。").format(why=why),)


def _paid(claim: Claim, promotion: Promotion) -> Text:
    if not claim.approved_amount:
        return Text(en="nothing is paid", zh="无费用")
    return Text(en="{paid} is paid", zh="付款 {paid}").format(paid=money(claim.approved_amount, promotion.currency))


_WITHDRAWN = {
    WITHDRAWN: Text(en="This was withdrawn. There is nothing left to decide.", zh="已撤回，无需再审核。"),
    APPROVED: Text(en="This has been approved by a colleague meanwhile.", zh="同事已审核通过。"),
    REJECTED: Text(en="This has been rejected by a colleague meanwhile.", zh="同事已审核为不通过。"),
    REDO: Text(en="A colleague has asked for photos again.", zh="同事已要求补拍。"),
}
_GONE = Text(en="This has moved on. There is nothing left to decide.", zh="情况已有变化，无需再审核。")


def withdrawn(claim: Claim | None) -> Text:
    """Why there is nothing left to decide; a claim that is no longer theirs to see is None."""
    return _GONE if claim is None else _WITHDRAWN.get(claim.state, _GONE)
