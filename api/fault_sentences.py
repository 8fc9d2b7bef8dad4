"""What each fault of a field says to a person, in both languages. Codes are stable; `{facts}` come with the fault."""

from collections.abc import Mapping

from config.text import Text

FAULTS: Mapping[str, Text] = {
    "required": Text(en="This is missing.", zh="缺少此项。"),
    "unknown_field": Text(en="There is no such field.", zh="没有这个字段。"),
    "text_expected": Text(en="This should be text.", zh="此处应为文字。"),
    "list_expected": Text(en="This should be a list.", zh="此处应为列表。"),
    "object_expected": Text(en="This should be an object.", zh="此处应为对象。"),
    "number_expected": Text(en="This should be a number, written as text.", zh="此处应为数字（以文本书写）。"),
    "number_malformed": Text(en='This is not a number such as "12.5".', zh='数字格式不正确，例如 "12.5"。'),
    "too_many_decimals": Text(en="At most {decimals} decimals.", zh="最多 {decimals} 位小数。"),
    "too_small": Text(en="At least {least}.", zh="不能小于 {least}。"),
    "too_large": Text(en="At most {most}.", zh="不能大于 {most}。"),
    "too_long": Text(en="At most {longest} characters.", zh="最多 {longest} 个字符。"),
    "too_short": Text(en="At least {shortest} characters.", zh="至少 {shortest} 个字符。"),
    "list_too_long": Text(en="At most {most} entries.", zh="最多 {most} 项。"),
    "list_too_short": Text(en="At least {least} entries.", zh="至少 {least} 项。"),
    "too_many_lines": Text(en="An order has at most {most} lines.", zh="一张订单最多 {most} 行。"),
    "character_refused": Text(en="The character {character} cannot be stored.", zh="不能包含字符 {character}。"),
    "ref_malformed": Text(
        en="A reference is 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -",
        zh="编号由 1 至 64 个字符 A-Z a-z 0-9 . _ ~ - 组成。",
    ),
    "choice_unknown": Text(en="This is none of the possible values.", zh="不是可选的值。"),
    "time_zone_unknown": Text(
        en="This is no time zone such as Asia/Shanghai.", zh="不是有效的时区，例如 Asia/Shanghai。"
    ),
    "time_malformed": Text(
        en="This is no time such as 2026-12-01T08:00:00Z.", zh="时间格式应为 2026-12-01T08:00:00Z。"
    ),
    "gtin_malformed": Text(en="A GTIN has 8, 12, 13 or 14 digits.", zh="GTIN 应为 8、12、13 或 14 位数字。"),
    "gtin_check_digit": Text(en="The check digit of this GTIN is wrong.", zh="GTIN 的校验位不正确。"),
    "date_malformed": Text(en="This is no date such as 2026-12-01.", zh="日期格式应为 2026-12-01。"),
    "date_too_early": Text(en="Not before {earliest}.", zh="不能早于 {earliest}。"),
    "date_too_late": Text(en="Not after {latest}.", zh="不能晚于 {latest}。"),
    "currency_unknown": Text(en="This is no currency that we trade in.", zh="不支持的币种。"),
    "id_malformed": Text(
        en="An id is 8 to 64 of the characters A-Z a-z 0-9 _ -", zh="编号由 8 至 64 个字符 A-Z a-z 0-9 _ - 组成。"
    ),
    "length": Text(en="From {shortest} to {longest} long.", zh="长度应为 {shortest} 至 {longest}。"),
    "out_of_range": Text(en="From {least} to {most}.", zh="应在 {least} 到 {most} 之间。"),
    "too_many_to_export": Text(
        en="More than {most} lines. Narrow it down by since, partner, promotion or paid.",
        zh="超过 {most} 行，请用 since、partner、promotion 或 paid 缩小范围。",
    ),
    "app_unknown": Text(en="This is not our mini-program.", zh="不是本系统的小程序。"),
    "steps_unknown": Text(
        en="These steps are not known here any more. Open the task anew.", zh="这些步骤已失效，请重新打开任务。"
    ),
    "template_unknown": Text(en="This is none of our message templates.", zh="不是本系统的消息模板。"),
    "task_or_flow": Text(en="Name a task or a flow, not both.", zh="待办和流程只能指定一个。"),
    "flow_needs_task": Text(en="This flow is opened from a task.", zh="此流程需从待办事项打开。"),
    "supplier_unknown": Text(en="There is no supplier {ref}.", zh="没有供应商 {ref}。"),
    "supplier_suspended": Text(en="The supplier {ref} is suspended.", zh="供应商 {ref} 已停用。"),
    "buyer_unknown": Text(en="There is no buyer {ref}.", zh="没有采购员 {ref}。"),
    "partner_unknown": Text(en="There is no partner {ref}.", zh="没有合作伙伴 {ref}。"),
    "sku_unknown": Text(en="There is no product {sku}.", zh="没有产品 {sku}。"),
    "unit_differs": Text(en="The product's unit is {unit}.", zh="该产品的单位是 {unit}。"),
    "line_twice": Text(en="Line {line} stands twice.", zh="第 {line} 行重复。"),
    "sku_twice": Text(en="{sku} stands twice.", zh="{sku} 重复。"),
    "too_many_figures": Text(
        en="Items times months: at most {most} figures. Ask in two requests.",
        zh="产品数乘以月数最多 {most} 个，请分成两个需求。",
    ),
    "month_malformed": Text(en="A month is written 2026-12.", zh="月份格式应为 2026-12。"),
    "month_out_of_range": Text(en="From {earliest} to {latest}.", zh="月份应在 {earliest} 至 {latest} 之间。"),
    "months_in_order": Text(
        en="From first to last, at most {most} months.", zh="起始月份不得晚于截止月份，最多 {most} 个月。"
    ),
    "date_past": Text(en="This day is past; today is {today}.", zh="日期已过，今天是 {today}。"),
    "flag_expected": Text(en="This is true or false.", zh="此处应为 true 或 false。"),
    "value_refused": Text(
        en="Only texts, whole numbers, true and false can stand here; write fractions as text.",
        zh="此处只能是文字、整数或 true、false；小数请写成文字。",
    ),
    "ends_before_start": Text(en="It ends before it starts, {starts_on}.", zh="结束日期早于开始日期 {starts_on}。"),
    "period_too_long": Text(en="A promotion runs {days} days at most.", zh="活动时间最长 {days} 天。"),
    "due_before_start": Text(
        en="Proofs cannot be due before it starts, {starts_on}.", zh="提交截止时间不能早于活动开始日期 {starts_on}。"
    ),
    "sign_after_end": Text(
        en="Sign before the promotion is over: {ends_on} at the latest.",
        zh="签约截止时间不能晚于活动结束日期 {ends_on}。",
    ),
    "sign_after_due": Text(
        en="Partners sign before their proofs are due. Choose an earlier moment.",
        zh="签约截止时间不能晚于提交截止时间。",
    ),
    "moment_past": Text(en="This moment has passed; it is {now} now.", zh="该时间已过，现在是 {now}。"),
    "shot_key_malformed": Text(
        en="A shot's key is 1 to 35 of a-z 0-9 _ and begins with a letter.",
        zh="照片的 key 由 1 至 35 个 a-z、0-9、_ 组成，以字母开头。",
    ),
    "example_elsewhere": Text(
        en="Leave this as it is, or null; send another example picture to its own address.",
        zh="请保持原值或填 null；更换示例图请使用示例图接口。",
    ),
    "fact_key_malformed": Text(
        en="A question's key is fact_ and 1 to 35 of a-z 0-9 _",
        zh="问题的 key 以 fact_ 开头，后接 1 至 35 个 a-z、0-9、_。",
    ),
    "condition_malformed": Text(
        en='A condition looks like {{"step": "fact_a", "in": ["yes"]}}; nothing else may stand in it.',
        zh='条件的格式如 {{"step": "fact_a", "in": ["yes"]}}，不能包含其他内容。',
    ),
    "question_refused": Text(en="This question cannot be asked so: {why}.", zh="这个问题的设置有误：{why}"),
    "question_too_large": Text(en="A question is at most {most} bytes long.", zh="一个问题最多 {most} 字节。"),
    "place_not_optional": Text(
        en="Nobody must say where they are: set optional to true.", zh="位置不能强制要求，请将 optional 设为 true。"
    ),
    "fact_not_counted": Text(
        en="Only per_unit counts a question; leave this out.", zh="只有 per_unit 按问题计数，请去掉此项。"
    ),
    "fact_no_quantity": Text(
        en="Name one of your questions of kind quantity.", zh="请填写一个 quantity 类型的问题的 key。"
    ),
    "fact_not_always_asked": Text(
        en="What is paid by must always be asked: take `when` off that question.",
        zh="用于计费的问题必须始终提问，请去掉它的 when。",
    ),
    "currency_stands": Text(
        en="A promotion keeps its currency: {currency}. For another one, put a promotion under a new reference.",
        zh="活动的币种不能更改：{currency}。如需其他币种，请用新的编号另建活动。",
    ),
    "currency_differs": Text(en="Use the currency of `pays`: {currency}.", zh="币种须与 pays 一致：{currency}。"),
    "participant_kind": Text(
        en="{ref} is neither a distributor nor a store. Only those take part.", zh="{ref} 不是经销商或门店，不能参加。"
    ),
    "prover_kind": Text(
        en="{ref} is no store, distributor or agency, and takes no photos.",
        zh="{ref} 不是门店、经销商或执行机构，不能负责拍照。",
    ),
    "store_unknown": Text(en="There is no store {ref}.", zh="没有门店 {ref}。"),
    "partner_suspended": Text(en="{ref} is suspended.", zh="{ref} 已停用。"),
    "partner_twice": Text(en="{ref} takes part twice. Put its stores together.", zh="{ref} 重复，请合并其门店。"),
    "store_twice": Text(
        en="{ref} stands twice. Each store proves a promotion once.", zh="{ref} 重复，每家门店只需提交一次。"
    ),
    "store_with_stores": Text(en="A store has no stores. Leave this out.", zh="门店下不能再有门店，请去掉此项。"),
    "place_of_each_store": Text(en="Give the place with each store.", zh="请在每家门店下填写位置。"),
    "too_many_stores": Text(
        en="At most {most} stores in one promotion. Make two.", zh="一个活动最多 {most} 家门店，请分成两个活动。"
    ),
    "total_too_large": Text(en="An order's total is at most {most}.", zh="订单总额不能超过 {most}。"),
    "gtin_taken": Text(en="Another product carries this GTIN.", zh="此 GTIN 已用于其他产品。"),
    "kind_fixed": Text(en="A partner stays of its kind: {kind}.", zh="合作伙伴的类型不能更改：{kind}。"),
    "phone_invalid": Text(en="This is no phone number such as +8613800001234.", zh="手机号格式应为 +8613800001234。"),
    "file_expected": Text(en="This should be a file.", zh="此处应为文件。"),
    "sha256_malformed": Text(en="A SHA-256 is 64 of the characters 0-9 a-f.", zh="SHA-256 由 64 个字符 0-9 a-f 组成。"),
    "code_malformed": Text(en="A code is written like 7K3P.", zh="验证码格式应如 7K3P。"),
    "photo_id_malformed": Text(
        en="A photo's id is pho_ and 1 to 64 of the characters A-Z a-z 0-9 _ -",
        zh="照片编号为 pho_ 加 1 至 64 个字符 A-Z a-z 0-9 _ -",
    ),
    "photo_not_asked": Text(en="No photo is asked for here.", zh="此处不需要照片。"),
    "repeated": Text(en="This stands twice.", zh="此项重复。"),
}

_FAULT_OTHERWISE = Text(en="This value cannot be taken.", zh="此值无法使用。")


def fault_sentence(code: str) -> Text:
    """What a field's fault code says; a general sentence for a code that has none of its own."""
    return FAULTS.get(code, _FAULT_OTHERWISE)
