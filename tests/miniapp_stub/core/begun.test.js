import assert from 'node:assert/strict';
import test from 'node:test';

import { createDialogue } from '../../../miniapp_stub/core/dialogue.js';
import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { nextStep } from '../../../miniapp_stub/core/interpreter.js';
import { createQueue, sendOthers } from '../../../miniapp_stub/core/queue.js';
import { newVault } from './phone.js';

const OPTIONS = [{ key: 'accept', text: 'Accept' }, { key: 'reject', text: 'Reject' }];
const STEPS = [
  { step: 'hello', kind: 'note', text: 'Steel has become dearer.', constraints: {} },
  { step: 'decision', kind: 'choice', text: 'Can you deliver?', constraints: { options: OPTIONS } },
  { step: 'lines', kind: 'table', text: 'What changes?', when: { step: 'decision', in: ['change'] },
    constraints: { columns: [], rows: [{ key: '10', text: 'Flour', facts: [['Ordered', '400 kg'], ['Due', '2026-12-01']], cells: {} }] } },
  { step: 'send', kind: 'confirm', text: 'Send?', constraints: { yes: 'Send' }, live: 'preview', offline_text: 'Send later?' },
];
const KEPT = { task: 'tsk_1', title: 'Confirm order', subject: { kind: 'purchase_order', id: 'po_1', ref: 'PO-1' }, template: { id: 'tpl_1', steps: STEPS } };

/** A server with one task, reached by a line whose weather the test makes: 'never', 'lost', else fine. */
class Server {
  weather = [];
  requests = [];
  conversations = {};
  stored = [];
  /** What stands for the task instead of what a phone begins: a turn, or a Problem. */
  instead = null;

  openTask = (id, task, template) => this.through({ open: id, task, template }, () => {
    if (this.instead instanceof Problem) throw this.instead;
    if (this.instead) return this.instead;
    this.conversations[id] = true;
    return this.whole(id);
  });

  answer = (id, revision, answers) => this.through({ answer: id, revision, ids: answers.map((one) => one.id) }, () => {
    if (!this.conversations[id]) throw new Problem(404);
    for (const one of answers) if (!this.stored.some((held) => held.id === one.id)) this.stored.push(one);
    return this.turn(id, { revision: this.stored.length, stored: answers.map((one) => one.id), state: this.state() });
  });

  conversation = (id) => this.through({ read: id }, () => {
    if (!this.conversations[id]) throw new Problem(404);
    return this.whole(id);
  });

  whole = (id) => this.turn(id, { revision: this.stored.length, steps: STEPS, state: this.state(), answers: this.answers() });

  state = () => (this.stored.some((one) => one.step === 'send') ? 'done' : 'asking');

  answers = () => Object.fromEntries(this.stored.map((one) => [one.step, one]));

  turn = (id, facts) => ({ id, state: 'asking', revision: 0, ask: STEPS[1], messages: [], stored: [], dropped: [], rejection: null, steps: null, answers: {}, ...facts });

  async through(request, reply) {
    const weather = this.weather.shift();
    if (weather === 'never') throw new NoAnswer('no signal');
    this.requests.push(request);
    const answer = reply();
    if (weather === 'lost') throw new NoAnswer('connection broke');
    return answer;
  }
}

function phoneWith(server, { vault = newVault(), kept = KEPT } = {}) {
  const queue = createQueue({ vault, api: server, owner: () => 'per_1/org_1' });
  const templates = { of: (task) => (task === kept?.task ? kept : null) };
  return { vault, queue, dialogue: createDialogue({ api: server, queue, templates, next: nextStep, onChange: () => {} }) };
}

/** Accept and send while nothing gets through; the signal is back afterwards. */
async function answeredWithoutSignal(server, phone = phoneWith(server)) {
  server.weather = Array(3).fill('never');
  await phone.dialogue.openTask('tsk_1');
  await phone.dialogue.answer('accept');
  await phone.dialogue.answer(true);
  return phone;
}

const values = (answers) => answers.map((one) => one.value);

test('a task tapped without signal is asked from what the phone kept of it', async () => {
  const server = new Server();
  server.weather = ['never', 'never'];
  const { dialogue } = phoneWith(server);
  await dialogue.openTask('tsk_1');
  const { conversation, problem } = dialogue.state();
  assert.equal(problem, null);
  assert.deepEqual(conversation.messages.map((one) => one.text), ['Steel has become dearer.']);
  assert.deepEqual(conversation.turn.subject.card, { title: 'PO-1', facts: [['Flour', '400 kg · 2026-12-01']] });
  assert.equal(dialogue.ask().step, 'decision');
  await dialogue.answer('accept');
  assert.equal(dialogue.ask().text, 'Send later?');
});

