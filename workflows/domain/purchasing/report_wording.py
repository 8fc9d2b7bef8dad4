"""What is said about a report on a confirmed order."""

from collections.abc import Sequence

from config.text import Text
from workflows.domain.purchasing import orders, wording
from workflows.domain.purchasing.orders import OpenOrder

PREVIEW = Text(
    en="The brand's buyer decides. Until then the agreement stands. We will tell you.",
    zh="由品牌采购决定，在此之前原约定有效。结果会通知您。",
)


def read_back(stored: OpenOrder, reported: Sequence[int]) -> tuple[Text, ...]:
    """What is proposed now on the reported lines (their numbers), one message each."""
    head = Text(
        en="Reported for order {ref}. The brand's buyer decides.", zh="已报告：订单 {ref}，等待品牌采购决定。"
    ).format(ref=stored.order.ref)
    return (head, *wording.read_back(stored, reported)[1:])


def withdrawn(order: OpenOrder | None) -> Text:
    """Why there is nothing to report on any more; an order that is no longer theirs is None."""
    if order is None or order.order.state == orders.CANCELLED:
        return wording.withdrawn(order)
    return Text(
        en="The order has moved on. Nothing of it is confirmed that you could report on.",
        zh="订单已有变化，没有可以报告的已确认内容。",
    )
