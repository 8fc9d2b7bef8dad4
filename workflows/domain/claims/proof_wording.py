"""What people read about a proof before, while and after they send it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from config.text import Text
from workflows.domain.claims.proofs import OpenClaim
from workflows.domain.claims.records import WITHDRAWN
from workflows.domain.evidence import findings
from workflows.domain.evidence.records import UNREADABLE, EvidencePhoto

READY, ODD, OUTSIDE = "ready", "odd", "outside"
"""What is known when a proof is about to be sent; another verdict by then, and it is shown again."""
_VERDICTS: Mapping[str, Text] = {
    READY: Text(
        en="The photos are checked when they arrive. You will be told the result.",
        zh="提交后会检查照片，有结果会通知您。",
    ),
    ODD: Text(
        en="Some photos have remarks: a person will look closely. You may go back and retake them.",
        zh="有照片存在问题，将由专人仔细审核。您也可以返回重拍。",
    ),
    OUTSIDE: Text(
        en="The promotion is not on at this time. You may send all the same; a person decides.",
        zh="当前不在活动期内，仍可提交，由专人审核决定。",
    ),
}
_LABELS: Mapping[str, Text] = {
    READY: Text(en="Ready to send", zh="可以提交"),
    ODD: Text(en="With remarks", zh="有照片待改进"),
    OUTSIDE: Text(en="Outside the period", zh="不在活动期"),
}
_SAFE = Text(en="{count} safe", zh="{count} 张已上传")
_SAFE_ODD = Text(en="{count} safe, {odd} with remarks", zh="{count} 张已上传，{odd} 张有问题")
_KEPT = Text(en="{count} kept", zh="{count} 张保留")
SENT = Text(en="Sent: {count} photos of {store}.", zh="已提交 {store} 的 {count} 张照片。")
NEXT = Text(en="They are checked now. You will be told the result.", zh="正在检查，有结果会通知您。")


def preview(
    opened: OpenClaim, named: Mapping[str, Sequence[str]], photos: Mapping[str, EvidencePhoto]
) -> dict[str, Any]:
    """What is about to be sent: how many photos of each shot are safe, what was remarked, and what happens then."""
    verdict = _verdict(opened, [photos[name] for names in named.values() for name in names if name in photos])
    facts = [
        [Text.from_json(shot["text"]), _safe(opened, shot["key"], named, photos)] for shot in opened.promotion.shots
    ]
    content = [
        opened.claim.public_id,
        opened.claim.version,
        verdict,
        sorted(named.items()),
        [str(fact) for fact in facts],
    ]
    fingerprint = hashlib.sha256(repr(content).encode()).hexdigest()
    return {
        "preview": {
            "id": f"prv_{fingerprint[:32]}",
            "verdict": verdict,
            "label": _LABELS[verdict],
            "text": _VERDICTS[verdict],
            "facts": facts,
        }
    }


def _verdict(opened: OpenClaim, photos: Sequence[EvidencePhoto]) -> str:
    if not opened.is_in_window:
        return OUTSIDE
    return ODD if any(_is_odd(photo) for photo in photos) else READY


def _is_odd(photo: EvidencePhoto) -> bool:
    return photo.state == UNREADABLE or bool(photo.findings)


def _safe(
    opened: OpenClaim, shot: str, named: Mapping[str, Sequence[str]], photos: Mapping[str, EvidencePhoto]
) -> Text:
    if shot not in named:
        return _KEPT.format(count=len(opened.claim.photos.get(shot, ())))
    odd = sum(1 for name in named[shot] if name in photos and _is_odd(photos[name]))
    return (_SAFE_ODD if odd else _SAFE).format(count=len(named[shot]), odd=odd)


def remarks(names: Sequence[str], photos: Mapping[str, EvidencePhoto]) -> list[Text]:
    """What was found of the photos of one shot by now, each sentence with the number of its photo."""
    found = [(number, photos[name]) for number, name in enumerate(names, start=1) if name in photos]
    return [
        _NUMBERED.format(number=number, words=findings.sentence(one["code"], one["facts"]))
        for number, photo in found
        for one in photo.findings
    ]


_NUMBERED = Text(en="Photo {number}: {words}", zh="第 {number} 张：{words}")


def read_back(opened: OpenClaim) -> tuple[Text, ...]:
    """What was stored, as the last message says it."""
    count = sum(len(names) for names in opened.claim.photos.values())
    return SENT.format(count=count, store=opened.store.name), NEXT


def withdrawn(opened: OpenClaim | None) -> Text:
    """Why nothing is asked any more."""
    if opened is None:
        return Text(en="This proof is no longer yours to send.", zh="此凭证已不由您提交。")
    if opened.claim.state == WITHDRAWN:
        return Text(en="The brand no longer wants this proof.", zh="品牌方已不需要此凭证。")
    return Text(en="This proof has been sent. There is nothing left to do.", zh="凭证已提交，无需再操作。")


def closed(opened: OpenClaim) -> Text | None:
    """Why a proof is not taken any more; None as long as it is: late is welcome for a month."""
    return _OVER if opened.is_over else None


_OVER = Text(
    en="The promotion ended more than a month ago: proofs are no longer taken.",
    zh="活动结束已超过一个月，不再接收凭证。",
)


def card_facts(opened: OpenClaim) -> tuple[tuple[Text, Text | str], ...]:
    """A proof at a glance: where, for whom, when, how many shots."""
    promotion = opened.promotion
    days = Text(en="{first} to {last}", zh="{first} 至 {last}").format(
        first=promotion.starts_on, last=promotion.ends_on
    )
    return (
        (Text(en="Store", zh="门店"), opened.store.name),
        (Text(en="From", zh="品牌方"), opened.brand.name),
        (Text(en="Period", zh="活动期"), days),
        (Text(en="Shots", zh="拍摄项"), Text(en="{count}", zh="{count} 项").format(count=len(opened.shots))),
    )
