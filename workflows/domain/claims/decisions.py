"""What a reviewer can say to a claim, and why a claim may be rejected."""

from collections.abc import Mapping
from dataclasses import dataclass

from config.text import Text
from workflows.domain.claims.records import APPROVE, APPROVED, IN_REVIEW, REJECT, REJECTED, SECOND_REVIEW

YES, NO, UNSURE = "yes", "no", "unsure"
OTHER = "other"
WAITING = (IN_REVIEW, SECOND_REVIEW)
DECIDED = {APPROVED: APPROVE, REJECTED: REJECT}
"""The states in which a claim is decided, and which decision each stands for."""


@dataclass(frozen=True)
class Decision:
    """What one reviewer says to one claim.

    kind is approve, reject or redo; code_visible is yes, no or unsure; reason is a key of REASONS (reject); shots are the keys
    of those asked for again (redo); text is a word to those who sent it.
    """

    kind: str
    code_visible: str | None = None
    reason: str | None = None
    text: str = ""
    shots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a claim is rejected: as the reviewer picks it, and what the partner can do about it."""

    text: Text
    advice: Text


_ASK = Text(
    en="If that is wrong, tell the brand: it can look at the claim again.",
    zh="如有异议，请联系品牌方，可以重新审核。",
)
REASONS: Mapping[str, Reason] = {
    "not_as_agreed": Reason(Text(en="Not built as agreed", zh="执行不符合要求"), _ASK),
    "other_place": Reason(Text(en="Another store or place", zh="不是约定的门店"), _ASK),
    "not_fresh": Reason(Text(en="Old or borrowed photos", zh="照片不是当次拍摄"), _ASK),
    "no_code": Reason(Text(en="The code is not in the photos", zh="照片中没有手写验证码"), _ASK),
    "outside_period": Reason(Text(en="Outside the promotion's period", zh="不在活动期间"), _ASK),
    OTHER: Reason(Text(en="Another reason", zh="其他原因"), _ASK),
}
