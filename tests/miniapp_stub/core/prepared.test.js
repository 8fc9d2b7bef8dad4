import assert from 'node:assert/strict';
import test from 'node:test';

import { createChallenges } from '../../../miniapp_stub/core/challenges.js';
import { createDialogue } from '../../../miniapp_stub/core/dialogue.js';
import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { nextStep } from '../../../miniapp_stub/core/interpreter.js';
import { isPrepared, prepareDay, toPrepare } from '../../../miniapp_stub/core/preparing.js';
import { createQueue } from '../../../miniapp_stub/core/queue.js';
import { createRemembered } from '../../../miniapp_stub/core/remembered.js';
import { newVault } from './phone.js';

const STEPS = [
  { step: 'shot_a', kind: 'photo', text: 'The shelf', constraints: { challenge: true } },
  { step: 'send', kind: 'confirm', text: 'Send?', constraints: {}, offline_text: 'Send later?' },
];

/** A server with a proof for each task; `isAway` cuts the line. */
class Server {
  isAway = false;
  opened = [];
  drawn = [];
  answered = [];

  line = async (reply) => {
    if (this.isAway) throw new NoAnswer('no signal');
    return reply();
  };

  openTask = (id, task) => this.line(() => {
    this.opened.push(task);
    return this.turn(`cnv_of_${task}`, { steps: STEPS });
  });

  conversation = (id) => this.line(() => this.turn(id, { steps: STEPS, revision: this.answered.length }));

  answer = (id, revision, answers) => this.line(() => {
    this.answered.push(...answers.map((one) => one.step));
    return this.turn(id, { revision: this.answered.length, stored: answers.map((one) => one.id), ask: STEPS[1] });
  });

  challenges = (ids) => this.line(() => {
    this.drawn.push(ids);
    return { items: ids.map((conversation, at) => ({ conversation, code: `7K3${at}`, valid_until: '2026-12-03T08:00:00Z', taken_until: '2026-12-02T08:00:00Z' })) };
  });

  turn = (id, facts) => ({
    id, state: 'asking', revision: 0, title: 'Proof', subject: { kind: 'claim', id: id.replace('cnv', 'clm'), ref: 'C-1' }, ask: STEPS[0], messages: [],
    stored: [], dropped: [], rejection: null, steps: null, answers: {}, photos: {}, ...facts,
  });
}

function phoneWith(server, { vault = newVault(), now = () => new Date('2026-12-01T08:00:00Z'), owner = () => 'per_1/org_1' } = {}) {
  const queue = createQueue({ vault, api: server, owner });
  const remembered = createRemembered({ vault, key: () => `${owner()}/zh` });
  const challenges = createChallenges({ vault, api: server, owner, now });
  const dialogue = createDialogue({ api: server, queue, remembered, next: nextStep, onChange: () => {} });
  return { api: server, vault, queue, remembered, challenges, dialogue };
}

const TASKS = ['tsk_1', 'tsk_2'].map((id) => ({ id, flow: 'promotion-proof', taken_by: null }));

test('preparing opens each proof once and draws all codes in one request', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  const told = [];
  assert.equal(await prepareDay(phone, TASKS, (done) => told.push(done)), 2);
  assert.deepEqual([server.opened, server.drawn, told], [['tsk_1', 'tsk_2'], [['cnv_of_tsk_1', 'cnv_of_tsk_2']], [1, 2]]);
  assert.equal(phone.challenges.of('cnv_of_tsk_2').code, '7K31');
  await prepareDay(phone, TASKS);
  assert.deepEqual([server.opened.length, server.drawn.length], [2, 1]);
});

