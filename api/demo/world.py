"""Who and what the demo is made of: one brand, its partners, their people, its products, and open orders."""

from typing import Any, NamedTuple

BRAND_REF = "demo"
BRAND_NAME = "联禾食品 Lianhe Foods"


class Partner(NamedTuple):
    """One partner of the brand."""

    ref: str
    kind: str
    name: str
    region: str
    language: str = "zh"


class Human(NamedTuple):
    """One person: where they act, as what, and how the WeChat stub calls them. More places follow the first."""

    ref: str
    name: str
    language: str
    places: tuple[tuple[str, str], ...]
    phone: str
    wechat_user: str


class Ware(NamedTuple):
    """One product; `number` is its GTIN without the check digit, `pack` how many go into a carton."""

    sku: str
    name: str
    unit: str
    price: str
    number: str
    pack: int
    tracked_by: str


class Order(NamedTuple):
    """One open order: each line is sku, quantity and days from today until it is due."""

    ref: str
    supplier: str
    note: str
    lines: tuple[tuple[str, str, int], ...]


class Capacity(NamedTuple):
    """One open request for a supplier's capacity: which products, for how many months, and days until it is due."""

    ref: str
    supplier: str
    items: tuple[str, ...]
    months: int
    days: int
    recurs_on_day: int


class Campaign(NamedTuple):
    """One running promotion: who takes part in which stores, where those are, what is wanted of them, and what it pays."""

    ref: str
    title: dict[str, str]
    policy: dict[str, str]
    days: tuple[int, int, int, int]  # from today until it starts, is to be signed, ends, and proofs are due
    participants: tuple[dict[str, Any], ...]
    shots: tuple[dict[str, Any], ...]
    facts: tuple[dict[str, Any], ...]
    pays: dict[str, str]
    second_above: str


PARTNERS = (
    Partner("S-HENGFENG", "supplier", "恒丰包装厂 Hengfeng Packaging", "苏南"),
    Partner("S-JINGU", "supplier", "金谷粮油 Golden Grain Oils", "东北"),
    Partner("S-SPICEWELL", "supplier", "Spicewell Trading 瑞香调味", "华南", "en"),
    Partner("D-KANGYUAN", "distributor", "苏州康源商贸 Kangyuan Trading", "华东"),
    Partner("D-JIANGCHENG", "distributor", "武汉江城副食 Jiangcheng Grocery", "华中"),
    Partner("T-PINGJIANG", "store", "平江路便民店 Pingjiang Store", "华东"),
    Partner("T-GUANQIAN", "store", "观前街超市 Guanqian Market", "华东"),
    Partner("T-HUBU", "store", "户部巷食品店 Hubu Lane Foods", "华中"),
    Partner("A-XINGHUO", "agency", "星火终端服务 Xinghuo Field Agency", "华东"),
)

PEOPLE = (
    Human("buyer-chen", "陈静 Chen Jing", "zh", (("self", "buyer"),), "+8613800010001", "chen"),
    Human("reviewer-brown", "Emma Brown", "en", (("self", "reviewer"),), "+8613800010002", "emma"),
    Human("admin-zhao", "赵磊 Zhao Lei", "zh", (("self", "admin"),), "+8613800010003", "zhao"),
    Human("owner-wang", "王建国 Wang Jianguo", "zh", (("S-HENGFENG", "owner"),), "+8613800010004", "wang"),
    Human("clerk-li", "李小梅 Li Xiaomei", "zh", (("S-HENGFENG", "clerk"),), "+8613800010005", "li"),
    Human("owner-liu", "刘大山 Liu Dashan", "zh", (("S-JINGU", "owner"),), "+8613800010006", "liu"),
    Human("clerk-sun", "孙丽 Sun Li", "zh", (("S-JINGU", "clerk"),), "+8613800010007", "sun"),
    Human("owner-lopez", "Daniel Lopez", "en", (("S-SPICEWELL", "owner"),), "+8613800010008", "daniel"),
    Human("clerk-he", "何敏 He Min", "zh", (("S-SPICEWELL", "clerk"),), "+8613800010009", "he"),
    Human("owner-xu", "徐志强 Xu Zhiqiang", "zh", (("D-KANGYUAN", "owner"),), "+8613800010010", "xu"),
    Human("clerk-gao", "高翔 Gao Xiang", "zh", (("D-JIANGCHENG", "clerk"),), "+8613800010011", "gao"),
    Human(
        "field-qian",
        "钱多多 Qian Duoduo",
        "zh",
        (("T-PINGJIANG", "owner"), ("T-GUANQIAN", "field")),
        "+8613800010012",
        "qian",
    ),
    Human("field-zhou", "周小川 Zhou Xiaochuan", "zh", (("A-XINGHUO", "field"),), "+8613800010013", "zhou"),
    Human("owner-lin", "林芳 Lin Fang", "zh", (("A-XINGHUO", "owner"),), "+8613800010014", "lin"),
    Human("reviewer-tang", "唐颖 Tang Ying", "zh", (("self", "reviewer"),), "+8613800010015", "tang"),
)

