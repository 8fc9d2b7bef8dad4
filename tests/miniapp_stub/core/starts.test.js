import assert from 'node:assert/strict';
import test from 'node:test';

import { addressOf, isBeginning } from '../../../miniapp_stub/core/beginning.js';
import { createDialogue } from '../../../miniapp_stub/core/dialogue.js';
import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { nextStep } from '../../../miniapp_stub/core/interpreter.js';
import { createQueue, sendOthers } from '../../../miniapp_stub/core/queue.js';
import { createStarts } from '../../../miniapp_stub/core/starts.js';
import { newVault } from './phone.js';

const STEPS = [{ step: 'load', kind: 'choice', text: 'How busy?', constraints: { options: [{ key: 'red_30', text: 'Red' }] } }];
const TEMPLATE = { id: 'tpl_1', steps: STEPS };
const SUBJECT = { kind: 'purchase_order', id: 'po_1', ref: 'PO-1', card: { title: 'Order PO-1', facts: [] } };
const FLOWS = [
  { flow: 'load-update', title: 'Update our load', subject_kind: null, template: TEMPLATE },
  { flow: 'remark', title: 'Remark', subject_kind: 'purchase_order' },
];

/** A server with two flows; `weather` is what the line does to the next requests: 'never', 'lost', else fine. */
class Server {
  weather = [];
  requests = [];
  instead = null;
  stored = [];

  flows = () => this.through({ flows: true }, () => ({ items: FLOWS }));

  subjects = (flow, after) => this.through({ subjects: flow, after }, () => ({ items: [{ subject: SUBJECT, template: TEMPLATE }], next: null }));

  start = (id, flow, on, template) => this.through({ start: id, flow, on, template }, () => {
    if (this.instead instanceof Problem) throw this.instead;
    return this.instead ?? this.turn(id, { steps: STEPS });
  });

  answer = (id, revision, answers) => this.through({ answer: id }, () => {
    for (const one of answers) if (!this.stored.some((held) => held.id === one.id)) this.stored.push(one);
    return this.turn(id, { state: 'done', revision: this.stored.length, stored: answers.map((one) => one.id), ask: null });
  });

  conversation = (id) => this.through({ read: id }, () => this.turn(id, { steps: STEPS, state: this.stored.length ? 'done' : 'asking' }));

  turn = (id, facts) => ({ id, state: 'asking', revision: 0, ask: STEPS[0], messages: [], stored: [], dropped: [], rejection: null, steps: null, answers: {}, ...facts });

  async through(request, reply) {
    const weather = this.weather.shift();
    if (weather === 'never') throw new NoAnswer('no signal');
    this.requests.push(request);
    const answer = reply();
    if (weather === 'lost') throw new NoAnswer('connection broke');
    return answer;
  }
}

function phoneWith(server, { vault = newVault(), who = { key: 'per_1/org_1/zh' } } = {}) {
  const starts = createStarts({ vault, api: server, key: () => who.key });
  const queue = createQueue({ vault, api: server, owner: () => 'per_1/org_1' });
  return { vault, starts, queue, dialogue: createDialogue({ api: server, queue, starts, next: nextStep, onChange: () => {} }) };
}

const values = (answers) => answers.map((one) => one.value);

test('a beginning has one address, whoever asks', () => {
  assert.equal(addressOf({ task: 'tsk_1' }), 'task/tsk_1');
  assert.equal(addressOf({ flow: 'load-update', on: null }), 'start/load-update');
  assert.equal(addressOf({ flow: 'remark', on: 'po/1' }), 'start/remark/po%2F1');
  assert.deepEqual(['task/t', 'start/x', 'cnv_1'].map(isBeginning), [true, true, false]);
});

