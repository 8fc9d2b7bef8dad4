"""A partner's part in a promotion, in the words of those who sign for it."""

from config.text import Text
from workflows.domain.promotions import announcing, wording
from workflows.domain.promotions.joining import Part
from workflows.domain.promotions.reasons import REASONS
from workflows.domain.promotions.records import DECLINED, JOINED, OPEN, Site

Fact = tuple[Text, Text | str]
_LONGEST_LABEL = 40  # what a button on a narrow phone holds
_SIGNED = Text(
    en="{partner} joins “{title}” under the policy of version {version}.",
    zh="{partner} 同意参加“{title}”（政策第 {version} 版）。",
)
_JOINED = Text(en="Signed: {partner} joins “{title}”.", zh="已签约：{partner} 参加“{title}”。")
_STORES = Text(en="Stores ({count}): {names}", zh="参加门店（{count} 家）：{names}")
_NEXT = Text(
    en="From {first} on, the photos are asked for. They are due by {due}.",
    zh="{first} 起开始拍照取证，请在 {due} 前提交。",
)
_DECLINED = Text(en="Stored: {partner} does not join. Reason: {reason}", zh="已记录：{partner} 不参加。原因：{reason}")


def store_label(site: Site) -> Text:
    """A store as it stands on a button."""
    name: str = site.organisation.name
    label = name if len(name) <= _LONGEST_LABEL else f"{name[: _LONGEST_LABEL - 1]}…"
    return Text(en=label, zh=label)


def card_facts(part: Part) -> tuple[Fact, ...]:
    """What a promotion is about, at a glance."""
    until = wording.moment(announcing.until(part.promotion), part.partner.time_zone)
    return (
        (Text(en="From", zh="品牌方"), part.brand.name),
        *term_facts(part),
        (Text(en="Sign by", zh="签约截止"), until),
    )


def term_facts(part: Part) -> list[Fact]:
    """The terms that are signed, beside the policy's words."""
    promotion = part.promotion
    due = wording.moment(promotion.due_at, part.partner.time_zone)
    facts: list[Fact] = [
        (Text(en="Period", zh="活动时间"), wording.period(promotion)),
        (Text(en="Pays", zh="费用标准"), wording.pay(promotion)),
    ]
    limit = wording.budget(promotion)
    if limit is not None:
        facts.append((Text(en="Limit", zh="费用上限"), limit))
    return [*facts, (Text(en="Photos due", zh="照片截止"), due)]


def signed_text(part: Part) -> Text:
    """The sentence that is signed."""
    promotion = part.promotion
    return _SIGNED.format(partner=part.partner.name, title=promotion.title_text, version=promotion.version)


def joined(part: Part) -> tuple[Text, ...]:
    """What was stored of a signature: who joined, with which stores, and what comes next."""
    promotion, zone = part.promotion, part.partner.time_zone
    names = [site.organisation.name for site in part.chosen]
    first = _JOINED.format(partner=part.partner.name, title=promotion.title_text)
    stores = _STORES.format(count=len(names), names=wording.names(names))
    following = _NEXT.format(first=promotion.starts_on.isoformat(), due=wording.moment(promotion.due_at, zone))
    return first, stores, following


def declined(part: Part) -> tuple[Text, ...]:
    """What was stored of a refusal."""
    known = part.participation
    said = known.reason_text
    reason = Text(en=said, zh=said) if said else REASONS[known.reason or "other"]
    return (_DECLINED.format(partner=part.partner.name, reason=reason),)


def withdrawn(part: Part | None) -> Text:
    """Why nothing is asked any more."""
    if part is None or part.promotion.state != OPEN:
        return Text(en="The brand has withdrawn this promotion.", zh="品牌方已撤回此活动。")
    if part.participation.state == JOINED:
        return Text(en="This promotion has been signed.", zh="此活动已签约。")
    if part.participation.state == DECLINED:
        return Text(en="This promotion has been declined.", zh="此活动已选择不参加。")
    return Text(en="The brand has changed this promotion.", zh="品牌方已修改此活动。")