WARES = (
    Ware("BOX-500", "瓦楞纸箱 500 型 Carton 500", "pcs", "2.35", "690100100001", 20, "none"),
    Ware("BOX-300", "瓦楞纸箱 300 型 Carton 300", "pcs", "1.62", "690100100002", 25, "none"),
    Ware("BAG-1KG", "自立袋 1 kg Stand-up bag 1 kg", "pcs", "0.1850", "690100100003", 500, "lot"),
    Ware("BAG-5KG", "编织袋 5 kg Woven bag 5 kg", "pcs", "0.6400", "690100100004", 200, "lot"),
    Ware("LABEL-A", "不干胶标签 A Label A", "roll", "18.50", "690100100005", 10, "none"),
    Ware("FILM-STR", "拉伸膜 Stretch film", "roll", "46.00", "690100100006", 6, "none"),
    Ware("TAPE-60", "封箱胶带 60 mm Packing tape", "roll", "4.20", "690100100007", 36, "none"),
    Ware("RICE-5", "五常大米 5 kg Wuchang rice", "bag", "32.80", "690100200001", 4, "expiry"),
    Ware("RICE-10", "五常大米 10 kg Wuchang rice", "bag", "62.50", "690100200002", 2, "expiry"),
    Ware("OIL-5", "大豆油 5 L Soybean oil", "bottle", "46.90", "690100200003", 4, "expiry"),
    Ware("OIL-PEANUT", "花生油 5 L Peanut oil", "bottle", "89.00", "690100200004", 4, "expiry"),
    Ware("FLOUR-25", "高筋面粉 25 kg Bread flour", "bag", "98.00", "690100200005", 2, "lot"),
    Ware("CORN-1", "玉米碴 1 kg Corn grits", "bag", "5.60", "690100200006", 20, "expiry"),
    Ware("BEAN-1", "黄豆 1 kg Soybeans", "bag", "7.90", "690100200007", 20, "expiry"),
    Ware("PEPPER-B", "黑胡椒粉 Black pepper", "kg", "78.00", "690100300001", 10, "lot"),
    Ware("PEPPER-S", "花椒 Sichuan pepper", "kg", "112.00", "690100300002", 10, "lot"),
    Ware("CHILI-D", "干辣椒 Dried chilli", "kg", "36.50", "690100300003", 20, "lot"),
    Ware("ANISE", "八角 Star anise", "kg", "64.00", "690100300004", 10, "lot"),
    Ware("SAUCE-SOY", "生抽酱油 1.9 L Soy sauce", "bottle", "15.80", "690100300005", 6, "expiry"),
    Ware("VINEGAR", "镇江香醋 550 ml Zhenjiang vinegar", "bottle", "9.40", "690100300006", 12, "expiry"),
)

_ALL = tuple(
    (ware.sku, str(40 + 15 * place), 12 + place % 3 * 5) for place, ware in enumerate(WARES) if ware.sku[0] in "BLFTRO"
)

