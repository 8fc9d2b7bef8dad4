// Numbers, dates and answers as people of a language and a time zone write them.

const LOCALES = { zh: 'zh-CN', en: 'en-GB' };
const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;

/** "12,500.5" from "12500.5"; quantities stay strings, no digit is ever rounded. */
export function grouped(decimal) {
  const [whole, fraction] = String(decimal).split('.');
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${separated}.${fraction}` : separated;
}

/** A typed number ("１,２００．５") as "1200.5"; null when it is none or has more decimals than allowed. */
export function typedNumber(text, decimals = 0) {
  const plain = String(text).normalize('NFKC').replace(/[\s,，]/g, '').replace('。', '.');
  if (!/^\d{1,15}(\.\d*)?$/.test(plain)) return null;
  const [whole, fraction = ''] = plain.split('.');
  const kept = fraction.replace(/0+$/, '');
  if (kept.length > decimals) return null;
  const number = whole.replace(/^0+(?=\d)/, '');
  return kept ? `${number}.${kept}` : number;
}

/** Negative, 0 or positive: how two decimals without sign compare, without floating point. */
export function compareDecimals(left, right) {
  const [a, b] = [left, right].map((one) => String(one).split('.'));
  const width = Math.max(a[0].length, b[0].length);
  const [x, y] = [a, b].map(([whole, fraction = '']) => whole.padStart(width, '0') + fraction.padEnd(6, '0'));
  return x < y ? -1 : Number(x > y);
}

/** "2026年12月1日 周二" / "Tue, 1 Dec 2026": a calendar day, whatever the zone. */
export function dayText(day, language) {
  return styled(new Date(`${day}T00:00:00Z`), language, 'UTC', { ...DAY, year: 'numeric' });
}

/** A moment in the organisation's zone: "11月22日 14:05". */
export function momentText(moment, language, zone) {
  return styled(new Date(moment), language, zone, { month: 'short', day: 'numeric', ...CLOCK });
}

const DAY = { month: 'short', day: 'numeric', weekday: 'short' };
const CLOCK = { hour: '2-digit', minute: '2-digit', hour12: false };

function styled(date, language, zone, style) {
  try {
    return new Intl.DateTimeFormat(LOCALES[language], { ...style, timeZone: zone || undefined }).format(date);
  } catch {
    // A zone name that this phone does not know.
    return new Intl.DateTimeFormat(LOCALES[language], style).format(date);
  }
}

/**
 * When a task is due: `{when: today | tomorrow | later, text}` with the clock or the day to say, or
 * `{when: late, unit: minutes | hours | days, count}`.
 */
export function due(moment, now, language, zone) {
  const at = new Date(moment);
  if (at < now) return { when: 'late', ...lateness(now - at) };
  const days = dayNumber(at, zone) - dayNumber(now, zone);
  const clock = styled(at, language, zone, CLOCK);
  if (days < 2) return { when: days === 1 ? 'tomorrow' : 'today', text: clock };
  return { when: 'later', text: styled(at, language, zone, DAY) };
}

function lateness(ms) {
  const [unit, size] = ms < HOUR_MS ? ['minutes', 60000] : ms < DAY_MS ? ['hours', HOUR_MS] : ['days', DAY_MS];
  return { unit, count: Math.max(1, Math.floor(ms / size)) };
}

function dayNumber(date, zone) {
  const parts = styled(date, 'en', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).split('/');
  return Date.UTC(Number(parts[2]), Number(parts[1]) - 1, Number(parts[0])) / DAY_MS;
}

/** "0.4 MB": what sending so many bytes costs of a data plan. */
export function megabytes(bytes) {
  return `${Math.max(0.1, bytes / 1e6).toFixed(1)} MB`;
}

/** An answer in the words its giver saw: the option's text, the number with its unit, the day written out. */
export function answerText(step, value, language) {
  if (value === null && step.kind === 'place') return language === 'zh' ? '未提供位置' : 'No location';
  if (value === null || value === undefined) return '';
  const write = WRITERS[step.kind];
  return write ? write(step.constraints ?? {}, value, language) : String(value);
}

const optionText = (constraints, key) => constraints.options?.find((option) => option.key === key)?.text ?? key;

const WRITERS = {
  choice: (constraints, value) => optionText(constraints, value),
  choices: (constraints, value, language) =>
    value.map((key) => optionText(constraints, key)).join(language === 'zh' ? '、' : ', '),
  text: (_, value) => value || '–',
  confirm: (constraints) => constraints.yes ?? '✓',
  quantity: (constraints, value) => joined(grouped(value), constraints.unit),
  amount: (constraints, value) => joined(grouped(value), constraints.currency),
  date: (_, value, language) => dayText(value, language),
  table: (constraints, value, language) => tableText(constraints, value, language),
  photo: (_, value, language) => (language === 'zh' ? `${value.length} 张照片` : `${value.length} photo${value.length === 1 ? '' : 's'}`),
  signature: (_, value, language) => (language === 'zh' ? '已签名' : 'Signed'),
  place: (_, value, language) =>
    (language === 'zh' ? `位置（±${value.accuracy_m} 米）` : `Location (±${value.accuracy_m} m)`),
};

const joined = (...parts) => parts.filter(Boolean).join(' ');

function tableText(constraints, value, language) {
  const rows = (constraints.rows ?? []).filter((row) => value[row.key]);
  return rows.map((row) => `${row.text}: ${cellsText(constraints.columns, value[row.key], language)}`).join('\n');
}

function cellsText(columns, cells, language) {
  const said = columns.filter((column) => cells[column.key] !== undefined && cells[column.key] !== null);
  return said.map((column) => answerText({ kind: column.kind, constraints: column }, cells[column.key], language)).join(' · ');
}
