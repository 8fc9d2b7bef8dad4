// What to say to a person, without signal, about an answer the interpreter refused. The server's own sentences name
// units and rows; these are shorter. `{bound}` is the limit that was passed.

const TEXTS = {
  wrong_type: ['This answer came in a form we cannot read. Reload the page and answer again.', '无法识别这个回答，请刷新页面后重新填写。'],
  unknown_option: ['Pick one of the options shown.', '请从列出的选项中选择。'],
  too_few: ['At least {bound}. Add some.', '至少 {bound} 项，请补充。'],
  too_many: ['At most {bound}. Take some away.', '最多 {bound} 项，请减少。'],
  duplicate: ['The same one is there twice. Take another one.', '内容重复，请更换。'],
  not_confirmed: ['Confirm to go on, or go back and change an answer.', '请确认后继续，或返回修改前面的回答。'],
  preview_changed: ['The result has changed since you looked. Read it again, then confirm.', '结果已有变化，请重新查看后再确认。'],
  not_a_number: ['Enter a number, such as 12.', '请填写数字，例如 12。'],
  too_many_decimals: ['At most {bound} decimals. Round the number.', '最多 {bound} 位小数，请取整后填写。'],
  too_small: ['At least {bound}. Enter a larger number.', '最少 {bound}，请填写较大的数量。'],
  too_large: ['At most {bound}. Enter a smaller number.', '最多 {bound}，请填写较小的数量。'],
  not_a_date: ['Enter a date such as 2026-12-01.', '请填写日期，例如 2026-12-01。'],
  too_early: ['Not before {bound}. Pick a later day.', '不能早于 {bound}，请选择更晚的日期。'],
  too_late: ['Not after {bound}. Pick an earlier day.', '不能晚于 {bound}，请选择更早的日期。'],
  too_short: ['Write at least {bound} characters.', '请至少填写 {bound} 个字。'],
  too_long: ['At most {bound} characters. Shorten it.', '最多 {bound} 个字，请缩短。'],
  bad_characters: ['The text holds invisible signs that cannot be stored. Type it again.', '文字中含有无法保存的隐藏字符，请重新输入。'],
  unknown_row: ['One line is not in this list. Reload the list.', '有一行不在列表中，请刷新列表。'],
  unknown_column: ['One entry is not in this list. Reload the list.', '有一项不在列表中，请刷新列表。'],
  row_missing: ['Answer every line.', '请填写每一行。'],
  cell_missing: ['Fill in what is marked.', '请填写标出的内容。'],
  too_few_changes: ['Nothing is changed yet. Change at least {bound}.', '尚未修改，请至少修改 {bound} 处。'],
  bad_range: ['The scans do not add up. Keep the page open until all are sent, then finish again.', '扫码数量不一致，请保持页面打开，全部上传后再次完成。'],
  place_needed: ['We need your location here. Allow it and try again.', '此处需要您的位置，请允许定位后重试。'],
  bad_place: ['The phone gave no real place. Try again outdoors.', '手机未能给出有效位置，请到室外重试。'],
  not_shown: ['This list has not been loaded yet. Open it with a connection and answer then.', '列表尚未加载，请联网打开后再回答。'],
  not_applicable: ['This question is no longer asked, because an earlier answer changed. Go on with the next one.', '前面的回答已更改，不再需要回答此问题，请继续下一题。'],
  unknown_step: ['This question is not part of this conversation. Reload and go on from there.', '此对话中没有这个问题，请刷新后继续。'],
};

/** The sentence for a rejection of `interpreter.js`, Chinese unless the language is English. */
export function rejectionText({ code, bound }, language) {
  const [en, zh] = TEXTS[code] ?? TEXTS.wrong_type;
  return (language === 'en' ? en : zh).replace('{bound}', bound ?? '');
}

export const CODES = Object.keys(TEXTS);
