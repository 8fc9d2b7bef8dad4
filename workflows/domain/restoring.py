"""What a restored database must not do: give out a number again that the lost hours had given to something else.

Systems and phones outside have seen more than the backup knows. A brand's system that has read event 1,203 asks for what comes
after it; a phone shows its inbox until the revision changes. So both count on from a number that no earlier life has reached.
"""

from collections.abc import Mapping

from config import clock, database
from workflows.domain.events import EventCounter
from workflows.domain.organisations import Organisation
from workflows.domain.tasks import InboxStamp


def skip_lost_numbers() -> Mapping[str, int]:
    """Let feeds and inboxes count on from now, in milliseconds since 1970; each brand's last event in the backup, by name.

    The gap in a feed is the truth: there were events, and they are lost.
    """
    beyond = int(clock.now().timestamp() * 1000)
    with database.transaction():
        organisations = list(Organisation.select().order_by(Organisation.id))
        ends = {counter.brand: counter.last_seq for counter in EventCounter.select()}
        for one in organisations:
            InboxStamp.insert(organisation=one.id, revision=beyond).on_conflict(
                conflict_target=[InboxStamp.organisation], update={InboxStamp.revision: beyond}
            ).execute()
        EventCounter.update(last_seq=beyond).where(EventCounter.last_seq < beyond).execute()
    return {one.name: ends.get(one.id, 0) for one in organisations if one.kind == "brand"}
