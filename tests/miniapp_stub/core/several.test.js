import assert from 'node:assert/strict';
import test from 'node:test';

import { NoAnswer } from '../../../miniapp_stub/core/errors.js';
import { again, prepare, send } from '../../../miniapp_stub/h5/src/several.js';

const TASK = { id: 'tsk_1' };
const preview = { id: 'prv_1', verdict: 'automatic', text: 'Automatic', facts: [] };
const asking = (step, facts = {}) => ({ id: 'cnv_1', revision: 0, state: 'asking', answers: {}, ask: { step, constraints: { preview } }, ...facts });

/** A server that accepts; `broken` requests arrive, and their responses get lost. */
function serverLosing(broken) {
  const calls = [];
  const reply = (name, turn) => async (...facts) => {
    calls.push([name, ...facts]);
    if (broken.shift()) throw new NoAnswer('lost');
    return turn(...facts);
  };
  return {
    calls,
    openTask: reply('open', () => asking('decision')),
    answer: reply('answer', (_, revision, [one]) => (one.step === 'decision' ? asking('send', { revision: 1 }) : { id: 'cnv_1', state: 'done', revision: 2 })),
  };
}

test('an order is accepted by the two answers of its conversation, after its preview was seen', async () => {
  const api = serverLosing([]);
  const ids = {};
  const ready = await prepare(api, TASK, ids);
  assert.deepEqual([ready.status, ready.preview.verdict], ['ready', 'automatic']);
  assert.equal((await send(api, ready, ids)).status, 'sent');
  const answers = api.calls.filter(([name]) => name === 'answer').map(([, , revision, [one]]) => [revision, one.step, one.value]);
  assert.deepEqual(answers, [[0, 'decision', 'accept'], [1, 'send', { preview: 'prv_1' }]]);
});

test('trying again after lost responses uses the same ids and goes on where it stopped', async () => {
  const api = serverLosing([true, false, true, false, false, true]);
  const ids = {};
  let outcome = await prepare(api, TASK, ids);
  for (let tries = 0; outcome.status === 'failed' && tries < 5; tries += 1) outcome = await again(api, TASK, outcome, ids);
  assert.equal(outcome.status, 'ready');
  outcome = await send(api, outcome, ids);
  assert.equal(outcome.status, 'failed');
  assert.equal((await again(api, TASK, outcome, ids)).status, 'sent');
  const opened = new Set(api.calls.filter(([name]) => name === 'open').map(([, id]) => id));
  const sent = new Set(api.calls.filter(([name]) => name === 'answer').map(([, , , [one]]) => `${one.step} ${one.id}`));
  assert.deepEqual([opened.size, sent.size], [1, 2]);
});

test('an order that a colleague began to change is left to be opened', async () => {
  const begun = asking('send', { answers: { decision: { value: 'change' } } });
  assert.equal((await prepare({ openTask: async () => begun }, TASK, {})).status, 'skipped');
});

test('a verdict that changed meanwhile is shown again before anything is sent', async () => {
  const changed = asking('send', { rejection: { code: 'preview_changed', text: 'Changed' }, ask: { step: 'send', constraints: { preview: { ...preview, id: 'prv_2', verdict: 'person' } } } });
  const ids = {};
  const outcome = await send({ answer: async () => changed }, { turn: asking('send'), preview }, ids);
  assert.deepEqual([outcome.status, outcome.preview.verdict, ids.send], ['ready', 'person', undefined]);
});
