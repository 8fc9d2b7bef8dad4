"""What the world learns when a claim is decided: the event for the brand's systems, the task and the notices for people.

Events hold ids and figures, never what a reviewer wrote. The owners of the partner that is paid see money; whoever only took
the photos does not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from config import clock
from config.text import Text
from notifications.notice import Notice
from workflows.domain import amounts, events, people, tasks
from workflows.domain.claims import decision_wording as wording
from workflows.domain.claims.decisions import Decision
from workflows.domain.claims.records import SECOND_REVIEW, SUBJECT_KIND, Claim, SettlementLine
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation
from workflows.domain.promotions.records import Promotion

FLOW = "proof-review"
REVIEWER_ROLES = ("reviewer", "admin")
REVIEW_WITHIN = timedelta(hours=48)  # people wait for their money
SETTLEMENT = "settlement"
_REVIEWERS = ("reviewer",)
_OWNERS = ("owner",)
_PROVERS = ("owner", "field")


@dataclass(frozen=True)
class Case:
    """A claim that is being decided; by is a reviewer's id, or `rule`."""

    claim: Claim
    promotion: Promotion
    by: str

    @property
    def subject(self) -> Subject:
        """What its review is about: people know it by the promotion's reference."""
        return Subject(SUBJECT_KIND, self.claim.public_id, self.promotion.ref)

    @property
    def store(self) -> Organisation:
        """Where it was proved."""
        found: Organisation = self.claim.site_organisation
        return found


def held(case: Case) -> None:
    """The check holds the claim: a person must decide."""
    _record(case, "claim.held", reasons=_codes(case.claim))


def review_asked(case: Case) -> None:
    """A claim waits for a reviewer: the fact, a task, and word to the brand's reviewers."""
    claim = case.claim
    _record(case, "claim.review-asked", score=claim.score, reasons=_codes(claim))
    _ask(case, wording.review_title(case.store.name, claim.round))


def first_approved(case: Case) -> None:
    """A claim above the brand's amount has one approval: the fact, and a task for somebody else."""
    _record(case, "claim.first-approved", **_money(case.claim.amount or 0, case.promotion.currency))
    _ask(case, wording.second_title(case.store.name))


def _ask(case: Case, title: Text) -> None:
    claim = case.claim
    task = tasks.open_task(
        claim.brand,
        tasks.NewTask(
            organisation_id=claim.brand,
            flow=FLOW,
            roles=REVIEWER_ROLES,
            title=title,
            subject=case.subject,
            subject_version=claim.version,
            due_at=clock.now() + REVIEW_WITHIN,
            overseers=tasks.Overseers(None, REVIEWER_ROLES),
        ),
    )
    notices = [_task_notice(case, task, person) for person in _asked(case)]
    tasks.tell(claim.brand, notices, task.public_id)


def _asked(case: Case) -> list[str]:
    """The brand's reviewers, its administrators where there is none; whoever approved first is not asked again."""
    reviewers = people.holders(case.claim.brand, _REVIEWERS)
    everybody = people.holders(case.claim.brand, REVIEWER_ROLES)
    if case.claim.state == SECOND_REVIEW:
        reviewers, everybody = ([one for one in found if one != case.by] for found in (reviewers, everybody))
    return reviewers or everybody


def review_ended(claim: Claim) -> None:
    """Nobody is asked to review the claim as it stood."""
    tasks.close_tasks_about(claim.subject, tasks.DONE, FLOW)


def approved(case: Case, line: SettlementLine | None) -> None:
    """The claim is paid, or approved without money: the facts, and word to the partner and to whoever proved it."""
    claim, currency = case.claim, case.promotion.currency
    paid = line.amount if line else 0
    _record(case, "claim.approved", **_money(paid, currency))
    if line is not None:
        record_line(case.by, line, "settlement.made")
    _tell(case, wording.APPROVED_OUTCOME, wording.approved_outcome(paid, claim.amount or 0, currency))


def rejected(case: Case, said: Decision) -> None:
    """The claim is rejected: the fact, and word to the partner and to whoever proved it, with what to do."""
    _record(case, "claim.rejected", reason=said.reason)
    outcome, facts = wording.rejected_outcome(said), wording.rejected_facts(said)
    _tell(case, outcome, outcome, facts)


