// The table input's rules that a person should hear of before sending: what must be filled, what was really changed.

import { changedIn } from './interpreter_inputs.js';

/** A row's cells as they stand: prefilled values with this person's edits over them; an emptied cell is null. */
export function cellsOf(row, edits = {}) {
  return { ...(row.cells ?? {}), ...edits };
}

/** The edits that differ from what was prefilled: only these are sent. */
export function changedCells(row, edits = {}) {
  const changed = changedIn(row, edits);
  return Object.fromEntries(Object.entries(edits).filter(([key]) => changed.has(key)));
}

/** Must this column be filled in this row, given what the row says now? */
export function isRequired(column, row, edits, columns) {
  const mayBeEmpty = column.optional || column.required_if || column.with;
  const partner = columns.find((other) => other.with === column.key || column.with === other.key);
  if (!mayBeEmpty || (partner && filled(cellsOf(row, edits)[partner.key]))) return true;
  return Boolean(column.required_if) && demands(column.required_if, row, edits);
}

function demands(rule, row, edits) {
  if (rule.any) return rule.any.some((one) => demands(one, row, edits));
  if (rule.changed) return rule.changed.some((key) => key in changedCells(row, edits));
  return rule.in.includes(cellsOf(row, edits)[rule.cell]);
}

export const filled = (value) => value !== null && value !== undefined && value !== '';

/** The columns of a row that must still be filled. */
export function missing(columns, row, edits) {
  const cells = cellsOf(row, edits);
  return columns.filter((column) => isRequired(column, row, edits, columns) && !filled(cells[column.key]));
}

/**
 * The value to send: changed cells by row. A row whose every cell is as prefilled is left out, except where every row
 * must be named (`refuse`) or naming it means "counted" (`none`, with `touched` rows).
 */
export function tableValue(constraints, edits, touched = new Set()) {
  const everyRow = constraints.absent_rows === 'refuse';
  const value = {};
  for (const row of constraints.rows) {
    const changed = changedCells(row, edits[row.key]);
    if (everyRow || touched.has(row.key) || Object.keys(changed).length) value[row.key] = changed;
  }
  return value;
}

/** How many cells differ from what was prefilled, over all rows. */
export function changedCount(constraints, edits) {
  return constraints.rows.reduce((sum, row) => sum + Object.keys(changedCells(row, edits[row.key])).length, 0);
}

/** A lone quantity with its date is one delivery. */
const ONE_DELIVERY = ['quantity', 'date'];

/** Columns `quantity date quantity_2 date_2 …` as deliveries: `[{number: 1, columns}, {number: 2, columns}, …]`, and the others. */
export function deliveries(columns) {
  const groups = new Map();
  const keys = columns.map((column) => column.key);
  const pair = ONE_DELIVERY.every((key) => keys.includes(key)) ? ONE_DELIVERY : [];
  const repeated = new Set([...pair, ...keys.map((key) => key.replace(/_\d$/, '')).filter((key, at, all) => all.indexOf(key) !== at)]);
  const others = [];
  for (const column of columns) {
    const [, base, number = '1'] = /^(.+?)(?:_(\d))?$/.exec(column.key);
    if (!repeated.has(base)) others.push(column);
    else groups.set(number, [...(groups.get(number) ?? []), column]);
  }
  return { groups: [...groups].map(([number, own]) => ({ number: Number(number), columns: own })), others };
}

const NUMBERS = ['quantity', 'amount'];

/** Is it all figures, so that they are best seen side by side and typed over where they stand? */
export const isSheet = ({ columns }) => columns.length > 0 && columns.every((column) => NUMBERS.includes(column.kind) && !column.with);

/** The columns as they are for one row, which may narrow them: its own unit, its own limits. */
export function columnsOf(row, columns) {
  return row.constraints ? columns.map((column) => ({ ...column, ...row.constraints[column.key] })) : columns;
}

/**
 * The row's edits after one more. A line that says "accept, change or reject" (or "accept, counter or decline") follows what
 * is done to it: changing a cell makes it "change", undoing that makes it "accept"; and the other two take the changes back.
 */
export function edited(row, columns, edits, key, cell) {
  const after = { ...edits, [key]: cell };
  const verdict = columns.find(isVerdict);
  if (!verdict) return after;
  const { same, other } = wordsOf(verdict);
  if (key === verdict.key) return cell === other ? after : verdictOnly(row, columns, after, key);
  const others = columns.filter((column) => column !== verdict && !column.required_if).map((column) => column.key);
  if (!others.includes(key)) return after;
  const changed = changedCells(row, after);
  return { ...after, [verdict.key]: others.some((one) => one in changed) ? other : same };
}

const VERDICTS = [
  { same: 'accept', other: 'change', no: 'reject' },
  { same: 'accept', other: 'counter', no: 'decline' },
];

const wordsOf = (column) =>
  VERDICTS.find((words) => Object.values(words).every((key) => column.options?.some((option) => option.key === key)));

const isVerdict = (column) => column.kind === 'choice' && Boolean(wordsOf(column));

function verdictOnly(row, columns, edits, key) {
  const kept = columns.filter((column) => column.key === key || (column.required_if && edits[key] === wordsOf(columns.find(isVerdict)).no));
  return Object.fromEntries(kept.filter((column) => column.key in edits).map((column) => [column.key, edits[column.key]]));
}

/** Is the row rejected or declined as a whole, so that there is nothing to fill in but why? */
export function isRejected(row, columns, edits) {
  const verdict = columns.find(isVerdict);
  return Boolean(verdict) && cellsOf(row, edits)[verdict.key] === wordsOf(verdict).no;
}
