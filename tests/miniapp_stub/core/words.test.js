import assert from 'node:assert/strict';
import test from 'node:test';

import { answerText, compareDecimals, dayText, due, grouped, momentText, typedNumber } from '../../../miniapp_stub/core/format.js';

const NOW = new Date('2026-11-22T06:00:00Z');

test('numbers are read as people type them, full-width and with separators', () => {
  assert.deepEqual(['１,２００．５', ' 1 200 ', '007', '12.50', '0.0'].map((text) => typedNumber(text, 2)), ['1200.5', '1200', '7', '12.5', '0']);
});

test('what is no number, or has too many decimals, is none', () => {
  assert.deepEqual(['', 'a', '-1', '1.', '1..2', '1.255', '1e3'].map((text) => typedNumber(text, 2)), [null, null, null, '1', null, null, null]);
});

test('decimals compare by value, however they are written and however long', () => {
  const signs = [['9.5', '10'], ['1.50', '1.5'], ['0.001', '0'], ['900000000000000.001', '900000000000000.002']].map(([a, b]) => Math.sign(compareDecimals(a, b)));
  assert.deepEqual(signs, [-1, 0, 1, -1]);
});

test('large numbers are grouped without rounding', () => {
  assert.equal(grouped('123456789012345.678'), '123,456,789,012,345.678');
});

test('a due time is told by the organisation\'s day, not the phone\'s or the server\'s', () => {
  assert.deepEqual(due('2026-11-22T15:30:00Z', NOW, 'zh', 'Asia/Shanghai'), { when: 'today', text: '23:30' });
  assert.deepEqual(due('2026-11-22T16:30:00Z', NOW, 'zh', 'Asia/Shanghai'), { when: 'tomorrow', text: '00:30' });
  assert.equal(due('2026-11-22T16:30:00Z', NOW, 'zh', 'UTC').when, 'today');
});

test('lateness is told in the largest whole unit', () => {
  const late = ['2026-11-22T05:59:50Z', '2026-11-22T03:00:00Z', '2026-11-19T06:00:00Z'].map((at) => due(at, NOW, 'en', 'UTC'));
  assert.deepEqual(late.map(({ unit, count }) => [unit, count]), [['minutes', 1], ['hours', 3], ['days', 3]]);
});

test('days and moments are written in the person\'s language', () => {
  assert.equal(dayText('2026-12-01', 'en'), 'Tue, 1 Dec 2026');
  assert.match(dayText('2026-12-01', 'zh'), /2026年12月1日/);
  assert.equal(momentText('2026-11-22T06:05:00Z', 'zh', 'Asia/Shanghai'), '11月22日 14:05');
});

test('a time zone this phone does not know still shows a time', () => {
  assert.match(momentText('2026-11-22T06:05:00Z', 'en', 'Mars/Olympus'), /22 Nov|21 Nov/);
});

test('an answer reads as what its giver saw', () => {
  const options = [{ key: 'a', text: 'Accept' }, { key: 'b', text: 'Reject' }];
  assert.equal(answerText({ kind: 'choice', constraints: { options } }, 'b', 'en'), 'Reject');
  assert.equal(answerText({ kind: 'choices', constraints: { options } }, ['a', 'b'], 'zh'), 'Accept、Reject');
  assert.equal(answerText({ kind: 'quantity', constraints: { unit: 'kg' } }, '1200.5', 'en'), '1,200.5 kg');
  assert.equal(answerText({ kind: 'confirm', constraints: { yes: 'Send' } }, { preview: 'prv_1' }, 'en'), 'Send');
});
