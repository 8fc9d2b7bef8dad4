"""The photos a conversation may name: those its organisation sent for it, and those kept from the ones before it.

An answer names photos by the ids that phones gave them. Each must have reached us for the same step of the same flow about the
same subject; what another organisation, conversation or step received is unknown here. What the check found of them is said at
once where it is known by then, and stands in the turn as soon as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.prepared import Prepared
from config.text import Text
from workflows.domain.evidence.records import UNREADABLE, EvidencePhoto
from workflows.engine.content import JsonValue
from workflows.engine.engine import Answer, Interview, with_shown
from workflows.engine.flow import Step
from workflows.engine.inputs import kind_named
from workflows.engine.records import Conversation
from workflows.engine.rejection import Rejection

POOR = "photo_poor"
NAMING_PHOTOS = frozenset({"photo", "signature"})

THIS, NUMBERED = Text(en="This photo", zh="这张照片"), Text(en="Photo {number}", zh="第 {number} 张照片")
UNKNOWN = Text(
    en="{photo} has not reached us yet. Wait until it is safe, then answer again.",
    zh="{photo}还没有上传成功，请等上传完成后再提交。",
)
BROKEN = Text(en="{photo} cannot be opened. Take it again.", zh="{photo}打不开，请重拍。")
FAULTS: Mapping[str, Text] = {
    "blurred": Text(
        en="{photo} is blurred. Hold the phone still and take it again.", zh="{photo}模糊，请拿稳手机重拍。"
    ),
    "dark": Text(
        en="{photo} is too dark. Find more light and take it again.", zh="{photo}太暗，请在亮一点的地方重拍。"
    ),
    "too_small": Text(
        en="{photo} is too small. Take it again with the phone's camera.", zh="{photo}尺寸太小，请用手机相机重拍。"
    ),
}
"""What a person can put right on the spot, while still standing there."""
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
            name: _state(photo)
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
        FAULTS[code].format(photo=_numbered(number))
        for number, photo in enumerate(found, start=1)
        for code in _codes(photo)
        if code in FAULTS
    ]
    return Rejection(POOR, _joined([*said, INSIST])) if said else None


def _codes(photo: EvidencePhoto | None) -> list[str]:
    return [found["code"] for found in photo.findings] if photo is not None else []


def _joined(texts: Sequence[Text]) -> Text:
    return Text(en=" ".join(text.en for text in texts), zh="".join(text.zh for text in texts))


def _numbered(number: int) -> Text:
    return NUMBERED.format(number=number)


def _state(photo: EvidencePhoto) -> PhotoState:
    if photo.state == UNREADABLE:
        return PhotoState(photo.state, (("unreadable", BROKEN.format(photo=THIS)),))
    remarks = [(code, FAULTS[code].format(photo=THIS)) for code in _codes(photo) if code in FAULTS]
    return PhotoState(photo.state, tuple(remarks))