test('without a kept template the task needs the signal', async () => {
  const server = new Server();
  server.weather = ['never'];
  const { dialogue } = phoneWith(server, { kept: null });
  await dialogue.openTask('tsk_1');
  assert.ok(dialogue.state().problem instanceof NoAnswer);
  assert.equal(dialogue.ask(), null);
});

test('a server that refuses is not taken for a missing signal', async () => {
  const server = new Server();
  server.instead = new Problem(503);
  const { dialogue } = phoneWith(server);
  await dialogue.openTask('tsk_1');
  assert.equal(dialogue.state().problem.status, 503);
});

test('back online the conversation is begun with its template and its answers follow in one batch', async () => {
  const server = new Server();
  const { dialogue, queue } = await answeredWithoutSignal(server);
  const { id } = dialogue.state().conversation.turn;
  await dialogue.sendPending();
  assert.deepEqual(server.requests.slice(0, 2).map(({ ids, ...request }) => request), [
    { open: id, task: 'tsk_1', template: 'tpl_1' },
    { answer: id, revision: 0 },
  ]);
  assert.deepEqual(values(server.stored), ['accept', true]);
  assert.equal(dialogue.state().conversation.turn.state, 'done');
  assert.equal(queue.count(), 0);
});

test('whichever response gets lost, the same ids are sent again and all is stored once', async () => {
  for (const weather of [['lost'], [undefined, 'lost'], ['lost', undefined, 'lost'], ['lost', 'lost', 'never', 'lost']]) {
    const server = new Server();
    const { vault, dialogue } = await answeredWithoutSignal(server);
    const { id } = dialogue.state().conversation.turn;
    server.weather = [...weather];
    for (let round = 0; round <= weather.length; round += 1) {
      await sendOthers(phoneWith(server, { vault }).queue); // each time as after a dead battery
    }
    assert.deepEqual(Object.keys(server.conversations), [id], `${weather}`);
    assert.ok(server.requests.every((one) => (one.open ?? one.answer ?? one.read) === id), `${weather}`);
    assert.deepEqual(values(server.stored), ['accept', true], `${weather}`);
    assert.equal(phoneWith(server, { vault }).queue.count(), 0);
  }
});

test('the same task opened again goes on with what was answered, though its template is gone', async () => {
  const server = new Server();
  server.weather = Array(3).fill('never');
  const first = phoneWith(server);
  await first.dialogue.openTask('tsk_1');
  await first.dialogue.answer('accept');
  const later = phoneWith(server, { vault: first.vault, kept: null });
  await later.dialogue.openTask('tsk_1');
  assert.equal(later.dialogue.ask().step, 'send');
  assert.deepEqual(values(later.dialogue.state().pending), ['accept']);
  assert.equal(later.dialogue.state().conversation.turn.id, first.dialogue.state().conversation.turn.id);
});

test('a colleague\'s conversation gets none of it: what was said is offered there again', async () => {
  const server = new Server();
  const { dialogue, queue } = await answeredWithoutSignal(server);
  server.instead = server.turn('cnv_colleague', { steps: STEPS, revision: 1 });
  await dialogue.sendPending();
  assert.deepEqual(server.requests.filter((one) => one.answer), []);
  const state = dialogue.state();
  assert.equal(state.conversation.turn.id, 'cnv_colleague');
  assert.equal(state.movedOn, true);
  assert.deepEqual(state.drafts, { decision: 'accept', send: true });
  assert.deepEqual([queue.count(), queue.returned()], [0, []]);
});

test('a newer version gets none of it: its conversation says so and offers it again', async () => {
  const server = new Server();
  const phone = await answeredWithoutSignal(server);
  const { id } = phone.dialogue.state().conversation.turn;
  server.instead = server.turn(id, { steps: STEPS, state: 'superseded', ask: null, superseded_by: 'cnv_new' });
  await sendOthers(phone.queue);
  assert.deepEqual(server.requests.filter((one) => one.answer), []);
  assert.deepEqual(phone.queue.returned(), ['cnv_new']);
  server.conversations.cnv_new = true;
  const later = phoneWith(server, { vault: phone.vault });
  await later.dialogue.open('cnv_new');
  assert.equal(later.dialogue.state().movedOn, true);
  assert.deepEqual(later.dialogue.state().drafts, { decision: 'accept', send: true });
  assert.deepEqual(later.queue.returned(), []);
});

test('steps that the server no longer knows: the task is opened afresh with what was said as drafts', async () => {
  const server = new Server();
  const phone = await answeredWithoutSignal(server);
  server.instead = new Problem(422, { code: 'invalid', detail: 'steps_unknown' });
  await sendOthers(phone.queue);
  assert.deepEqual(phone.queue.returned(), ['task/tsk_1']);
  server.instead = null;
  await phone.dialogue.openTask('tsk_1');
  assert.equal(phone.dialogue.state().movedOn, true);
  assert.deepEqual(phone.dialogue.state().drafts, { decision: 'accept', send: true });
  assert.equal('template' in server.requests.at(-1) && server.requests.at(-1).template, undefined);
  assert.deepEqual(phone.queue.returned(), []);
});

