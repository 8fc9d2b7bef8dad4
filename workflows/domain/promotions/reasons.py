"""The few words that stand for why a partner takes no part."""

from collections.abc import Mapping
from types import MappingProxyType

from config.text import Text

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "pay": Text(en="The pay is too low", zh="费用太低"),
        "time": Text(en="There is too little time", zh="时间来不及"),
        "staff": Text(en="We have no people for it", zh="人手不足"),
        "stock": Text(en="We have no stock or space", zh="缺货或没有位置"),
        "other": Text(en="Another reason", zh="其他原因"),
    }
)
