"""A promotion that is being proved: a campaign, the task at one store, and photos that arrive for its conversation."""

from datetime import UTC, datetime
from typing import Any

from config import clock
from config.ids import new_id
from tests import claims, make
from tests.chat import Chat
from workflows.domain.access import Actor
from workflows.domain.claims import asking
from workflows.domain.claims.records import Claim
from workflows.domain.evidence.records import CHECKED, RECEIVED, EvidencePhoto
from workflows.domain.tasks import Task
from workflows.engine.turn import Turn

DAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A morning in China on which the campaign is on."""
HERE = {"latitude": 31.2304, "longitude": 121.4737, "accuracy_m": 20, "system": "wgs84"}
FACTS = [
    {
        "step": "fact_units",
        "kind": "quantity",
        "text": {"en": "How many cartons stand there?", "zh": "现场陈列多少箱？"},
        "constraints": {"unit": {"en": "cartons", "zh": "箱"}, "max": "500"},
    },
    {
        "step": "fact_rival",
        "kind": "choice",
        "text": {"en": "Is a competitor's display next to it?", "zh": "旁边有竞品陈列吗？"},
        "constraints": {
            "options": [
                {"key": "yes", "text": {"en": "Yes", "zh": "有"}},
                {"key": "no", "text": {"en": "No", "zh": "没有"}},
            ]
        },
    },
    {
        "step": "fact_rival_name",
        "kind": "text",
        "text": {"en": "Whose?", "zh": "是哪个品牌？"},
        "constraints": {"max_length": 50},
        "when": {"step": "fact_rival", "in": ["yes"]},
    },
]


class Proving(claims.Campaign):
    """The campaign, with one store whose proof is asked for: two photos of the shelf and one of the poster."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.shop = self.store()
        self.site = claims.site(self.participation, self.shop, self.agency)
        self.colleague_in_field = make.actor_for(make.person(self.agency, "field"), self.agency)
        asking.ask_all(self.promotion)

    @property
    def asked(self) -> Claim:
        """The claim of the store as it stands."""
        found: Claim = Claim.get(Claim.site == self.site.id)
        return found

    @property
    def task(self) -> Task:
        """The task that is open about it."""
        found: Task = Task.get(Task.subject_id == self.asked.public_id, Task.state == "open")
        return found

    def chat(self, door: str = "json", actor: Actor | None = None) -> Chat:
        """The field person's conversation."""
        return Chat(actor or self.field, self.task.public_id, door)

    def photos(self, turn: Turn, shot: str, count: int, **facts: Any) -> list[str]:
        """So many photos of a shot that arrived, still to be checked; their ids."""
        known = {"conversation": turn.id, "step": f"shot_{shot}", "state": RECEIVED, "checked_at": None, **facts}
        claim = self.asked
        return [_arrived(claim, self.field, known) for _ in range(count)]

    def prove(self, **said: Any) -> Claim:
        """Everything answered and sent."""
        chat = self.chat().reply("allow").reply(HERE)
        for shot, count in (("shelf", 2), ("poster", 1)):
            chat.reply(self.photos(chat.turn, shot, count))
        for value in said.values():
            chat.reply(value)
        chat.reply(True).is_done()
        return self.asked


def _arrived(claim: Claim, by: Actor, known: dict[str, Any]) -> str:
    photo = claims.photo(claim, by.person or "", **known)
    return photo.public_id


def checked(photo: str, *codes: str, state: str = CHECKED) -> None:
    """The verdict on a photo: what the check has found of it."""
    found = [{"code": code, "facts": {}} for code in codes]
    EvidencePhoto.update(state=state, findings=found, checked_at=clock.now()).where(
        EvidencePhoto.public_id == photo
    ).execute()


def nobodys_photo() -> str:
    """An id under which nothing was received."""
    return new_id("pho")
