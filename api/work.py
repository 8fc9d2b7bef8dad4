"""What worker and clock do: the table of queues and of who serves each. The composition root of both."""

from collections.abc import Mapping, Sequence

from api import audit_work, photo_work, retention
from config import database
from config.settings import Settings
from notifications import delivery, jobs, outbox
from notifications.channels.sms import SmsSender
from notifications.delivery import Recipient, Whom
from notifications.jobs import Handler
from notifications.texting import Checks, Texts
from workflows.domain import reminders, tasks
from workflows.domain.capacity import recurring, requesting
from workflows.domain.claims import asking, routes
from workflows.domain.claims import checking as claim_checking
from workflows.domain.evidence import checking as photo_checking
from workflows.domain.promotions import signing
from workflows.domain.readers import readers
from workflows.domain.text_messages import Author

_FORMER_NIGHT = "forget-calls"  # what a process of the first release planned for tonight


def handlers(settings: Settings) -> Mapping[str, Handler]:
    """Who serves which queue."""
    sender, author = SmsSender(settings.sms) if settings.sms.is_active else None, Author()
    return {
        outbox.NOTICES: delivery.notices(settings, _describe),
        f"internal:{retention.NIGHT}": jobs.internal(retention.begin_night),
        f"internal:{retention.SLICE}": jobs.internal(retention.forget_slice),
        f"internal:{_FORMER_NIGHT}": jobs.internal(retention.begin_night),
        f"internal:{recurring.QUEUE}": jobs.internal(requesting.ask_again),
        f"internal:{signing.QUEUE}": jobs.internal(signing.ask_waiting),
        f"internal:{asking.QUEUE}": jobs.internal(asking.proof_begins),
        f"internal:{asking.WAITING}": jobs.internal(asking.ask_waiting),
        f"internal:{photo_checking.QUEUE}": photo_checking.handler(routes.at_one_place),
        f"internal:{claim_checking.QUEUE}": jobs.internal(claim_checking.check_claim),
        outbox.TEXTS: Texts(sender, author),
        outbox.CHECKS: Checks(sender, author),
        f"internal:{tasks.REMINDER}": jobs.internal(reminders.remind),
        f"internal:{tasks.OVERDUE}": jobs.internal(reminders.note_overdue),
        **audit_work.handlers(settings.audit_anchors),
        **photo_work.handlers(),
    }


def schedule() -> None:
    """Put the house's own recurring work into the outbox, where it is not there already."""
    with database.connection():
        retention.schedule()
        audit_work.schedule()
        photo_work.schedule()


def _describe(told: Sequence[Whom]) -> Mapping[Whom, Recipient]:
    return {whom: Recipient(one.language, one.time_zone) for whom, one in readers(told).items()}