def redo_asked(case: Case, said: Decision) -> None:
    """Shots are asked for again: the fact, and word to the partner; whoever proves gets a task with word of its own."""
    _record(case, "claim.redo-asked", shots=list(said.shots))
    if case.claim.partner_id != case.claim.prover_id:
        outcome, facts = wording.redo_outcome(case.promotion, said), wording.redo_facts(case.promotion, said)
        _send(case, case.claim.partner_id, people.holders(case.claim.partner_id, _OWNERS), outcome, facts)


def reopened(case: Case, opposite: SettlementLine | None) -> None:
    """A decision is undone: the facts, what was paid is taken back, and word to the partner and to whoever proved it."""
    _record(case, "claim.reopened")
    if opposite is not None:
        record_line(case.by, opposite, "settlement.reversed", reverses=opposite.reverses.public_id)
    taken = -opposite.amount if opposite else 0
    _tell(case, wording.REOPENED, wording.reopened_outcome(taken, case.promotion.currency))


def record_line(by: str, line: SettlementLine, kind: str, **more: Any) -> None:
    """The fact `kind` about a settlement line."""
    known = {"claim": line.claim.public_id, "promotion": line.promotion.ref, "partner": line.partner.ref}
    data = {**known, "store": line.site_organisation.ref, **_money(line.amount, line.currency), **more}
    events.append(line.brand, by, kind, Subject(SETTLEMENT, line.public_id, line.public_id), data)


def paid(line: SettlementLine) -> None:
    """The brand's books say that a line is paid: word to the partner's owners."""
    case = Case(line.claim, line.promotion, "")
    outcome = wording.paid_outcome(line)
    _send(case, line.partner_id, people.holders(line.partner_id, _OWNERS), outcome, (), f"{line.public_id}:paid")


def _record(case: Case, kind: str, **more: Any) -> None:
    claim = case.claim
    known = {"promotion": case.promotion.ref, "partner": claim.partner.ref, "store": case.store.ref}
    data = {**known, "round": claim.round, "state": claim.state, **more}
    events.append(claim.brand, case.by, kind, case.subject, data)


def _codes(claim: Claim) -> list[str]:
    return sorted({reason["code"] for reason in claim.reasons})


def _money(amount: int, currency: str) -> dict[str, str]:
    return {"amount": amounts.amount_text(amount, currency), "currency": currency}


def _tell(case: Case, outcome: Text, with_money: Text, facts: Iterable[tuple[Text, Text | str]] = ()) -> None:
    """The partner's owners read the outcome with its money, whoever else proved the claim the outcome alone."""
    claim, facts = case.claim, tuple(facts)
    owners = people.holders(claim.partner_id, _OWNERS)
    _send(case, claim.partner_id, owners, with_money, facts)
    provers = [one for one in people.holders(claim.prover_id, _PROVERS) if one not in owners]
    _send(case, claim.prover_id, provers, outcome, facts)


def _send(
    case: Case,
    organisation_id: int,
    persons: Iterable[str],
    outcome: Text,
    facts: Iterable[tuple[Text, Text | str]] = (),
    occasion: str = "",
) -> None:
    claim = case.claim
    notices = [
        Notice(
            kind="result",
            person=person,
            title=wording.notice_title(case.promotion, case.store.name),
            reference=case.promotion.ref,
            outcome=outcome,
            facts=tuple(facts),
            link=f"{claim.subject.kind}/{claim.public_id}",
            about=claim.public_id,
        )
        for person in persons
    ]
    known = f"{claim.public_id}:{claim.version}:{claim.state}:{organisation_id}"
    tasks.tell(organisation_id, notices, occasion or known)


def _task_notice(case: Case, task: tasks.Task, person: str) -> Notice:
    sender: Mapping[str, str] = {"en": case.claim.partner.name, "zh": case.claim.partner.name}
    return Notice(
        kind="task",
        person=person,
        title=task.title_text,
        reference=case.promotion.ref,
        sender=Text.from_json(sender),
        due_at=task.due_at,
        link=f"task/{task.public_id}",
        about=task.public_id,
    )