test('the same while the person looks shows the fresh conversation at once', async () => {
  const server = new Server();
  const { dialogue } = await answeredWithoutSignal(server);
  const open = server.openTask;
  server.openTask = (id, task, template) => (template ? Promise.reject(new Problem(422)) : open(id, task));
  await dialogue.sendPending();
  const state = dialogue.state();
  assert.deepEqual([state.conversation.begun ?? null, state.movedOn, state.pending.length], [null, true, 0]);
  assert.equal(dialogue.ask().step, 'decision');
  assert.deepEqual(server.stored, []);
});

test('a task that is closed says why and keeps nothing that nobody can take', async () => {
  const server = new Server();
  const { dialogue, queue } = await answeredWithoutSignal(server);
  server.instead = new Problem(409, { code: 'task_cancelled', detail: 'The order was withdrawn.' });
  await dialogue.sendPending();
  assert.equal(dialogue.state().problem.detail, 'The order was withdrawn.');
  assert.equal(dialogue.state().conversation, null);
  assert.deepEqual([queue.count(), queue.returned()], [0, []]);
});

test('a busy server and an ended session keep everything for later', async () => {
  for (const status of [401, 429, 503]) {
    const server = new Server();
    const { dialogue, queue } = await answeredWithoutSignal(server);
    server.instead = new Problem(status);
    await dialogue.sendPending();
    assert.deepEqual(values(dialogue.state().pending), ['accept', true]);
    assert.equal(queue.count(), 2);
  }
});

test('two windows of one phone send the same once, and neither says that anything changed', async () => {
  const server = new Server();
  const first = await answeredWithoutSignal(server);
  const second = phoneWith(server, { vault: first.vault });
  await Promise.all([first.dialogue.sendPending(), second.dialogue.openTask('tsk_1')]);
  assert.deepEqual(values(server.stored), ['accept', true]);
  for (const { dialogue } of [first, second]) {
    assert.equal(dialogue.state().movedOn, false);
    assert.equal(dialogue.state().conversation.turn.state, 'done');
  }
  assert.deepEqual([first.queue.count(), first.queue.returned()], [0, []]);
});

test('a window that hears of the beginning only after the other one has finished says what became of it', async () => {
  const server = new Server();
  const first = await answeredWithoutSignal(server);
  let finished;
  const isFinished = new Promise((resolve) => { finished = resolve; });
  const openTask = (...facts) => isFinished.then(() => server.openTask(...facts));
  const second = phoneWith({ ...server, openTask }, { vault: first.vault });
  const slow = second.dialogue.openTask('tsk_1');
  await first.dialogue.sendPending();
  finished();
  await slow;
  assert.equal(second.dialogue.state().movedOn, false);
  assert.equal(second.dialogue.state().conversation.turn.state, 'done');
  assert.deepEqual(values(server.stored), ['accept', true]);
});

test('what was begun is told once, however often its answers must be repeated', async () => {
  const server = new Server();
  const { dialogue } = await answeredWithoutSignal(server);
  server.weather = [undefined, 'lost', 'lost'];
  for (let round = 0; round < 3; round += 1) await dialogue.sendPending();
  assert.deepEqual(server.requests.map((one) => Object.keys(one)[0]), ['open', 'answer', 'answer', 'answer', 'read']);
  assert.deepEqual(values(server.stored), ['accept', true]);
});

test('a step back takes the newest unsent answer away, leaving takes them all', async () => {
  const server = new Server();
  const { dialogue, queue } = await answeredWithoutSignal(server);
  await dialogue.stepBack();
  assert.equal(dialogue.ask().step, 'send');
  await dialogue.stepBack();
  assert.deepEqual(dialogue.state().drafts, { decision: 'accept' });
  assert.equal(dialogue.ask().step, 'decision');
  server.weather = ['never'];
  await dialogue.answer('reject');
  await dialogue.leave();
  assert.equal(dialogue.state().conversation.turn.state, 'left');
  assert.equal(queue.count(), 0);
  assert.deepEqual(server.requests, []);
});

test('what the server may have heard of is not left without it', async () => {
  const server = new Server();
  const { dialogue, queue } = await answeredWithoutSignal(server);
  server.weather = [undefined, 'lost'];
  await dialogue.sendPending();
  server.leave = () => Promise.reject(new NoAnswer('no signal'));
  await dialogue.leave();
  assert.ok(dialogue.state().problem instanceof NoAnswer);
  assert.equal(queue.count(), 2);
});
