// One parser per input kind, `(value, constraints, today) → value`: the same codes and canonical values as
// workflows/engine/inputs. Decimals stay strings. Dates are compared as strings, which ISO dates allow.

/** A value that its kind cannot take; `facts` name what the sentence for the code needs. */
export class Refused extends Error {
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

const refuse = (code, facts) => {
  throw new Refused(code, facts);
};
export const isRecord = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const hasExactly = (value, keys) => isRecord(value) && Object.keys(value).length === keys.length && keys.every((key) => has(value, key));
/** Like Object.hasOwn, which older WeChat browsers lack. */
export const has = (record, key) => Object.prototype.hasOwnProperty.call(record, key);
const isWhole = (value) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 53;

function choice(value, { options = [] }) {
  if (typeof value !== 'string') refuse('wrong_type');
  return options.some((option) => option.key === value) ? value : refuse('unknown_option');
}

function choices(value, { options = [], min = 1, max = options.length }) {
  if (!Array.isArray(value) || !value.every((key) => typeof key === 'string')) refuse('wrong_type');
  const keys = options.map((option) => option.key);
  if (!value.every((key) => keys.includes(key))) refuse('unknown_option');
  const picked = keys.filter((key) => value.includes(key));
  if (picked.length < min) refuse('too_few', { bound: min });
  if (picked.length > max) refuse('too_many', { bound: max });
  return picked;
}

function confirm(value, { preview }) {
  if (value === true) return true;
  if (value === false) refuse('not_confirmed');
  if (!hasExactly(value, ['preview']) || typeof value.preview !== 'string') refuse('wrong_type');
  return value.preview === preview?.id ? { preview: value.preview } : refuse('preview_changed');
}

/** "012.50" → "12.5"; null for what is no plain decimal number. */
export function canonical(text) {
  if (text.length > 40 || !/^-?[0-9]+(\.[0-9]+)?$/.test(text)) return null;
  const [before, after = ''] = text.replace('-', '').split('.');
  const [whole, part] = [before.replace(/^0+(?=.)/, ''), after.replace(/0+$/, '')];
  const number = part ? `${whole}.${part}` : whole;
  return text.startsWith('-') && number !== '0' ? `-${number}` : number;
}

/** Compare two canonical numbers without ever making floats of them. */
export function compare(left, right) {
  const [minusLeft, minusRight] = [left.startsWith('-'), right.startsWith('-')];
  if (minusLeft !== minusRight) return minusLeft ? -1 : 1;
  if (minusLeft) return compare(right.slice(1), left.slice(1));
  const [[whole, part = ''], [otherWhole, otherPart = '']] = [left.split('.'), right.split('.')];
  if (whole.length !== otherWhole.length) return whole.length - otherWhole.length;
  if (whole !== otherWhole) return whole < otherWhole ? -1 : 1;
  return part === otherPart ? 0 : part < otherPart ? -1 : 1;
}

const decimal = (standard) => (value, { decimals = standard, min, max }) => {
  if (typeof value !== 'string') refuse('wrong_type');
  const number = canonical(value);
  if (number === null) refuse('not_a_number');
  const [low, high] = [canonical(min ?? '0'), max == null ? null : canonical(max)];
  const [whole, part = ''] = number.replace('-', '').split('.');
  const isBelow = number.startsWith('-');
  if (whole.length > 15) refuse(isBelow ? 'too_small' : 'too_large', { bound: isBelow ? low : high });
  if (part.length > decimals) refuse('too_many_decimals', { bound: decimals });
  if (compare(number, low) < 0) refuse('too_small', { bound: low });
  if (high !== null && compare(number, high) > 0) refuse('too_large', { bound: high });
  return number;
};

/** A bound (`2026-12-01`, `today`, `today+30`) as an ISO day, null where there is none. */
export function dayOf(bound, today) {
  const relative = /^today(?:([+-])([0-9]{1,4}))?$/.exec(bound ?? '');
  if (!relative) return bound ?? null;
  const days = Number(relative[2] ?? 0) * (relative[1] === '-' ? -1 : 1);
  const [year, month, day] = today.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1, day + days)).toISOString().slice(0, 10);
}

function isDay(text) {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text < '0001') return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().slice(0, 10) === text;
}

function date(value, { min, max }, today) {
  if (typeof value !== 'string') refuse('wrong_type');
  if (!isDay(value)) refuse('not_a_date');
  const [low, high] = [dayOf(min, today), dayOf(max, today)];
  if (low && value < low) refuse('too_early', { bound: low });
  if (high && value > high) refuse('too_late', { bound: high });
  return value;
}

const BLANK = ' \\t\\n\\r\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';
const TRIM = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, 'gu');
const UNSTORABLE = new RegExp('[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff\\ufffe\\uffff]', 'u');

function text(value, { min_length: least = 1, max_length: most = 500 }) {
  if (typeof value !== 'string') refuse('wrong_type');
  if ([...value].length > 4 * most + 100) refuse('too_long', { bound: most });
  const trimmed = value.replace(/\r\n?/g, '\n').replace(/\t/g, ' ').replace(TRIM, '');
  if (UNSTORABLE.test(trimmed)) refuse('bad_characters');
  const words = trimmed.normalize('NFC');
  const { length } = [...words];
  if (length < least) refuse('too_short', { bound: least });
  if (length > most) refuse('too_long', { bound: most });
  return words;
}

const isPhoto = (value) => typeof value === 'string' && /^pho_[0-9A-Za-z_-]{1,64}$/.test(value);

