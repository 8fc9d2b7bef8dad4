import assert from 'node:assert/strict';
import test from 'node:test';

import { Problem } from '../../../miniapp_stub/core/errors.js';
import { createQueue, createSender, sendOthers } from '../../../miniapp_stub/core/queue.js';
import { given, newVault, numbers, Server } from './phone.js';

const queueOf = (vault, server, owner = () => 'per_1/org_1') => createQueue({ vault, api: server, owner });
const idsOf = (answers) => answers.map((one) => one.id);

test('an answer whose response got lost is sent again with the same id and stored once', async () => {
  const server = new Server();
  server.weather = ['lost'];
  const queue = queueOf(newVault(), server);
  queue.add('cnv_1', 0, given('ans_1'));
  assert.ok((await queue.flush('cnv_1')).kept);
  assert.equal(queue.count(), 1);
  const outcome = await queue.flush('cnv_1');
  assert.equal(outcome.again, true);
  assert.deepEqual(server.requests.map((one) => one.ids), [['ans_1'], ['ans_1']]);
  assert.deepEqual(idsOf(server.stored), ['ans_1']);
  assert.equal(queue.count(), 0);
});

test('what is answered after a lost response follows as its own batch, with the revision the server then has', async () => {
  const server = new Server();
  server.weather = ['lost'];
  const queue = queueOf(newVault(), server);
  queue.add('cnv_1', 0, given('ans_1'));
  await queue.flush('cnv_1');
  queue.add('cnv_1', 0, given('ans_2'));
  await queue.flush('cnv_1');
  assert.deepEqual(server.requests.slice(1), [
    { conversation: 'cnv_1', revision: 0, ids: ['ans_1'] },
    { conversation: 'cnv_1', revision: 1, ids: ['ans_2'] },
  ]);
});

test('answers given without signal go out together, in their order, in one request', async () => {
  const server = new Server();
  server.weather = ['never', 'never'];
  const queue = queueOf(newVault(), server);
  for (const id of ['ans_1', 'ans_2', 'ans_3']) {
    queue.add('cnv_1', 0, given(id));
    if (id === 'ans_1') queue.pending('cnv_1');
  }
  await queue.flush('cnv_1');
  await queue.flush('cnv_1');
  await queue.flush('cnv_1');
  assert.deepEqual(server.requests, [{ conversation: 'cnv_1', revision: 0, ids: ['ans_1', 'ans_2', 'ans_3'] }]);
});

test('whatever the network does and however often the phone dies, every answer arrives once and in order', async () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = numbers(seed);
    const [vault, server] = [newVault(), new Server()];
    let queue = queueOf(vault, server);
    const all = Array.from({ length: 12 }, (_, at) => `ans_${at}`);
    for (const id of all) {
      queue.add('cnv_1', server.revision, given(id));
      server.weather = [['never', 'lost', undefined][Math.floor(random() * 3)], ['lost', undefined][Math.floor(random() * 2)]];
      if (random() < 0.7) await queue.flush('cnv_1');
      if (random() < 0.2) queue = queueOf(vault, server);
    }
    server.weather = [];
    await queue.flush('cnv_1');
    assert.deepEqual(idsOf(server.stored), all, `seed ${seed}`);
    assert.equal(queue.count(), 0);
  }
});

test('two callers at once send nothing twice', async () => {
  const server = new Server();
  const queue = queueOf(newVault(), server);
  queue.add('cnv_1', 0, given('ans_1'));
  await Promise.all([queue.flush('cnv_1'), queue.flush('cnv_1')]);
  assert.equal(server.requests.length, 1);
});

test('a newer unsent answer to the same step takes the older one\'s place', () => {
  const queue = queueOf(newVault(), new Server());
  queue.add('cnv_1', 0, given('ans_1', 'decision', 'accept'));
  queue.add('cnv_1', 0, given('ans_2', 'decision', 'reject'));
  assert.deepEqual(idsOf(queue.pending('cnv_1')), ['ans_2']);
});