ORDERS = (
    Order("PO-2026-1001", "S-HENGFENG", "", (("BOX-500", "1200", 9), ("TAPE-60", "72", 9))),
    Order("PO-2026-1002", "S-HENGFENG", "", (("BAG-1KG", "8000", 14),)),
    Order("PO-2026-1003", "S-HENGFENG", "请按行分批送货 Deliver line by line, please", _ALL),
    Order(
        "PO-2026-2001",
        "S-JINGU",
        "中秋备货 For the Mid-Autumn season",
        (("RICE-10", "1200", 20), ("OIL-PEANUT", "600", 20), ("OIL-5", "480", 24)),
    ),
    Order("PO-2026-2002", "S-JINGU", "", (("FLOUR-25", "60", 10),)),
    Order("PO-2026-2003", "S-JINGU", "", (("CORN-1", "400", 8), ("BEAN-1", "300", 8))),
    Order("PO-2026-3001", "S-SPICEWELL", "加急：门店缺货 Urgent: stores have run out", (("CHILI-D", "150", 2),)),
    Order("PO-2026-3002", "S-SPICEWELL", "", (("PEPPER-B", "25.5", 12), ("ANISE", "40", 12))),
    Order("PO-2026-3003", "S-SPICEWELL", "", (("SAUCE-SOY", "360", 1), ("VINEGAR", "240", 1))),
)

CAPACITY = Capacity(
    "CAP-2026-1",
    "S-HENGFENG",
    ("BOX-500", "BOX-300", "BAG-1KG", "BAG-5KG", "LABEL-A", "FILM-STR", "TAPE-60"),
    months=3,
    days=6,
    recurs_on_day=25,
)


def _place(latitude: str, longitude: str) -> dict[str, str]:
    return {"latitude": latitude, "longitude": longitude, "system": "gcj02"}


PROMOTION = Campaign(
    "PROMO-2026-1",
    {"zh": "夏季冰柜陈列", "en": "Summer cooler display"},
    {
        "zh": "1. 冰柜放在门口或收银台旁，进店即可看到。\n"
        "2. 本品牌产品不少于三层，每层不少于十个排面。\n"
        "3. 海报贴在冰柜正面，不得遮挡产品。\n"
        "4. 每家门店按要求拍照提交，审核通过后按标准支付费用。\n"
        "5. 照片须在现场拍摄，验证码用手写在纸上并拍入画面。",
        "en": "1. The cooler stands at the door or beside the till, seen by everybody who comes in.\n"
        "2. At least three shelves of our products, ten facings on each.\n"
        "3. The poster hangs on the front of the cooler and hides no product.\n"
        "4. Each store sends its photos; what is approved is paid at the rate below.\n"
        "5. Photos are taken on the spot, with the code handwritten on paper in the picture.",
    },
    (-2, 5, 40, 45),
    (
        {
            "partner": "D-KANGYUAN",
            "proved_by": "A-XINGHUO",
            "stores": [
                {"store": "T-PINGJIANG", "place": _place("31.3140", "120.6340")},
                {"store": "T-GUANQIAN", "place": _place("31.3116", "120.6236")},
            ],
        },
        {"partner": "T-HUBU", "proved_by": "A-XINGHUO", "place": _place("30.5470", "114.3030")},
    ),
    (
        {"key": "front", "text": {"zh": "冰柜正面全景", "en": "The whole cooler from the front"}},
        {"key": "inside", "text": {"zh": "打开柜门，拍各层产品", "en": "The shelves with the door open"}, "max": 2},
        {"key": "poster", "text": {"zh": "冰柜上的海报", "en": "The poster on the cooler"}},
        {"key": "shop", "text": {"zh": "门店门头和冰柜", "en": "The shop front with the cooler"}},
    ),
    (
        {
            "step": "fact_facings",
            "kind": "quantity",
            "text": {"zh": "一共有多少个排面？", "en": "How many facings are there?"},
            "constraints": {"unit": {"zh": "个", "en": "facings"}, "max": "500"},
        },
        {
            "step": "fact_rival",
            "kind": "choice",
            "text": {"zh": "旁边有其他品牌的冰柜吗？", "en": "Is another brand's cooler beside it?"},
            "constraints": {
                "options": [
                    {"key": "no", "text": {"zh": "没有", "en": "No"}},
                    {"key": "yes", "text": {"zh": "有", "en": "Yes"}},
                ]
            },
        },
    ),
    {"kind": "per_store", "amount": "400.00", "currency": "CNY"},
    second_above="300.00",
)
