import assert from 'node:assert/strict';
import test from 'node:test';

import { createDialogue } from '../../../miniapp_stub/core/dialogue.js';
import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { nextStep } from '../../../miniapp_stub/core/interpreter.js';
import { createQueue } from '../../../miniapp_stub/core/queue.js';
import { newVault } from './phone.js';

const OPTIONS = [{ key: 'accept', text: 'Accept' }, { key: 'reject', text: 'Reject' }];
const STEPS = [
  { step: 'decision', kind: 'choice', text: 'Can you deliver?', constraints: { options: OPTIONS } },
  { step: 'reason', kind: 'text', text: 'Why not?', constraints: {}, when: { step: 'decision', in: ['reject'] } },
  { step: 'send', kind: 'confirm', text: 'Send?', constraints: { yes: 'Send' }, offline_text: 'Send later?' },
];

const turn = (facts) => ({
  id: 'cnv_1', state: 'asking', revision: 0, ask: STEPS[0], messages: [], stored: [], dropped: [], rejection: null, steps: null, answers: {}, ...facts,
});
const opening = turn({ steps: STEPS });

function dialogueWith(api) {
  const calls = [];
  const recorded = Object.fromEntries(Object.entries(api).map(([name, reply]) => [name, async (...facts) => {
    calls.push([name, ...facts]);
    return reply(...facts);
  }]));
  const queue = createQueue({ vault: newVault(), api: recorded, owner: () => 'per_1/org_1' });
  return { calls, queue, dialogue: createDialogue({ api: recorded, queue, next: nextStep, onChange: () => {} }) };
}

const openTask = () => opening;

test('two taps after opening send two answers and reach the end', async () => {
  const replies = [turn({ revision: 1, ask: STEPS[2] }), turn({ revision: 2, state: 'done', ask: null })];
  const answer = (_, __, answers) => ({ ...replies.shift(), stored: answers.map((one) => one.id) });
  const { dialogue, calls } = dialogueWith({ openTask, answer });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('accept');
  assert.equal(dialogue.ask().step, 'send');
  await dialogue.answer(true);
  assert.equal(dialogue.state().conversation.turn.state, 'done');
  assert.deepEqual(calls.map(([name, , revision]) => [name, revision]), [['openTask', 'tsk_1'], ['answer', 0], ['answer', 1]]);
});

test('without signal the interpreter asks on, and the answers wait', async () => {
  const { dialogue, queue } = dialogueWith({ openTask, answer: () => Promise.reject(new NoAnswer('no signal')) });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('reject');
  assert.equal(dialogue.ask().step, 'reason');
  await dialogue.answer('machine broke');
  assert.equal(dialogue.ask().text, 'Send later?');
  assert.equal(dialogue.state().unsent, true);
  assert.deepEqual(queue.pending('cnv_1').map((one) => one.value), ['reject', 'machine broke']);
});

test('when signal is back everything is sent and the whole conversation is read again', async () => {
  let signal = false;
  const read = turn({ revision: 1, steps: STEPS, ask: STEPS[2], answers: { decision: { id: 'ans_1', value: 'accept' } } });
  const answer = (_, __, answers) => {
    if (!signal) throw new NoAnswer('no signal');
    return turn({ revision: 1, ask: STEPS[2], stored: answers.map((one) => one.id) });
  };
  const { dialogue, calls } = dialogueWith({ openTask, answer, conversation: () => read });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('accept');
  signal = true;
  await dialogue.sendPending();
  assert.equal(dialogue.state().unsent, false);
  assert.equal(dialogue.ask().step, 'send');
  assert.equal(calls.at(-1)[0], 'conversation');
});

test('a wrong answer is offered again with what was typed', async () => {
  const answer = (_, __, [one]) => turn({ rejection: { answer: one.id, step: one.step, code: 'too_long', text: 'Too long' } });
  const { dialogue } = dialogueWith({ openTask, answer });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('accept');
  assert.deepEqual(dialogue.state().drafts, { decision: 'accept' });
  assert.equal(dialogue.state().conversation.turn.rejection.text, 'Too long');
});

test('a stale answer shows the current turn and keeps what was said as a draft', async () => {
  const current = turn({ revision: 3, steps: STEPS, state: 'superseded', ask: null, superseded_by: 'cnv_2' });
  const answer = () => Promise.reject(new Problem(409, { code: 'stale', detail: 'Changed meanwhile', turn: current }));
  const { dialogue, queue } = dialogueWith({ openTask, answer, conversation: () => current });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('accept');
  const state = dialogue.state();
  assert.equal(state.conversation.turn.superseded_by, 'cnv_2');
  assert.equal(state.problem.detail, 'Changed meanwhile');
  assert.deepEqual(state.drafts, { decision: 'accept' });
  assert.equal(queue.count(), 0);
});

