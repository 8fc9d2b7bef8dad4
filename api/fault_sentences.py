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
