"""What is kept, how long and why: one table, run every night in slices, and rendered as docs/retention.md.

Every table of the schema stands here (a test looks). A slice is one row of the outbox and one transaction; a full one
publishes the next. Nothing that accounts are made from is ever deleted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter

from api import idempotency
from config import clock, database
from config.forgetting import Slice
from notifications import consents, outbox, settled, tallies
from workflows.domain import access, invitations, phone_codes, sign_in
from workflows.domain.evidence import sweeping
from workflows.engine import places, records, unused_photos

NIGHT, SLICE = "night", "retention"
_AT_HOUR = 19  # UTC: three in the morning in China

FORGOTTEN = Counter("partnerline_retention_forgotten", "Rows deleted because their time was over, by rule", ["rule"])


@dataclass(frozen=True)
class Kept:
    """Rows that are kept so many days after a moment, and the function that forgets a slice of the older ones."""

    table: str
    what: str
    days: int
    after: str
    why: str
    forget: Callable[[datetime, int], Slice]


@dataclass(frozen=True)
class KeptForGood:
    """Tables whose rows are never deleted for their age."""

    tables: tuple[str, ...]
    why: str


RULES: Mapping[str, Kept] = {
    "calls": Kept(
        "idempotency_record",
        "answers to calls with an Idempotency-Key",
        idempotency.KEPT.days,
        "the call",
        "a brand's system may send the same call again for seven days (CONTRACT §4)",
        idempotency.forget_calls,
    ),
    "templates": Kept(
        "template",
        "steps handed to phones",
        30,
        "they were handed out",
        "a phone without signal may begin with them for thirty days (DESIGN §4)",
        records.forget_templates,
    ),
    "login-codes": Kept(
        "spent_login_code",
        "spent WeChat login codes, with their sealed openids",
        1,
        "they were spent",
        "WeChat forgets a code after five minutes, and a lost answer is asked for again no later",
        sign_in.forget_spent_codes,
    ),
    "phone-codes": Kept(
        "sms_code",
        "codes asked for by text message, with their sealed numbers",
        1,
        "they were asked for",
        "a code is good for ten minutes, and a lost answer is asked for again five minutes later at most",
        phone_codes.forget_codes,
    ),
    "tallies": Kept(
        "tally",
        "what was used of the limits of text messages, under keyed digests",
        3,
        "the window opened",
        "the longest window is a brand's day in its own zone",
        tallies.forget_tallies,
    ),
    "sessions": Kept(
        "phone_session",
        "ended and expired sessions, but of each person the newest",
        30,
        "they would have run out",
        "somebody asks who was signed in where; the newest says for whom a person acts at the next sign-in",
        access.forget_sessions,
    ),
    "invitations": Kept(
        "invitation",
        "used, revoked and expired invitations",
        365,
        "they ran out",
        "an old link still gets a sensible answer, and can be renewed",
        invitations.forget_invitations,
    ),
    "outbox": Kept(
        "outbox_row",
        "what was sent, done or cancelled, but not the 50 newest notices of a person in one place",
        90,
        "it was settled",
        "an operator looks up what became of a message; the inbox shows the newest whatever their age. A dedupe key matters "
        "for as long as its fact may be told again: seven days, when a call is repeated",
        settled.forget_settled,
    ),
    "outbox-given-up": Kept(
        "outbox_row",
        "dead and unknown rows",
        730,
        "they were given up",
        "an operator decides on each (`outbox retry`, `outbox drop`); after two years nobody will",
        settled.forget_given_up,
    ),
    "consent-reports": Kept(
        "consent_report",
        "single answers to WeChat's question",
        365,
        "they were reported",
        "a phone that was off sends its report again and must not be counted twice; what is left of a consent stays",
        consents.forget_reports,
    ),
    "answers": Kept(
        "answer_record",
        "answers as they arrived, of conversations that have ended",
        180,
        "they were taken",
        "a phone that was off sends its answers again and must hear what became of them; the answers that counted, by whom "
        "and when, stay in their conversation",
        records.forget_answers,
    ),
    "conversations": Kept(
        "conversation",
        "conversations that were left or superseded, with their texts",
        180,
        "they ended",
        "a phone that was off asks what took their place; they have no result",
        records.forget_without_result,
    ),
    "unused-photos": Kept(
        "evidence_photo",
        "photos that stand in no answer of a conversation that is done or open, with their bytes",
        30,
        "they were received",
        "one that was replaced before sending proves nothing; a phone that was off hears for a month that its photo is safe",
        unused_photos.forget_unused,
    ),
    "photo-places": Kept(
        "evidence_photo",
        "where a photo was taken (the place alone)",
        180,
        "it was received",
        "a decision may be asked about for as long as it can be undone (90 days); what came of the place stays with the claim",
        sweeping.forget_places,
    ),
    "places": Kept(
        "claim",
        "where people said to be: on the claim, on its photos and in their answers. The distance from the store stays",
        90,
        "the decision",
        "whoever disputes a decision does so within three months; people were promised these days when they agreed",
        places.forget_decided,
    ),
    "places-undecided": Kept(
        "claim",
        "the same of proofs that wait for a decision",
        180,
        "they were sent",
        "the longest that people were promised",
        places.forget_sent,
    ),
    "places-earlier": Kept(
        "claim",
        "the same where the place was given once, and refused when photos were taken again",
        90,
        "the decision",
        "it was agreed to under the same promise",
        places.forget_earlier,
    ),
    "places-in-facts": Kept(
        "claim",
        "places in answers to a brand's own questions or of an earlier round, where no other was given",
        180,
        "they were sent",
        "the longest that people were promised",
        places.forget_facts,
    ),
    "places-unsent": Kept(
        "conversation",
        "places in answers that were never sent",
        180,
        "the last answer",
        "the longest that people were promised",
        places.forget_unsent,
    ),
}
FOR_GOOD = (
    KeptForGood(
        ("purchase_order", "order_line", "task", "conversation"),
        "the accounts: what was ordered, asked, answered and by whom. Of conversations those with a result",
    ),
    KeptForGood(
        ("capacity_request", "capacity_item", "capacity_plan", "supplier_load"),
        "what was asked and what was last said: a row for each request, for each product and month, and for each supplier",
    ),
    KeptForGood(
        (
            "promotion",
            "participation",
            "promotion_site",
            "claim",
            "claim_decision",
            "settlement_line",
            "evidence_photo",
        ),
        "the accounts of promotions: what was asked, signed, proved, decided and paid",
    ),
    KeptForGood(
        ("evidence_photo", "photo_print", "challenge"),
        "what a photo showed, when it came and which code stood in it: who decided on it must be able to say why. Prints go with "
        "their photo",
    ),
    KeptForGood(("event", "event_counter"), "the log that feed, webhooks and projections are made from, without gaps"),
    KeptForGood(
        ("audit_entry", "audit_view"),
        "who changed and who saw what: a chain with a link taken out proves nothing. Ids alone, so that an erased person is gone",
    ),
    KeptForGood(
        ("organisation", "person", "membership", "address", "consent"),
        "who there is, how they are reached and what they allowed; a person is erased on their demand, not by age",
    ),
    KeptForGood(
        ("product", "trade_item", "confirmation_rule", "sms_budget", "api_key", "inbox_stamp"),
        "master data and settings: a row for each thing there is, no history",
    ),
)


def schedule() -> None:
    """Have the next night's tidying done, where that is not planned already."""
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=_AT_HOUR, minute=0, second=0, microsecond=0)
    night = tomorrow.date().isoformat()
    with database.transaction():
        outbox.publish_internal(NIGHT, {"night": night}, f"{NIGHT}:{night}", available_at=tomorrow)


