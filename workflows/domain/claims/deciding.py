"""Decisions on claims: by rule where nothing is odd, else by a reviewer, above the brand's amount by two of them.

Every decision is a row of its own and never changes; one that was wrong is undone by a later one, and what it paid by an
opposite line. Whoever decides takes the budget first, then the claim, then its tasks.
"""

from config import clock, database
from config.ids import new_id
from workflows.domain.access import Actor
from workflows.domain.claims import announcing, asking, budget, settling
from workflows.domain.claims.announcing import Case
from workflows.domain.claims.decisions import DECIDED, WAITING, Decision
from workflows.domain.claims.records import (
    APPROVE,
    APPROVED,
    ASK_AGAIN,
    BY_RULE,
    CHECKING,
    IN_REVIEW,
    REDO,
    REJECT,
    REJECTED,
    REOPEN,
    SECOND_REVIEW,
    Claim,
    ClaimDecision,
    claim_of,
)
from workflows.domain.errors import Conflict
from workflows.domain.evidence import findings
from workflows.domain.promotions import paying


def after_check(claim: Claim) -> None:
    """Decide on a claim that was just checked: by rule where nothing about it is odd, else a reviewer is asked.

    The caller holds its budget and its row, taken in that order, and has stored what the check found. A claim that is not being
    checked stays as it is.
    """
    if claim.state != CHECKING:
        return
    case = Case(claim, claim.promotion, BY_RULE)
    found = budget.payable(claim, case.promotion)
    claim.amount = found.worth
    if claim.is_held:
        announcing.held(case)
    if _may_stand(case) and not found.is_short:
        _approve(case, Decision(APPROVE))
        _settled(claim)
    else:
        claim.state = IN_REVIEW
        _save(claim)
        announcing.review_asked(case)


def _may_stand(case: Case) -> bool:
    """May the claim be approved without a person? Nothing holds it, nothing is red, neither draw nor amount sends it to one.

    What a person has asked for again, a person looks at; so it is where the units that are paid for were never said.
    """
    claim, promotion = case.claim, case.promotion
    is_odd = claim.is_held or not findings.may_pay_by_itself(reason["code"] for reason in claim.reasons)
    is_uncounted = promotion.pays["kind"] == paying.PER_UNIT and claim.units is None
    is_asked_again = claim.round > 1
    return not (is_odd or is_uncounted or is_asked_again) and claim.is_audited is False and not needs_two(case)


def needs_two(case: Case) -> bool:
    """Do two reviewers decide on it? What it is worth counts, not what the budget still holds."""
    above = case.promotion.second_above
    return above is not None and budget.payable(case.claim, case.promotion).worth > above


def decide(actor: Actor, claim_id: str, version: int, said: Decision) -> Claim:
    """Store a reviewer's decision on a claim of this version; the claim as it then stands.

    A claim that is decided already is decided anew, and what was paid for it is taken back first. Pays, asks a second reviewer,
    or asks for photos again; ends the task and tells everybody concerned. Raises NotFound; Conflict where the claim has moved
    on, `same_reviewer` where the first approval is the actor's own, `settlement_paid` where the money has left already.
    """
    with database.transaction():
        seen = claim_of(actor, claim_id)
        _require_open(seen, version, said)
        budget.hold(seen)
        claim = _held(seen)
        _require_open(claim, version, said)
        case = Case(claim, claim.promotion, actor.name_for_audit)
        if first_approver(claim) == case.by:
            raise Conflict("same_reviewer")
        if claim.state in DECIDED:
            _reopen(case)
        announcing.review_ended(claim)
        _FOLLOW[said.kind](case, said)
    return claim


def _require_open(claim: Claim, version: int, said: Decision) -> None:
    is_open = claim.state in WAITING or DECIDED.get(claim.state, said.kind) != said.kind
    if claim.version != version or not is_open:
        raise Conflict("claim_changed")


def _held(seen: Claim) -> Claim:
    locked: Claim = database.locked(Claim.select().where(Claim.id == seen.id)).get()
    return locked


def first_approver(claim: Claim) -> str | None:
    """Who gave the approval that a second reviewer must look at; None where none is given."""
    if claim.state != SECOND_REVIEW:
        return None
    return decisions_of(claim)[-1].by


def decisions_of(claim: Claim) -> list[ClaimDecision]:
    """Every decision on a claim, oldest first."""
    return list(ClaimDecision.select().where(ClaimDecision.claim == claim.id).order_by(ClaimDecision.seq))


def _reopen(case: Case) -> None:
    """Undo the decision that stands; what follows is decided as on a claim that was never decided."""
    line = settling.standing(case.claim)
    if line is not None and line.paid_on is not None:
        raise Conflict("settlement_paid")
    row = _write(case, Decision(REOPEN))
    opposite = settling.take_back(case.claim, row)
    case.claim.state, case.claim.decided_at = IN_REVIEW, None
    announcing.reopened(case, opposite)


def _approved_by_one(case: Case, said: Decision) -> None:
    if case.claim.state == SECOND_REVIEW or not needs_two(case):
        _approve(case, said)
        _settled(case.claim)
        return
    _write(case, said)
    case.claim.state = SECOND_REVIEW
    _settled(case.claim, is_decided=False)
    announcing.first_approved(case)


def _approve(case: Case, said: Decision) -> None:
    row = _write(case, said)
    line = settling.pay(case.claim, case.promotion, row)
    case.claim.state = APPROVED
    announcing.approved(case, line)


def _reject(case: Case, said: Decision) -> None:
    _write(case, said)
    case.claim.state = REJECTED
    _settled(case.claim)
    announcing.rejected(case, said)


def _ask_again(case: Case, said: Decision) -> None:
    """Only the named shots are asked for again; the rest of the proof is kept."""
    if not {shot["key"] for shot in case.promotion.shots}.issuperset(said.shots):
        raise Conflict("claim_changed")  # a shot that the brand no longer wants
    _write(case, said)
    case.claim.state, case.claim.redo = REDO, list(said.shots)
    _settled(case.claim, is_decided=False)
    announcing.redo_asked(case, said)
    asking.ask_again(case.claim, said.shots, said.text)


_FOLLOW = {APPROVE: _approved_by_one, REJECT: _reject, ASK_AGAIN: _ask_again}


def _write(case: Case, said: Decision) -> ClaimDecision:
    claim = case.claim
    written: ClaimDecision = ClaimDecision.create(
        public_id=new_id("dec"),
        claim=claim.id,
        seq=1 + ClaimDecision.select().where(ClaimDecision.claim == claim.id).count(),
        round=claim.round,
        kind=said.kind,
        by=case.by,
        reason=said.reason,
        text=said.text,
        shots=list(said.shots) or None,
        code_visible=said.code_visible,
        at=clock.now(),
    )
    return written


def _settled(claim: Claim, is_decided: bool = True) -> None:
    """The claim after a decision: what was asked about it before is asked no more."""
    claim.version += 1
    claim.decided_at = clock.now() if is_decided else None
    _save(claim)


def _save(claim: Claim) -> None:
    claim.updated_at = clock.now()
    claim.save()
