"""What the world learns of a promotion: the events for the brand's systems, the task and the notices for people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from config import clock
from config.text import Text
from notifications.notice import Notice
from workflows.domain import events, people, tasks
from workflows.domain.events import Subject
from workflows.domain.organisations import Organisation
from workflows.domain.promotions import wording
from workflows.domain.promotions.records import (
    ASKED,
    PARTICIPATION_KIND,
    Participation,
    Promotion,
)
from workflows.domain.promotions.standing import OpenPromotion, Participant
from workflows.domain.tasks import Overseers, Task

FLOW = "promotion-acknowledgement"
SIGNER_ROLES = ("owner",)
OVERSEER_ROLES = ("reviewer", "buyer")
_AT_LEAST = timedelta(hours=24)
_TITLE = Text(en="Sign for {title}", zh="签约活动：{title}")
_RESULT = Text(en="Promotion {title}", zh="活动：{title}")
_WITHDRAWN = Text(en="Withdrawn by the brand", zh="品牌方已撤回")
_LEFT_OUT = Text(en="You no longer take part", zh="您已不在活动范围内")


def participation_subject(promotion: Promotion, participation: Participation) -> Subject:
    """A partner's part in a promotion as what a task, an event or a conversation is about."""
    return Subject(PARTICIPATION_KIND, participation.public_id, promotion.ref)


def published(actor: str, opened: OpenPromotion, changed: Collection[str] | None = None) -> None:
    """The promotion as it stands now: the fact. `changed` names what is new of one that stood before."""
    kind = "promotion.published" if changed is None else "promotion.changed"
    data = promotion_data(opened) | ({} if changed is None else {"changed": sorted(changed)})
    events.append(opened.promotion.brand, actor, kind, opened.promotion.subject, data)


def withdrawn(actor: str, opened: OpenPromotion, signers: Sequence[Participant]) -> None:
    """The brand asks no more: the fact, and word to those who were asked or had signed."""
    events.append(
        opened.promotion.brand, actor, "promotion.withdrawn", opened.promotion.subject, promotion_data(opened)
    )
    for one in signers:
        tell_signers(opened.promotion, one.participation, _WITHDRAWN, f"{opened.promotion.public_id}:withdrawn")


def left_out(promotion: Promotion, former: Sequence[Participant]) -> None:
    """Partners that the brand took out of it: word to them."""
    for one in former:
        tell_signers(promotion, one.participation, _LEFT_OUT, f"{promotion.public_id}:{promotion.version}:out")


def ask_to_sign(
    promotion: Promotion, brand: Organisation, participation: Participation, news: tuple[Text, ...]
) -> None:
    """A task for a partner, with what is new to it, and word to those who may sign."""
    partner = participation.organisation_id
    task = tasks.open_task(
        promotion.brand,
        tasks.NewTask(
            organisation_id=partner,
            flow=FLOW,
            roles=SIGNER_ROLES,
            title=_TITLE.format(title=promotion.title_text),
            subject=participation_subject(promotion, participation),
            subject_version=participation.version,
            due_at=sign_until(promotion),
            news=news,
            overseers=Overseers(None, OVERSEER_ROLES),
        ),
    )
    asked = people.holders(partner, SIGNER_ROLES)
    tasks.tell(partner, [_task_notice(promotion, brand, task, person) for person in asked], task.public_id)


def until(promotion: Promotion) -> datetime:
    """Until when partners sign: as the brand said, otherwise when proofs are due."""
    moment: datetime = promotion.sign_by or promotion.due_at
    return moment


def sign_until(promotion: Promotion) -> datetime:
    """Until when a partner that is asked now signs: who is asked late has until proofs are due, and a day in any case."""
    now = clock.now()
    moments = [moment for moment in (promotion.sign_by, promotion.due_at) if moment and moment > now]
    return moments[0] if moments else now + _AT_LEAST


def close_tasks(promotion: Promotion, participations: Iterable[Participation], state: str) -> None:
    """End what these partners were asked, so that it is asked anew or no more."""
    numbers = sorted(one.public_id for one in participations)
    found: list[Task] = []
    for start in range(0, len(numbers), _AT_ONCE):
        about = Task.subject_id.in_(numbers[start : start + _AT_ONCE])
        found.extend(Task.select().where(about, Task.brand == promotion.brand, Task.state == tasks.OPEN))
    tasks.close_tasks(sorted(found, key=lambda task: int(task.id)), state)


_AT_ONCE = 500


def answered(actor: str, promotion: Promotion, participation: Participation, data: Mapping[str, Any]) -> None:
    """A partner has joined or declined: the fact; of a refusal the brand's people are told."""
    kind = f"promotion.{participation.state}"
    partner: Organisation = participation.organisation
    subject = participation_subject(promotion, participation)
    facts = {"ref": promotion.ref, "partner": partner.ref, "version": promotion.version, **data}
    events.append(promotion.brand, actor, kind, subject, facts)


def declined(promotion: Promotion, participation: Participation, reason: Text) -> None:
    """Word to the brand's people that a partner will not take part, and why."""
    partner: Organisation = participation.organisation
    title = Text(en="{partner}: {title}", zh="{partner}：{title}").format(
        partner=partner.name, title=promotion.title_text
    )
    outcome = Text(en="Declined", zh="不参加")
    occasion = f"{participation.public_id}:{participation.version}:declined"
    holders = people.holders(promotion.brand, OVERSEER_ROLES)
    facts = ((Text(en="Reason", zh="原因"), reason),)
    notices = [_result(promotion, person, title, outcome, participation.public_id, facts) for person in holders]
    tasks.tell(promotion.brand, notices, occasion)


def tell_signers(promotion: Promotion, participation: Participation, outcome: Text, occasion: str) -> None:
    """Word to those of a partner who sign."""
    title = _RESULT.format(title=promotion.title_text)
    place = participation.organisation_id
    holders = people.holders(place, SIGNER_ROLES)
    about = participation.public_id
    notices = [_result(promotion, person, title, outcome, about) for person in holders]
    tasks.tell(place, notices, f"{occasion}:{about}")


def promotion_data(opened: OpenPromotion) -> dict[str, Any]:
    """What the brand's systems learn of a promotion: the figures; who takes part they read at its own place."""
    promotion = opened.promotion
    return {
        "ref": promotion.ref,
        "version": promotion.version,
        "state": promotion.state,
        "starts_on": promotion.starts_on.isoformat(),
        "ends_on": promotion.ends_on.isoformat(),
        "due_at": promotion.due_at.isoformat(),
        "participants": len(opened.participants),
        "places": len(opened.sites),
        "asked": sum(1 for one in opened.participants if one.participation.state == ASKED),
    }


def _result(
    promotion: Promotion,
    person: str,
    title: Text,
    outcome: Text,
    about: str,
    facts: tuple[tuple[Text, Text | str], ...] = (),
) -> Notice:
    return Notice(
        kind="result",
        person=person,
        title=title,
        reference=promotion.ref,
        outcome=outcome,
        facts=facts,
        link=f"{PARTICIPATION_KIND}/{about}",
        about=about,
    )


def _task_notice(promotion: Promotion, brand: Organisation, task: Task, person: str) -> Notice:
    return Notice(
        kind="task",
        person=person,
        title=task.title_text,
        reference=promotion.ref,
        sender=Text(en=brand.name, zh=brand.name),
        due_at=task.due_at,
        facts=((Text(en="Period", zh="活动时间"), wording.period(promotion)),),
        link=f"task/{task.public_id}",
        about=task.public_id,
    )
