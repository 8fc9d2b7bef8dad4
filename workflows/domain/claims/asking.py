"""Asks for proofs: a claim for every place that takes part, and a task for its people once the promotion has begun there.

What is asked is brought in line with the promotion as often as one likes (`ask_all`): places that joined are asked, those that
left are asked no more, and where what a proof shows has changed, it is asked for anew. A proof that was sent stays as it is.

The claims are written at once, in a few statements however many places there are. Their tasks follow: some in the caller's
transaction, the others a hundred at a time by the worker. A task is made once for each version of a claim, so tasks may follow
late, twice, or in any order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from config import clock, database
from config.ids import new_id
from notifications import outbox
from notifications.outbox import Work
from workflows.domain import tasks
from workflows.domain.claims import proof_tasks, proofs, wanted
from workflows.domain.claims.proofs import WANTED, OpenClaim
from workflows.domain.claims.records import WITHDRAWN, Claim
from workflows.domain.promotions.records import Participation, Promotion, Site
from workflows.domain.tasks import Task

QUEUE = "proof-begins"
"""The internal queue on which a claim waits for its promotion to begin."""
WAITING = "proof-asks"
"""The internal queue on which claims wait for their tasks to follow them."""
REDO_WITHIN = timedelta(days=2)
_AT_ONCE = 20  # tasks opened in the caller's transaction, so that a brand's PUT stays short
_IN_SLICE = 100


def ask_all(promotion: Promotion) -> None:
    """Bring what is asked in line with a promotion: published, changed or withdrawn."""
    _bring_in_line(promotion, Site.promotion == promotion.id)


def ask(participation: Participation) -> None:
    """The same for the places of one partner, which has just signed or declined."""
    _bring_in_line(participation.promotion, Site.participation == participation.id)


def proof_begins(payload: Mapping[str, Any]) -> None:
    """Open the task of a claim whose promotion begins; later than now, it waits on."""
    with database.transaction():
        _follow([payload["claim"]])


def ask_waiting(payload: Mapping[str, Any]) -> None:
    """Let the tasks of some claims follow them as they stand now."""
    with database.transaction():
        _follow(payload["claims"])


def ask_again(claim: Claim, shots: Sequence[str], text: str = "") -> None:
    """Ask for the named shots again, with the reviewer's word; the rest is kept. The caller has set state, redo and version."""
    proof_tasks.ask_again(proofs.opened(claim), shots, text, _redo_due_at(claim))


def _bring_in_line(promotion: Promotion, where: peewee.Expression) -> None:
    with database.transaction():
        changed = wanted.bring_in_line(promotion, where)
        _follow(changed[:_AT_ONCE])
        for start in range(_AT_ONCE, len(changed), _IN_SLICE):
            outbox.publish_internal(WAITING, {"claims": changed[start : start + _IN_SLICE]}, new_id("ask"))


def _follow(names: Sequence[str]) -> None:
    """Close what is open about these claims and wanted no more, or not so; open what is wanted and has not been opened yet."""
    claims = list(database.locked(Claim.select().where(Claim.public_id.in_(list(names))).order_by(Claim.id)))
    known = {claim.public_id: claim for claim in claims}
    made = list(Task.select().where(Task.subject_id.in_(list(known)), Task.flow == proofs.FLOW).order_by(Task.id))
    standing = [(task, known[task.subject_id]) for task in made if task.state == tasks.OPEN]
    tasks.close_tasks([task for task, claim in standing if claim.state == WITHDRAWN], tasks.CANCELLED)
    tasks.close_tasks([task for task, claim in standing if _is_outdated(task, claim)], tasks.SUPERSEDED)
    asked = {(task.subject_id, task.subject_version) for task in made}
    _begin([one for one in claims if one.state in WANTED and (one.public_id, one.version) not in asked])


def _is_outdated(task: Task, claim: Claim) -> bool:
    return claim.state in WANTED and bool(task.subject_version != claim.version)


def _begin(claims: Sequence[Claim]) -> None:
    """Open the tasks of claims whose promotion has begun at their place; the others wait for that."""
    promotions = {
        row.id: row for row in Promotion.select().where(Promotion.id.in_({one.promotion_id for one in claims}))
    }
    later = []
    for claim in claims:
        claim.promotion = promotions[claim.promotion_id]
        opened = proofs.opened(claim)
        if opened.begins_at <= clock.now():
            _open(opened)
        else:
            later.append(_waiting(claim, opened.begins_at))
    outbox.publish_work(later)


def _waiting(claim: Claim, begins_at: datetime) -> Work:
    waits = {"claim": claim.public_id, "version": claim.version}
    key = f"{QUEUE}:{claim.public_id}:{claim.version}:{begins_at.isoformat()}"
    return Work(QUEUE, waits, key, begins_at, claim.public_id)


def _open(opened: OpenClaim) -> None:
    claim = opened.claim
    if opened.is_redo:
        proof_tasks.ask_again(opened, claim.redo or (), "", _redo_due_at(claim))
    else:
        proof_tasks.ask(opened, claim.due_at, is_change=claim.version > 1)


def _redo_due_at(claim: Claim) -> datetime:
    due_at: datetime = claim.due_at
    return max(due_at, clock.now() + REDO_WITHIN)