test('flows are asked for once, kept, and shown to nobody else', async () => {
  const server = new Server();
  const who = { key: 'per_1/org_1/zh' };
  const { starts, vault } = phoneWith(server, { who });
  assert.deepEqual(starts.all(), []);
  await starts.refresh();
  await starts.refresh();
  assert.deepEqual(server.requests, [{ flows: true }]);
  assert.deepEqual(starts.all().map((one) => one.flow), ['load-update', 'remark']);
  who.key = 'per_2/org_1/zh';
  assert.deepEqual([starts.all(), starts.of('load-update', null)], [[], null]);
  who.key = 'per_1/org_1/zh';
  starts.forget();
  assert.deepEqual([starts.all(), vault.get('starts')], [[], null]);
});

test('without signal the flows of another time stay', async () => {
  const server = new Server();
  const { starts, vault } = phoneWith(server);
  await starts.refresh();
  server.weather = ['never'];
  const later = phoneWith(server, { vault });
  assert.deepEqual((await later.starts.refresh()).length, 2);
});

test('a flow begun without signal is sent once, under one id, with the steps that were read', async () => {
  const server = new Server();
  const { starts, queue, dialogue } = phoneWith(server);
  await starts.refresh();
  server.weather = Array(2).fill('never');
  await dialogue.start('load-update');
  assert.equal(dialogue.ask().step, 'load');
  await dialogue.answer('red_30');
  const { id } = dialogue.state().conversation.turn;
  server.weather = ['lost', undefined, 'lost'];
  for (let round = 0; round < 4; round += 1) await sendOthers(queue);
  assert.deepEqual([...new Set(server.requests.filter((one) => one.start).map((one) => JSON.stringify(one)))],
    [JSON.stringify({ start: id, flow: 'load-update', on: null, template: 'tpl_1' })]);
  assert.deepEqual(values(server.stored), ['red_30']);
  assert.equal(queue.count(), 0);
});

test('what was looked at may be started on without signal, nothing else', async () => {
  const server = new Server();
  const { starts, dialogue } = phoneWith(server);
  await starts.refresh();
  await starts.subjects('remark');
  server.weather = Array(4).fill('never');
  await dialogue.start('remark', 'po_2');
  assert.ok(dialogue.state().problem instanceof NoAnswer);
  await dialogue.start('remark', 'po_1');
  assert.equal(dialogue.state().conversation.turn.subject.card.title, 'PO-1');
  assert.equal(dialogue.ask().step, 'load');
});

test('started again without signal it goes on with what was answered', async () => {
  const server = new Server();
  const first = phoneWith(server);
  await first.starts.refresh();
  server.weather = Array(3).fill('never');
  await first.dialogue.start('load-update');
  await first.dialogue.answer('red_30');
  const later = phoneWith(server, { vault: first.vault });
  await later.dialogue.start('load-update');
  assert.deepEqual(values(later.dialogue.state().pending), ['red_30']);
});

test('a colleague\'s open conversation gets none of it: it is offered there again', async () => {
  const server = new Server();
  const { starts, queue, dialogue } = phoneWith(server);
  await starts.refresh();
  server.weather = Array(2).fill('never');
  await dialogue.start('load-update');
  await dialogue.answer('red_30');
  server.instead = server.turn('cnv_colleague', { steps: STEPS });
  await dialogue.sendPending();
  assert.deepEqual(server.stored, []);
  assert.deepEqual([dialogue.state().movedOn, dialogue.state().drafts], [true, { load: 'red_30' }]);
  assert.deepEqual([queue.count(), queue.returned()], [0, []]);
});

test('what can no longer be started is found where it was begun', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await phone.starts.refresh();
  await phone.starts.subjects('remark');
  server.weather = Array(2).fill('never');
  await phone.dialogue.start('remark', 'po_1');
  await phone.dialogue.answer('red_30');
  server.instead = new Problem(409, { code: 'not_startable', detail: 'Nothing to start.' });
  await sendOthers(phone.queue);
  assert.deepEqual(phone.queue.returned(), ['start/remark/po_1']);
  await phone.dialogue.start('remark', 'po_1');
  assert.equal(phone.dialogue.state().problem.detail, 'Nothing to start.');
  assert.deepEqual(phone.queue.returned(), []);
});
