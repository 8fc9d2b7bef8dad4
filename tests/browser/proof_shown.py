"""A proof to be reviewed, with everything that a review can show, and the photos it names."""

import re
from typing import Any

from playwright.sync_api import Page, Route

from config.text import Text
from tests.pictures import blurred, jpeg, shelf
from workflows.engine.flow import Step

CODE = "7K3P"
SHOTS = {
    "front": Text(en="Shop front", zh="门头"),
    "shelf": Text(en="The whole shelf", zh="货架全景"),
    "price": Text(en="Price tags", zh="价格牌"),
}
_RULES = {
    "en": "{at}. Goods stand on the middle shelf for the whole period, their price tag before them, filled up within two days. ",
    "zh": "第{at}条　活动期间，促销商品须陈列在货架中层，价格牌清楚可见，不得遮挡。门店须保持陈列完整，缺货后两日内补齐。",
}
POLICY = Text(**{spoken: "\n\n".join(rule.format(at=at) * 3 for at in range(1, 8)) for spoken, rule in _RULES.items()})


def _reason(code: str, level: str, en: str, zh: str) -> dict[str, Any]:
    return {"code": code, "level": level, "text": Text(en=en, zh=zh)}


_FAR = _reason(
    "place_far", "red", "Taken 1.8 km from the store. Ask where it was.", "拍摄地点离门店 1.8 公里，请问清在哪里拍的。"
)
_SEEN = _reason(
    "seen_before_exactly",
    "hold",
    "Exactly this photo was sent before, for another store.",
    "这张照片和以前另一家门店交的一模一样。",
)
_BLURRED = _reason("blurred", "hint", "Out of focus.", "照片有点模糊。")


def _photo(key: str, *reasons: dict[str, Any], alike: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "photo": f"img_{key}",
        "captured_at": "2026-11-22T06:05:00Z",
        "reasons": list(reasons),
        "alike": list(alike),
    }


def _alike(key: str | None, en: str, zh: str) -> dict[str, Any]:
    return {"photo": key and f"img_{key}", "text": Text(en=en, zh=zh)}


def _shot(key: str, wanted: str, example: str | None, *photos: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": key,
        "text": SHOTS[key],
        "wanted": wanted,
        "example": example and f"img_{example}",
        "photos": list(photos),
    }


def proof(**changes: Any) -> dict[str, Any]:
    """The proof as the note carries it."""
    seen = _alike("earlier", "Sent on 3 November by another store of yours.", "11月3日另一家门店交过，是同一品牌的。")
    hidden = _alike(None, "A very similar photo was received before.", "以前收到过很像的照片。")
    shots = [
        _shot("front", "1", "example", _photo("front")),
        _shot("shelf", "2–3", None, _photo("shelf1", _BLURRED), _photo("shelf2", _SEEN, alike=(seen,))),
        _shot("price", "1", "example2", _photo("price", alike=(hidden,))),
    ]
    whole = {
        "store": "平江路便民店 Pingjiang Store", "partner": "苏州康源商贸 Kangyuan Trading",
        "promotion": Text(en="New Year display", zh="新年堆头陈列"),
        "sent_at": "2026-11-22T06:20:00Z", "sent_by": "钱多多 Qian Duoduo", "round": 2,
        "place": {"text": Text(en="1.8 km from the store (accurate to 20 m)", zh="离门店 1.8 公里（误差 20 米）")},
        "code": CODE, "amount": "CNY 200.00", "score": 70, "held": True, "reasons": [_FAR, _SEEN], "shots": shots,
        "facts": [[Text(en="Cartons on display", zh="堆头箱数"), "24"], [Text(en="Price", zh="售价"), "CNY 32.80"]],
        "decisions": [{"text": Text(en="Again: the whole shelf", zh="要求重拍：货架全景"), "at": "2026-11-21T03:00:00Z"}],
    }  # fmt: skip
    return {**whole, **changes}


def review_of(shown: dict[str, Any]) -> tuple[Step, ...]:
    """The steps of a review of this proof."""
    yes_no = [("yes", "Yes", "看到"), ("no", "No", "没有"), ("unsure", "Not sure", "看不清")]
    decisions = [("approve", "Approve", "通过"), ("reject", "Reject", "不通过"), ("redo", "Photos again", "重拍")]
    visible = Text(en=f"Is {CODE} written on paper in the photos?", zh=f"照片里能看到纸上写着 {CODE} 吗？")
    return (
        Step("proof", "note", Text(en="Look at the photos.", zh="请看照片。"), {"data": {"proof": shown}}),
        Step("code_visible", "choice", visible, {"options": _options(yes_no)}),
        Step("decision", "choice", Text(en="What do you decide?", zh="您的决定是？"), {"options": _options(decisions)}),
    )


def _options(rows: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
    return [{"key": key, "text": Text(en=en, zh=zh)} for key, en, zh in rows]


def signing(stores: int) -> tuple[Step, ...]:
    """The steps of signing for a promotion with a long policy and many stores."""
    options = [
        {"key": f"s{at}", "text": Text(en=f"Store {at:02}", zh=f"{'东' if at % 3 else '西'}门店 {at:02}")}
        for at in range(1, stores + 1)
    ]
    return (
        Step("policy", "note", POLICY),
        Step(
            "stores",
            "choices",
            Text(en="Which stores take part?", zh="哪些门店参加？"),
            {"options": options, "min": 1, "max": stores},
        ),
        Step("sure", "confirm", Text(en="Send?", zh="确认发送？"), {"yes": Text(en="Send", zh="发送")}),
    )  # fmt: skip


class Album:
    """The photos of the proof on the line of one page: what was asked for, and how often one is not ready yet."""

    def __init__(self, page: Page, not_ready: int = 0, never: str = "") -> None:
        self.asked: list[str] = []
        self.not_ready, self.never = not_ready, never
        self._drawn = {at: jpeg(shelf(at, CODE, (640, 480))) for at in range(6)}
        self._drawn[6] = jpeg(blurred(shelf(1, CODE, (640, 480))))
        page.route("**/api/v1/phone/photos/**", self._answer)

    def _answer(self, route: Route) -> None:
        found = re.search(r"photos/img_(\w+)\?size=(\w+)", route.request.url)
        assert found, route.request.url
        assert route.request.headers["authorization"].startswith("Bearer ")
        self.asked.append(f"{found[1]} {found[2]}")
        if found[1] == self.never or self.asked.count(f"{found[1]} {found[2]}") <= self.not_ready:
            problem = {"type": "urn:partnerline:problem:photo_not_ready", "code": "photo_not_ready", "status": 404}
            route.fulfill(
                status=404, json=problem, content_type="application/problem+json", headers={"Retry-After": "1"}
            )
            return
        at = {"shelf1": 6, "shelf2": 2, "earlier": 2, "front": 3, "example": 4, "example2": 5}.get(found[1], 1)
        route.fulfill(body=self._drawn[at], content_type="image/jpeg")
