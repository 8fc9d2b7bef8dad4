"""The photos a conversation may name: those its organisation sent for it, and those kept from the ones before it.

An answer names photos by the ids that phones gave them. Each must have reached us for the same step of the same flow about the
same subject; what another organisation, conversation or step received is unknown here. What the check found of them is said at
once where it is known by then, and stands in the turn as soon as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.prepared import Prepared
from config.text import Text
from workflows.domain.evidence import findings
from workflows.domain.evidence.records import UNREADABLE, EvidencePhoto
from workflows.engine.content import JsonValue
from workflows.engine.engine import Answer, Interview, with_shown
from workflows.engine.flow import Step
from workflows.engine.inputs import kind_named
from workflows.engine.records import Conversation
from workflows.engine.rejection import Rejection

POOR = "photo_poor"
NAMING_PHOTOS = frozenset({"photo", "signature"})

NUMBERED = Text(en="Photo {number}", zh="第 {number} 张照片")
UNKNOWN = Text(
    en="{photo} has not reached us yet. Wait until it is safe, then answer again.",
    zh="{photo}还没有上传成功，请等上传完成后再提交。",
)
BROKEN = Text(en="{photo} cannot be opened. Take it again.", zh="{photo}打不开，请重拍。")
ON_THE_SPOT = frozenset({"blurred", "dark", "too_small"})
"""What a person can put right while still standing there, and is therefore asked about before anything else."""
SAID = Text(en="{photo}: {words}", zh="{photo}：{words}")
INSIST = Text(en="To keep it all the same, send it once more.", zh="如仍要使用，请再提交一次。")


@dataclass(frozen=True, slots=True)
class PhotoState:
    """How a photo stands: its state, and what was found of it as codes and sentences."""

    state: str
    remarks: tuple[tuple[str, Text], ...] = ()

    def to_json(self, language: str) -> dict[str, JsonValue]:
        """`{"state", "remarks": [{"code", "text"}]}`."""
        said = [{"code": code, "text": text.in_language(language)} for code, text in self.remarks]
        return {"state": self.state, "remarks": said}


class Photos:
    """The photos of one conversation, read once when first needed; where no step takes any, without asking the database."""

    def __init__(self, record: Conversation, steps: Sequence[Step]) -> None:
        self._record = record
        self._steps = {step.key: step for step in steps if step.kind in NAMING_PHOTOS}
        self._read: dict[str, EvidencePhoto] | None = None

    def states(self, answers: Mapping[str, Answer]) -> dict[str, PhotoState]:
        """Of every photo this conversation received, in an answer or not, and of those kept in its answers."""
        if not self._steps:
            return {}
        named = {name for key, step in self._steps.items() for name in _named(step, answers.get(key))}
        return {
            name: state_of(photo)
            for name, photo in self._known().items()
            if photo.conversation == self._record.public_id or name in named
        }

    def refusal(self, step: Step | None, taken: Answer, is_insisted: bool) -> Rejection | None:
        """Why the photos of an answer are not taken; poor ones are, where their person insists."""
        if step is None or step.key not in self._steps:
            return None
        known = self._known()
        found = [_of_step(known.get(name), step) for name in _named(step, taken)]
        refused = _unusable(found) or (None if is_insisted else _poor(found))
        return None if refused is None else Rejection(refused.code, refused.text, taken.id, step.key)

    def _known(self) -> dict[str, EvidencePhoto]:
        if self._read is None:
            record = self._record
            rows = _received.rows(record.brand, record.organisation, record.subject_id, record.flow)
            self._read = {photo.public_id: photo for photo in rows}
        return self._read


def questioned(interview: Interview, rejection: Rejection, value: JsonValue) -> Interview:
    """Remember which answer was questioned, so that the same value again, with a new id, is known for a yes."""
    return with_shown(interview, _question(rejection.step), {"answer": rejection.answer, "value": value})


def insists(shown: Mapping[str, Mapping[str, object]], given: Answer) -> bool:
    """Does an answer say once more what was questioned? The same id again is a replay, never a yes."""
    asked = shown.get(_question(given.step))
    return asked is not None and asked["value"] == given.value and asked["answer"] != given.id


def _question(step: str | None) -> str:
    return f"?{step}"  # no step's key: those are letters, digits and underscores


def _build_received(brand: object, organisation: object, subject: object, flow: object) -> object:
    began = Conversation.select(Conversation.public_id).where(
        Conversation.organisation == organisation, Conversation.subject_id == subject, Conversation.flow == flow
    )
    columns = (
        EvidencePhoto.public_id,
        EvidencePhoto.conversation,
        EvidencePhoto.step,
        EvidencePhoto.state,
        EvidencePhoto.findings,
    )
    return (
        EvidencePhoto.select(*columns)
        .where(
            EvidencePhoto.brand == brand,
            EvidencePhoto.organisation == organisation,
            EvidencePhoto.subject_id == subject,
            EvidencePhoto.conversation.in_(began),
        )
        .order_by(EvidencePhoto.id)
    )


_received = Prepared(_build_received)


def _named(step: Step, held: Answer | None) -> Sequence[str]:
    return [] if held is None else [name for _kind, name in kind_named(step.kind).references(held.value)]


def _of_step(photo: EvidencePhoto | None, step: Step) -> EvidencePhoto | None:
    return photo if photo is not None and photo.step == step.key else None


def _unusable(found: Sequence[EvidencePhoto | None]) -> Rejection | None:
    for number, photo in enumerate(found, start=1):
        if photo is None:
            return Rejection("photo_unknown", UNKNOWN.format(photo=_numbered(number)))
        if photo.state == UNREADABLE:
            return Rejection("photo_unreadable", BROKEN.format(photo=_numbered(number)))
    return None


def _poor(found: Sequence[EvidencePhoto | None]) -> Rejection | None:
    said = [
        SAID.format(photo=_numbered(number), words=text)
        for number, photo in enumerate(found, start=1)
        for code, text in _remarks(photo)
        if code in ON_THE_SPOT
    ]
    return Rejection(POOR, _joined([*said, INSIST])) if said else None


def _remarks(photo: EvidencePhoto | None) -> list[tuple[str, Text]]:
    stored = photo.findings if photo is not None else []
    return [(found["code"], findings.sentence(found["code"], found["facts"])) for found in stored]


def _joined(texts: Sequence[Text]) -> Text:
    return Text(en=" ".join(text.en for text in texts), zh="".join(text.zh for text in texts))


def _numbered(number: int) -> Text:
    return NUMBERED.format(number=number)


def state_of(photo: EvidencePhoto) -> PhotoState:
    """How one photo stands."""
    return PhotoState(photo.state, tuple(_remarks(photo)))
