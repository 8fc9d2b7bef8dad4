import assert from 'node:assert/strict';
import test from 'node:test';

import { columnsOf, deliveries, edited, isRejected, missing, tableValue } from '../../../miniapp_stub/core/table.js';

const VERDICT = { key: 'decision', kind: 'choice', text: 'Answer', options: ['accept', 'change', 'reject'].map((key) => ({ key, text: key })) };
const DELIVERIES = [
  { key: 'quantity', kind: 'quantity', text: 'Quantity' },
  { key: 'date', kind: 'date', text: 'Date' },
  { key: 'quantity_2', kind: 'quantity', text: 'Quantity 2', optional: true, with: 'date_2' },
  { key: 'date_2', kind: 'date', text: 'Date 2', optional: true, with: 'quantity_2' },
];
const REASON = {
  key: 'reason', kind: 'choice', text: 'Reason', options: [], optional: true,
  required_if: { any: [{ changed: ['quantity', 'date'] }, { cell: 'decision', in: ['reject'] }] },
};
const COLUMNS = [VERDICT, ...DELIVERIES, REASON];
const ROW = { key: '10', text: 'Bolt', cells: { decision: 'accept', quantity: '500', date: '2026-12-01' } };
const CONSTRAINTS = { rows: [ROW, { ...ROW, key: '20' }], columns: COLUMNS };

const lacking = (edits) => missing(COLUMNS, ROW, edits).map((column) => column.key);

test('only what was changed is sent; the same amount written otherwise is no change', () => {
  assert.deepEqual(tableValue(CONSTRAINTS, { 10: { quantity: '400', date: '2026-12-01' }, 20: { quantity: '500.0' } }), { 10: { quantity: '400' } });
});

test('where every row must be named, untouched rows are named too', () => {
  assert.deepEqual(tableValue({ ...CONSTRAINTS, absent_rows: 'refuse' }, {}), { 10: {}, 20: {} });
});

test('a change or a rejection asks for the reason, and nothing else does', () => {
  assert.deepEqual(lacking({}), []);
  assert.deepEqual(lacking({ quantity: '400' }), ['reason']);
  assert.deepEqual(lacking({ decision: 'reject' }), ['reason']);
  assert.deepEqual(lacking({ quantity: '400', reason: 'capacity' }), []);
});

test('half a second delivery asks for its other half', () => {
  assert.deepEqual(lacking({ quantity_2: '100' }), ['date_2']);
  assert.deepEqual(lacking({ date_2: '2026-12-09' }), ['quantity_2']);
});

test('a line follows what is done to it', () => {
  const changed = edited(ROW, COLUMNS, {}, 'quantity', '400');
  assert.deepEqual(changed, { quantity: '400', decision: 'change' });
  assert.equal(edited(ROW, COLUMNS, changed, 'quantity', '500').decision, 'accept');
});

test('rejecting or accepting a line takes its changes back', () => {
  const changed = { quantity: '400', decision: 'change', reason: 'capacity' };
  assert.deepEqual(edited(ROW, COLUMNS, changed, 'decision', 'reject'), { decision: 'reject', reason: 'capacity' });
  assert.deepEqual(edited(ROW, COLUMNS, changed, 'decision', 'accept'), { decision: 'accept' });
  assert.equal(isRejected(ROW, COLUMNS, { decision: 'reject' }), true);
});

test('deliveries are grouped and the rest keeps its place', () => {
  const { groups, others } = deliveries(COLUMNS);
  assert.deepEqual(groups.map((group) => [group.number, group.columns.map((column) => column.key)]), [[1, ['quantity', 'date']], [2, ['quantity_2', 'date_2']]]);
  assert.deepEqual(others.map((column) => column.key), ['decision', 'reason']);
});

test('a row may narrow a column for itself', () => {
  const [, quantity] = columnsOf({ ...ROW, constraints: { quantity: { unit: 'kg' } } }, COLUMNS);
  assert.equal(quantity.unit, 'kg');
});

const DECIDING = [
  { key: 'decision', kind: 'choice', options: ['accept', 'counter', 'decline'].map((key) => ({ key, text: key })) },
  { key: 'quantity', kind: 'quantity', decimals: 3 },
  { key: 'date', kind: 'date' },
];

test("a buyer's line follows what is done to it just so", () => {
  const row = { key: '10', cells: { decision: 'accept', quantity: '90', date: '2026-12-25' } };
  const countered = edited(row, DECIDING, {}, 'quantity', '95');
  assert.deepEqual(countered, { quantity: '95', decision: 'counter' });
  assert.deepEqual(edited(row, DECIDING, countered, 'decision', 'decline'), { decision: 'decline' });
  assert.equal(isRejected(row, DECIDING, { decision: 'decline' }), true);
  assert.equal(isRejected(row, DECIDING, { decision: 'counter' }), false);
});

test('a lone quantity and its date are one delivery', () => {
  const { groups, others } = deliveries(DECIDING);
  assert.deepEqual(groups.map((group) => group.columns.map((column) => column.key)), [['quantity', 'date']]);
  assert.deepEqual(others.map((column) => column.key), ['decision']);
});