test('a prepared proof goes on without signal in its own conversation, and is sent there', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await prepareDay(phone, TASKS);
  server.isAway = true;
  await phone.dialogue.openTask('tsk_1');
  const { conversation, problem } = phone.dialogue.state();
  assert.deepEqual([conversation.turn.id, conversation.remembered, problem], ['cnv_of_tsk_1', true, null]);
  await phone.dialogue.answer(['pho_1']);
  assert.equal(phone.dialogue.ask().text, 'Send later?');
  server.isAway = false;
  await phone.dialogue.sendPending();
  assert.deepEqual([server.answered, phone.dialogue.state().movedOn, phone.queue.count()], [['shot_a'], false, 0]);
});

test('a conversation that was looked at goes on from where it stood, not from where it began', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await phone.dialogue.openTask('tsk_1');
  await phone.dialogue.answer(['pho_1']);
  server.isAway = true;
  const later = phoneWith(server, phone);
  await later.dialogue.openTask('tsk_1');
  assert.equal(later.dialogue.state().conversation.turn.revision, 1);
  assert.equal(later.dialogue.ask().step, 'send');
});

test('what is over is remembered no more', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await phone.dialogue.openTask('tsk_1');
  server.answer = async (id, _, answers) => server.turn(id, { state: 'done', ask: null, stored: answers.map((one) => one.id) });
  await phone.dialogue.answer(['pho_1']);
  assert.equal(phone.remembered.of('task/tsk_1'), null);
});

test('a code drawn for an earlier conversation is not written on paper again', async () => {
  const { challenges } = phoneWith(new Server());
  await challenges.draw(['cnv_1']);
  assert.equal(challenges.of('cnv_1').code, '7K30');
  assert.equal(challenges.of('cnv_2'), null);
});

test('nobody else is shown what was remembered or drawn', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await prepareDay(phone, TASKS);
  const other = phoneWith(server, { vault: phone.vault, owner: () => 'per_2/org_1' });
  assert.deepEqual([other.remembered.of('task/tsk_1'), other.challenges.of('cnv_of_tsk_1')], [null, null]);
});

test('a code is good for pictures until its time is over, and then another is drawn', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  await prepareDay(phone, TASKS);
  const nextDay = phoneWith(server, { vault: phone.vault, now: () => new Date('2026-12-02T08:00:01Z') });
  assert.deepEqual([nextDay.challenges.of('cnv_of_tsk_1'), nextDay.challenges.isOver('cnv_of_tsk_1')], [null, true]);
  assert.equal(isPrepared(nextDay, TASKS[0]), false);
  server.isAway = true;
  await assert.rejects(prepareDay(nextDay, TASKS), NoAnswer);
});

test('only proofs that no colleague is at work on are prepared, thirty at most', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ id: `tsk_${at}`, flow: 'promotion-proof', taken_by: null }));
  const others = [{ id: 'tsk_a', flow: 'order-confirmation' }, { id: 'tsk_b', flow: 'promotion-proof', taken_by: { id: 'per_2' } }];
  assert.equal(toPrepare({ tasks: many }, { id: 'per_1' }).length, 30);
  assert.deepEqual(toPrepare({ tasks: others }, { id: 'per_1' }), []);
});

test('a proof that is refused, or whose conversation is over, keeps none of the others from being prepared', async () => {
  const server = new Server();
  const phone = phoneWith(server);
  const { openTask, challenges } = server;
  server.openTask = (id, task) => (task === 'tsk_gone' ? Promise.reject(new Problem(404)) : openTask(id, task));
  server.challenges = (ids) => (ids.includes('cnv_of_tsk_1') ? Promise.reject(new Problem(404)) : challenges(ids));
  const told = [];
  const gone = { ...TASKS[0], id: 'tsk_gone' };
  assert.equal(await prepareDay(phone, [gone, ...TASKS], (done) => told.push(done)), 1);
  assert.deepEqual([told, isPrepared(phone, TASKS[1]), isPrepared(phone, TASKS[0])], [[1, 2, 3], true, false]);
  server.isAway = true;
  await assert.rejects(prepareDay(phone, [{ ...TASKS[0], id: 'tsk_3' }]), NoAnswer);
});