def begin_night(payload: Mapping[str, Any]) -> None:
    """Begin every rule's first slice of a night. Rules go on by themselves: one that fails holds up no other."""
    night = payload.get("night") or clock.now().date().isoformat()
    for rule in RULES:
        _publish(rule, night, 0, 0)
    schedule()


def forget_slice(payload: Mapping[str, Any]) -> None:
    """Forget one slice by one rule, and have the next one done where there is one."""
    name = payload["rule"]
    rule = RULES.get(name)
    if rule is None:
        return  # planned by a process of another version
    done = rule.forget(clock.now() - timedelta(days=rule.days), payload["after"])
    database.after_commit("retention:count", lambda: FORGOTTEN.labels(name).inc(done.forgotten))
    if done.after is not None:
        _publish(name, payload["night"], payload["slice"] + 1, done.after)


def _publish(rule: str, night: str, number: int, after: int) -> None:
    asked = {"rule": rule, "night": night, "slice": number, "after": after}
    outbox.publish_internal(SLICE, asked, f"{SLICE}:{rule}:{night}:{number}")


def document() -> str:
    """docs/retention.md."""
    rows = [
        f"| `{rule.table}` | {rule.what} | {rule.days} days after {rule.after} | {rule.why} |"
        for rule in RULES.values()
    ]
    kept = [f"| {', '.join(f'`{table}`' for table in one.tables)} | {one.why} |" for one in FOR_GOOD]
    return "\n".join([_HEAD, *rows, _FOR_GOOD_HEAD, *kept, ""])


_HEAD = """# What is kept, how long and why

Drawn from `api/retention.py` by `make draw`. Every night at 19:00 UTC the worker forgets what is past its time, at most 1,000
rows in one transaction, so that nobody waits for it; `partnerline_retention_forgotten_total` counts by rule.

| table | what | kept | why |
|---|---|---|---|"""
_FOR_GOOD_HEAD = """
Kept for good:

| tables | why |
|---|---|"""
