"""What people learn when a proof is asked of them: the task, and word to whoever takes the photos."""

from collections.abc import Sequence
from datetime import datetime

from config.text import Text
from notifications.notice import Notice
from workflows.domain import people, tasks
from workflows.domain.claims.proofs import FLOW, PROVER_ROLES, OpenClaim

_OVERSEERS = tasks.Overseers(None, ("reviewer", "admin"))
_TITLE = Text(en="Photos: {store}", zh="拍照：{store}")
_AGAIN = Text(en="Retake photos: {store}", zh="重拍照片：{store}")
_CHANGED = Text(
    en="The brand changed the promotion. Photos that still fit are kept.", zh="品牌方修改了活动，仍适用的照片已保留。"
)
_RETAKE = Text(en="To be taken again: {shots}.", zh="需要重拍：{shots}。")
_WORD = Text(en="From the reviewer: {text}", zh="审核说明：{text}")


def ask(opened: OpenClaim, due_at: datetime, is_change: bool = False) -> None:
    """Ask the prover for a proof, or for what a change asks anew; whoever may take the photos is told."""
    title = _TITLE.format(store=opened.store.name)
    task = _open(opened, title, due_at, (_CHANGED,) if is_change else ())
    _tell(opened, task, people.holders(opened.claim.prover_id, PROVER_ROLES))


def ask_again(opened: OpenClaim, shots: Sequence[str], words: str, due_at: datetime) -> None:
    """Ask for some shots again: a task for the same person, who is told; where they left, for everybody who may."""
    title = _AGAIN.format(store=opened.store.name)
    task = _open(opened, title, due_at, _retake(opened, shots, words))
    holders = people.holders(opened.claim.prover_id, PROVER_ROLES)
    same = [person for person in holders if person == opened.claim.sent_by]
    for person in same:
        tasks.take(task.id, task.organisation, person)
    _tell(opened, task, same or holders)


def close(opened: OpenClaim, state: str) -> None:
    """Nobody is asked for the proof any more: it was sent (`done`), changed (`superseded`) or is not wanted (`cancelled`)."""
    tasks.close_tasks_about(opened.subject, state, FLOW)


def _retake(opened: OpenClaim, shots: Sequence[str], words: str) -> tuple[Text, ...]:
    """Which shots are wanted again, and the reviewer's word about them."""
    texts = [Text.from_json(shot["text"]) for shot in opened.promotion.shots if shot["key"] in shots]
    named = Text(
        en=", ".join(text.in_language("en") for text in texts), zh="、".join(text.in_language("zh") for text in texts)
    )
    told = _RETAKE.format(shots=named)
    return (told, _WORD.format(text=words)) if words else (told,)


def _open(opened: OpenClaim, title: Text, due_at: datetime, news: tuple[Text, ...]) -> tasks.Task:
    claim = opened.claim
    return tasks.open_task(
        claim.brand,
        tasks.NewTask(
            organisation_id=claim.prover_id,
            flow=FLOW,
            roles=PROVER_ROLES,
            title=title,
            subject=opened.subject,
            subject_version=claim.version,
            due_at=due_at,
            news=news,
            overseers=_OVERSEERS,
        ),
    )


def _tell(opened: OpenClaim, task: tasks.Task, persons: Sequence[str]) -> None:
    notices = [
        Notice(
            kind="task",
            person=person,
            title=task.title_text,
            reference=opened.promotion.ref,
            sender=Text(en=opened.brand.name, zh=opened.brand.name),
            due_at=task.due_at,
            facts=((Text(en="Promotion", zh="活动"), opened.promotion.title_text),),
            link=f"task/{task.public_id}",
            about=task.public_id,
        )
        for person in persons
    ]
    tasks.tell(task.organisation, notices, task.public_id)