test('a correction names the questions that must be answered again', async () => {
  const answered = { decision: { id: 'ans_1', value: 'reject' }, reason: { id: 'ans_2', value: 'x' } };
  const before = turn({ revision: 2, steps: STEPS, answers: answered, ask: STEPS[2] });
  const after = turn({ revision: 3, steps: STEPS, answers: { decision: { id: 'ans_3', value: 'accept' } }, ask: STEPS[2] });
  const answer = (_, __, [one]) => turn({ revision: 3, stored: [one.id], dropped: ['reason'], ask: STEPS[2] });
  const { dialogue } = dialogueWith({ openTask: () => before, answer, conversation: () => after });
  await dialogue.openTask('tsk_1');
  dialogue.correct('decision');
  assert.equal(dialogue.ask().step, 'decision');
  await dialogue.answer('accept');
  assert.deepEqual(dialogue.state().dropped, ['Why not?']);
  assert.equal(dialogue.state().correcting, null);
  assert.deepEqual(Object.keys(dialogue.state().conversation.answers), ['decision']);
});

test('what a correction dropped is gone even where the conversation cannot be read again', async () => {
  const answered = { decision: { id: 'ans_1', value: 'reject' }, reason: { id: 'ans_2', value: 'x' } };
  const before = turn({ revision: 2, steps: STEPS, answers: answered, ask: STEPS[2] });
  const answer = (_, __, [one]) => turn({ revision: 3, stored: [one.id], dropped: ['reason'], ask: STEPS[2] });
  const { dialogue } = dialogueWith({ openTask: () => before, answer, conversation: () => Promise.reject(new NoAnswer('')) });
  await dialogue.openTask('tsk_1');
  dialogue.correct('decision');
  await dialogue.answer('accept');
  const { answers } = dialogue.state().conversation;
  assert.deepEqual(Object.entries(answers).map(([step, one]) => [step, one.value]), [['decision', 'accept']]);
});

test('a step back takes the last answer away and offers its value again', async () => {
  const before = turn({ revision: 1, steps: STEPS, answers: { decision: { id: 'ans_1', value: 'reject' } }, ask: STEPS[1] });
  const { dialogue, calls } = dialogueWith({ openTask: () => before, stepBack: () => turn({ revision: 2 }), conversation: () => opening });
  await dialogue.openTask('tsk_1');
  await dialogue.stepBack();
  assert.deepEqual(calls[1], ['stepBack', 'cnv_1', 'decision', 1]);
  assert.deepEqual(dialogue.state().drafts, { decision: 'reject' });
});

test('leaving forgets what was not sent', async () => {
  const { dialogue, queue } = dialogueWith({ openTask, answer: () => Promise.reject(new NoAnswer('')), leave: () => turn({ state: 'left', ask: null }) });
  await dialogue.openTask('tsk_1');
  await dialogue.answer('accept');
  await dialogue.leave();
  assert.equal(dialogue.state().conversation.turn.state, 'left');
  assert.equal(queue.count(), 0);
});

test('a task that cannot be opened says why and can be tried again', async () => {
  const replies = [() => Promise.reject(new NoAnswer('')), () => opening];
  const { dialogue } = dialogueWith({ openTask: () => replies.shift()() });
  await dialogue.openTask('tsk_1');
  assert.ok(dialogue.state().problem instanceof NoAnswer);
  await dialogue.openTask('tsk_1');
  assert.equal(dialogue.state().problem, null);
  assert.equal(dialogue.ask().step, 'decision');
});

test('what was not taken while nobody looked is said on opening and offered again', async () => {
  const current = turn({ revision: 3, steps: STEPS });
  const answer = () => Promise.reject(new Problem(409, { code: 'stale', detail: 'Changed meanwhile', turn: current }));
  const { dialogue, queue } = dialogueWith({ conversation: () => current, answer });
  queue.add('cnv_1', 0, { id: 'ans_1', step: 'decision', value: 'accept' });
  await queue.flush('cnv_1');
  await dialogue.open('cnv_1');
  assert.equal(dialogue.state().returned, 'Changed meanwhile');
  assert.deepEqual(dialogue.state().drafts, { decision: 'accept' });
  assert.deepEqual(queue.returned(), []);
});