test('a stale revision hands the answers back and sends nothing more by itself', async () => {
  const server = new Server();
  server.revision = 4;
  const queue = queueOf(newVault(), server);
  queue.add('cnv_1', 2, given('ans_1'));
  const outcome = await queue.flush('cnv_1');
  assert.equal(outcome.refused.turn.revision, 4);
  assert.deepEqual(idsOf(outcome.given), ['ans_1']);
  assert.deepEqual(idsOf(queue.takeBack('cnv_1').answers), ['ans_1']);
  assert.equal(queue.count(), 0);
  assert.deepEqual(server.stored, []);
});

for (const status of [401, 429, 500, 503]) {
  test(`HTTP ${status} keeps the answers for later`, async () => {
    const queue = queueOf(newVault(), { answer: () => Promise.reject(new Problem(status)) });
    queue.add('cnv_1', 0, given('ans_1'));
    assert.equal((await queue.flush('cnv_1')).kept.status, status);
    assert.deepEqual(idsOf(queue.pending('cnv_1')), ['ans_1']);
  });
}

test('what one person answered is never sent as another', async () => {
  const [vault, server] = [newVault(), new Server()];
  let owner = 'per_1/org_1';
  const queue = queueOf(vault, server, () => owner);
  queue.add('cnv_1', 0, given('ans_1'));
  owner = 'per_2/org_1';
  assert.deepEqual(queue.conversations(), []);
  await queue.flush('cnv_1');
  assert.equal(server.requests.length, 0);
  owner = 'per_1/org_1';
  await queue.flush('cnv_1');
  assert.deepEqual(idsOf(server.stored), ['ans_1']);
});

test('what the server did not take while nobody looked lies ready to be given again, once', async () => {
  const vault = newVault();
  const rejection = { answer: 'ans_2', step: 'quantity', text: 'Too many' };
  const server = { answer: async (_, __, answers) => ({ revision: 1, stored: [answers[0].id], rejection }) };
  const queue = queueOf(vault, server);
  queue.add('cnv_1', 0, given('ans_1', 'decision', 'change'));
  queue.add('cnv_1', 0, given('ans_2', 'quantity', '9000'));
  await sendOthers(queue);
  const later = queueOf(vault, server);
  assert.deepEqual(later.returned(), ['cnv_1']);
  const { answers, text } = later.takeBack('cnv_1');
  assert.deepEqual([answers.map((one) => one.value), text], [['9000'], 'Too many']);
  assert.equal(later.takeBack('cnv_1'), null);
});

test('the conversation on the screen sends for itself', async () => {
  const server = new Server();
  const queue = queueOf(newVault(), server);
  queue.add('cnv_1', 0, given('ans_1'));
  queue.add('cnv_2', 0, given('ans_2'));
  await sendOthers(queue, 'cnv_1');
  assert.deepEqual(server.requests.map((one) => one.conversation), ['cnv_2']);
});

test('a phone that wakes sends what waits at once, on whatever screen and between two', async () => {
  const server = new Server();
  const queue = queueOf(newVault(), server);
  const sender = createSender(queue);
  queue.add('cnv_1', 0, given('ans_1'));
  await sender.wake();
  assert.deepEqual(idsOf(server.stored), ['ans_1']);
  assert.equal(queue.count(), 0);
});

test('the screen that is open sends in its own way, and one that closes late does not silence the next', async () => {
  const server = new Server();
  const queue = queueOf(newVault(), server);
  const sender = createSender(queue);
  const woken = [];
  const leaveFirst = sender.attend(() => woken.push('first'));
  sender.wake();
  const leaveSecond = sender.attend(() => woken.push('second'));
  leaveFirst();
  sender.wake();
  assert.deepEqual(woken, ['first', 'second']);
  leaveSecond();
  queue.add('cnv_1', 0, given('ans_1'));
  await sender.wake();
  assert.deepEqual([woken.length, idsOf(server.stored)], [2, ['ans_1']]);
});
