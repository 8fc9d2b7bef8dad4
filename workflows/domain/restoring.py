"""What a restored database must not do: give out a number again that the lost hours had given to something else.

Systems and phones outside have seen more than the backup knows. A brand's system that has read event 1,203 asks for what comes
after it; a phone shows its inbox until the revision changes. So both count on from a number that no earlier life has reached.
"""

from collections.abc import Mapping

from config import clock, database
from workflows.domain import events
from workflows.domain.events import EventCounter, Subject
from workflows.domain.organisations import Organisation
from workflows.domain.tasks import InboxStamp


def skip_lost_numbers() -> Mapping[str, int]:
    """Let feeds and inboxes count on from now, in milliseconds since 1970; each brand's last event in the backup, by name.

    The gap in a feed is the truth: there were events, and they are lost. `feed.restored` says so to the brand's systems.
    """
    beyond = int(clock.now().timestamp() * 1000)
    with database.transaction():
        organisations = list(Organisation.select().order_by(Organisation.id))
        for one in organisations:
            InboxStamp.insert(organisation=one.id, revision=beyond).on_conflict(
                conflict_target=[InboxStamp.organisation], update={InboxStamp.revision: beyond}
            ).execute()
        brands = [one for one in organisations if one.kind == "brand"]
        return {one.name: _skip_lost_events(one, beyond) for one in brands}


def _skip_lost_events(brand: Organisation, beyond: int) -> int:
    counter: EventCounter | None = EventCounter.get_or_none(EventCounter.brand == brand.id)
    if counter is None or counter.last_seq >= beyond:  # a brand that nothing ever happened to; a clock that went back
        return counter.last_seq if counter else 0
    EventCounter.update(last_seq=beyond).where(EventCounter.brand == brand.id).execute()
    subject = Subject("brand", brand.public_id, brand.ref)
    events.append(brand.id, "operator", "feed.restored", subject, {"last_seq": counter.last_seq})
    return int(counter.last_seq)