function photo(value, { min = 1, max = Math.max(min, 20), rows = [] }) {
  if (!Array.isArray(value)) refuse('wrong_type');
  if (value.length > max) refuse('too_many', { bound: max });
  const photos = value.map((item) => (rows.length ? placed(item, rows) : isPhoto(item) ? item : refuse('wrong_type')));
  if (new Set(photos.map((item) => item.photo ?? item)).size < photos.length) refuse('duplicate');
  return photos.length < min ? refuse('too_few', { bound: min }) : photos;
}

function placed(item, rows) {
  if (!hasExactly(item, ['photo', 'row']) || typeof item.row !== 'string' || !isPhoto(item.photo)) refuse('wrong_type');
  return rows.some((row) => row.key === item.row) ? { photo: item.photo, row: item.row } : refuse('unknown_row');
}

function scan(value) {
  if (!hasExactly(value, ['first_seq', 'last_seq', 'count']) || !Object.values(value).every(isWhole)) refuse('wrong_type');
  const { first_seq: first, last_seq: last, count } = value;
  if (first < 0 || last < first || count < 0 || count > last - first + 1) refuse('bad_range');
  return { first_seq: first, last_seq: last, count };
}

function place(value, { optional }) {
  if (value === null) return optional === true ? null : refuse('place_needed');
  if (!hasExactly(value, ['latitude', 'longitude', 'accuracy_m', 'system'])) refuse('wrong_type');
  const { latitude, longitude, accuracy_m: accuracy, system } = value;
  if (!['wgs84', 'gcj02'].includes(system)) refuse('wrong_type');
  if (![latitude, longitude, accuracy].every((number) => typeof number === 'number')) refuse('wrong_type');
  const isReal = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && accuracy >= 0 && accuracy <= 1e6;
  return isReal ? { latitude, longitude, accuracy_m: accuracy, system } : refuse('bad_place');
}

const CELLS = { choice, quantity: decimal(0), amount: decimal(2), date, text };

function table(value, { rows = [], columns = [], absent_rows: absent, min_changed_cells: least = 0 }, today) {
  if (!isRecord(value)) refuse('wrong_type');
  const known = new Set(rows.map((row) => row.key));
  const strangers = Object.keys(value).filter((key) => !known.has(key));
  const faults = strangers.map((row) => ({ row, column: null, code: 'unknown_row' }));
  const named = rows.filter((row) => has(value, row.key));
  const parsed = named.map((row) => [row, tableRow(row, columns, value[row.key], today, faults)]);
  const left = absent === 'refuse' ? rows.filter((row) => !named.includes(row)) : [];
  faults.push(...left.map((row) => ({ row: row.key, column: null, code: 'row_missing' })));
  if (faults.length) refuse(faults[0].code, { cells: faults.slice(0, 50) });
  const changes = parsed.reduce((sum, [row, cells]) => sum + changedIn(row, cells).size, 0);
  if (changes < least) refuse('too_few_changes', { bound: least });
  return Object.fromEntries(parsed.map(([row, cells]) => [row.key, cells]));
}

function tableRow(row, columns, named, today, faults) {
  const wrong = [];
  const fault = (column, code, facts = {}) => wrong.push({ row: row.key, column, code, ...facts });
  if (!isRecord(named)) fault(null, 'wrong_type');
  const strangers = wrong.length ? [] : Object.keys(named).filter((key) => !columns.some((column) => column.key === key));
  for (const key of strangers.slice(0, 50)) fault(key, 'unknown_column');
  const cells = {};
  for (const column of isRecord(named) ? columns : []) {
    if (has(named, column.key)) tableCell(row, column, named[column.key], today, cells, fault);
  }
  if (!wrong.length) missingIn(row, columns, cells).forEach((key) => fault(key, 'cell_missing'));
  faults.push(...wrong);
  return cells;
}

function tableCell(row, column, value, today, cells, fault) {
  if (value === null) {
    cells[column.key] = null;
    if (!mayBeEmpty(column)) fault(column.key, 'cell_missing');
    return;
  }
  try {
    cells[column.key] = CELLS[column.kind](value, { ...column, ...row.constraints?.[column.key] }, today);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    fault(column.key, refused.code, refused.facts);
  }
}

const mayBeEmpty = (column) => column.optional === true || 'required_if' in column || 'with' in column;

/** Columns whose named value differs from the prefilled one; 500.0 is 500, and null is an empty cell. */
export function changedIn(row, cells) {
  return new Set(Object.keys(cells).filter((key) => !sameCell(row.cells?.[key] ?? null, cells[key])));
}

function sameCell(before, after) {
  if (before === after) return true;
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  return canonical(before) !== null && canonical(before) === canonical(after);
}

function missingIn(row, columns, cells) {
  const merged = { ...row.cells, ...cells };
  const changed = changedIn(row, cells);
  const isFilled = (key) => (merged[key] ?? null) !== null;
  const demands = (rule) => {
    if (rule.any) return rule.any.some(demands);
    return rule.changed ? rule.changed.some((key) => changed.has(key)) : rule.in.includes(merged[rule.cell] ?? null);
  };
  const partnerIsFilled = (column) =>
    columns.some((other) => (other.with === column.key || column.with === other.key) && isFilled(other.key));
  const isRequired = (column) =>
    !mayBeEmpty(column) || partnerIsFilled(column) || (column.required_if !== undefined && demands(column.required_if));
  return columns.filter((column) => !isFilled(column.key) && isRequired(column)).map((column) => column.key);
}

const signature = (value) => (isPhoto(value) ? value : refuse('wrong_type'));

export const KINDS = { ...CELLS, choices, confirm, table, photo, scan, place, signature };
