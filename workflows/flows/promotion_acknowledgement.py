"""A distributor's owner reads what a promotion asks and pays, joins or declines, chooses stores, and signs."""

from collections.abc import Mapping
from typing import Any

from config.text import Text
from workflows.domain.access import Actor
from workflows.domain.claims import acknowledging
from workflows.domain.promotions import joining, part_wording
from workflows.domain.promotions.announcing import FLOW as FLOW_KEY
from workflows.domain.promotions.announcing import SIGNER_ROLES
from workflows.domain.promotions.joining import Part
from workflows.domain.promotions.reasons import REASONS
from workflows.domain.promotions.records import PARTICIPATION_KIND
from workflows.engine.content import Entry
from workflows.engine.flow import Card, Flow, Step, distributor, when

JOIN, DECLINE = "join", "decline"
_LONGEST_REASON = 300


def steps_for(part: Part) -> list[Step]:
    """The policy, the decision, and what belongs to it; nothing where nothing is to be signed any more."""
    if not part.is_open:
        return []
    policy = Step("policy", "note", Text.from_json(part.promotion.policy))
    return [policy, *_decision_steps(), *_store_steps(part), _signature_step(part)]


def _decision_steps() -> list[Step]:
    joins: Entry = {"key": JOIN, "text": Text(en="Join", zh="参加")}
    declines: Entry = {"key": DECLINE, "text": Text(en="Decline", zh="不参加")}
    reasons: list[Entry] = [{"key": key, "text": text} for key, text in REASONS.items()]
    return [
        Step("decision", "choice", Text(en="Do you join?", zh="是否参加本活动？"), {"options": [joins, declines]}),
        Step(
            "reason",
            "choice",
            Text(en="Why not?", zh="不参加的原因是？"),
            {"options": reasons},
            when("decision").is_in(DECLINE),
        ),
        Step(
            "reason_text",
            "text",
            Text(en="Please say it in a few words.", zh="请简单说明。"),
            {"min_length": 1, "max_length": _LONGEST_REASON},
            when("reason").is_in("other"),
        ),
    ]


def _store_steps(part: Part) -> list[Step]:
    if len(part.sites) < 2:
        return []
    options: list[Entry] = [
        {"key": site.organisation.ref, "text": part_wording.store_label(site)} for site in part.sites
    ]
    text = Text(en="Which stores take part?", zh="哪些门店参加？")
    return [Step("stores", "choices", text, {"options": options, "min": 1}, when("decision").is_in(JOIN))]


def _signature_step(part: Part) -> Step:
    preview: Entry = {"text": part_wording.signed_text(part), "facts": part_wording.term_facts(part)}
    text = Text(en="Sign here. You agree to the policy above.", zh="请签名，表示同意上述活动政策。")
    return Step("signature", "signature", text, {"preview": preview}, when("decision").is_in(JOIN))


def acknowledge(part: Part, answers: Mapping[str, Any], actor: Actor) -> tuple[Text, ...]:
    """Store the answer, ask for the proofs of the chosen stores, and read back what was stored."""
    known = part.participation.public_id, part.participation.version
    if answers["decision"] == JOIN:
        return part_wording.joined(acknowledging.join(actor, *known, answers.get("stores"), answers["signature"]))
    reason, words = answers["reason"], answers.get("reason_text", "")
    return part_wording.declined(acknowledging.decline(actor, *known, reason, words))


def card(part: Part) -> Card:
    """The promotion at a glance."""
    return Card(part.promotion.title_text, part_wording.card_facts(part))


FLOW = Flow(
    key=FLOW_KEY,
    version=1,
    title=Text(en="Join a promotion", zh="签约活动"),
    subject=PARTICIPATION_KIND,
    who=distributor(*SIGNER_ROLES),
    steps=steps_for,
    effect=acknowledge,
    card=card,
    load=joining.load,
    version_of=lambda part: part.participation.version,
    current_version=joining.version_of,
    withdrawn=part_wording.withdrawn,
)
