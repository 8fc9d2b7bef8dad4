"""A store, its distributor or a field checker proves a promotion at one place: the place, the shots, the brand's questions."""

from collections.abc import Mapping, Sequence
from typing import Any

from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.claims import proof_wording, proofs
from workflows.domain.claims.proofs import FLOW as FLOW_KEY
from workflows.domain.claims.proofs import PROVER_ROLES, OpenClaim
from workflows.domain.claims.records import SUBJECT_KIND
from workflows.domain.claims.sending import Proof, send
from workflows.engine.content import Entry
from workflows.engine.flow import Card, Flow, Remark, Step, Who, when
from workflows.engine.rejection import Rejection

SHOT, FACT = "shot_", "fact_"
ALLOW, REFUSE = "allow", "refuse"


def steps_for(opened: OpenClaim) -> list[Step]:
    """Consent and place, the shots, the brand's own questions, send; of a redo only the shots wanted again, and their place."""
    facts = [] if opened.is_redo else [Step.from_json(fact) for fact in opened.promotion.facts]
    return [*_place_steps(), *(_shot_step(shot, opened.is_redo) for shot in opened.shots), *facts, _send_step()]


def _place_steps() -> list[Step]:
    return [
        Step("place_consent", "choice", _CONSENT, {"options": _ANSWERS}),
        Step("place", "place", _PLACE, {"optional": True}, when("place_consent").is_in(ALLOW)),
    ]


_ANSWERS: Sequence[Entry] = (
    {"key": ALLOW, "text": Text(en="Yes", zh="同意")},
    {"key": REFUSE, "text": Text(en="No", zh="不同意")},
)
# docs/retention.md says the same days.
_CONSENT = Text(
    en="May we note where you take the photos? It only shows that you are at the store, and is deleted 90 days after the "
    "decision, 180 at the latest. If you say no, a person looks more closely.",
    zh="可以记录您拍照时的位置吗？仅用于核对是否在门店，审核结束 90 天后删除，最长保存 180 天。如不同意，将由专人更仔细地审核。",
)
_PLACE = Text(en="Stand at the store and send your location.", zh="请在门店现场发送位置。")


def _shot_step(shot: Mapping[str, Any], is_redo: bool) -> Step:
    constraints = {
        "min": shot["min"],
        "max": shot["max"],
        "source": "any" if shot.get("album") else "camera",
        "challenge": True,
        **{name: shot[name] for name in ("min_pixels", "example") if shot.get(name)},
    }
    text = Text.from_json(shot["text"])
    return Step(f"{SHOT}{shot['key']}", "photo", text, constraints, check="retaken" if is_redo else None)


def _send_step() -> Step:
    return Step(
        "send",
        "confirm",
        Text(en="Send the proof?", zh="确认提交吗？"),
        {"yes": Text(en="Send", zh="提交")},
        live="preview",
        offline_text=Text(
            en="Send the proof? The photos are checked when they arrive.", zh="确认提交吗？照片上传后会自动检查。"
        ),
    )


def check_retaken(
    opened: OpenClaim, answers: Mapping[str, Any], value: Sequence[str], _actor: Actor
) -> Rejection | None:
    """A shot that is asked for again shows at least one new photo."""
    del answers
    before = {name for names in opened.claim.photos.values() for name in names}
    if not before.issuperset(value):
        return None
    return Rejection(
        "photo_not_new", Text(en="This shot is wanted again: take a new photo.", zh="此项需要重拍，请拍摄新照片。")
    )


def preview(opened: OpenClaim, answers: Mapping[str, Any], _actor: Actor) -> dict[str, Any]:
    """Says before sending what is safe, what was remarked of it, and what happens then."""
    return proof_wording.preview(opened, _photos(answers), proofs.photos_of_claim(opened.claim))


def remarks(opened: OpenClaim, answers: Mapping[str, Any], _actor: Actor) -> list[Remark]:
    """What the check has found of the photos by now."""
    named = _photos(answers)
    known = proofs.photos_of_claim(opened.claim) if named else {}
    return [
        Remark(f"{SHOT}{shot}", text) for shot, names in named.items() for text in proof_wording.remarks(names, known)
    ]


def prove(opened: OpenClaim, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the proof, and read back what was stored."""
    facts = {key: value for key, value in answers.items() if key.startswith(FACT)}
    proof = Proof(_photos(answers), facts, answers.get("place"), answers["place_consent"] == REFUSE)
    return proof_wording.read_back(send(actor, opened.claim.public_id, opened.claim.version, proof))


def _photos(answers: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    return {key.removeprefix(SHOT): value for key, value in answers.items() if key.startswith(SHOT)}


def card(opened: OpenClaim) -> Card:
    """The promotion and the place at a glance."""
    return Card(opened.promotion.title_text, proof_wording.card_facts(opened))


FLOW = Flow(
    key=FLOW_KEY,
    version=1,
    title=Text(en="Prove a promotion", zh="提交活动凭证"),
    subject=SUBJECT_KIND,
    who=Who(frozenset({"store", "distributor", "agency"}), frozenset(PROVER_ROLES)),
    steps=steps_for,
    effect=prove,
    card=card,
    load=proofs.load,
    version_of=lambda opened: opened.claim.version,
    current_version=proofs.version_of,
    withdrawn=proof_wording.withdrawn,
    live={"preview": preview},
    checks={"retaken": check_retaken},
    remarks=remarks,
    closed=proof_wording.closed,
)
