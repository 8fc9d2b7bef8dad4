import assert from 'node:assert/strict';
import test from 'node:test';

import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { memoryPhotoStore, PhoneFull } from '../../../miniapp_stub/core/photo_store.js';
import { createPhotos, idsIn } from '../../../miniapp_stub/core/photos.js';
import { createQueue } from '../../../miniapp_stub/core/queue.js';
import { given, newVault, numbers, Server } from './phone.js';

const BYTES = new Uint8Array([255, 216, 255, 1, 2, 3]);
const facts = (step = 'shot_a', more = {}) => ({
  conversation: 'cnv_1', about: 'clm_1', step, source: 'camera', captured_at: '2026-12-01T08:00:00.000Z', type: 'image/jpeg', ...more,
});

/** A photo door on a line whose weather the test makes: 'never' (does not arrive), 'lost' (the receipt does not), or a Problem. */
class Door {
  weather = [];
  kept = new Map();
  sent = [];
  asked = [];

  sendPhoto = async (id, fields, bytes) => {
    const weather = this.weather.shift();
    if (weather === 'never') throw new NoAnswer('no signal');
    if (weather instanceof Problem) throw weather;
    this.sent.push({ id, ...fields });
    this.kept.set(id, { sha256: fields.sha256, bytes });
    if (weather === 'lost') throw new NoAnswer('connection broke');
    return { id, sha256: fields.sha256, state: 'received' };
  };

  photoReceipt = async (id) => {
    this.asked.push(id);
    return this.kept.has(id) ? { sha256: this.kept.get(id).sha256, state: 'received' } : null;
  };
}

/** A phone whose pauses last until the test lets them end. */
function phoneWith(door, { store = memoryPhotoStore(), owner = () => 'per_1/org_1', ...more } = {}) {
  const pauses = [];
  const later = (work, ms) => pauses.push({ work, ms });
  const photos = createPhotos({ store, api: door, owner, later, cancel: () => {}, now: () => new Date('2026-12-01T09:00:00Z'), ...more });
  return { store, photos, pauses, goOn: () => pauses.at(-1).work() };
}

test('a photo is kept first, sent with its fingerprint, and its bytes are let go for the receipt only', async () => {
  const door = new Door();
  const { photos, store } = phoneWith(door);
  const { id } = await photos.add(facts('shot_a', { challenge: '7K3P', place: { latitude: 31.2, longitude: 121.4, accuracy_m: 12, system: 'wgs84' } }), BYTES);
  assert.match(id, /^pho_[0-9a-z]{26}$/);
  assert.deepEqual(await store.bytes(id), BYTES);
  await photos.wake();
  assert.deepEqual(door.sent, [{
    id, sha256: photos.get(id).sha256, conversation: 'cnv_1', step: 'shot_a', source: 'camera', captured_at: '2026-12-01T08:00:00.000Z',
    challenge: '7K3P', latitude: 31.2, longitude: 121.4, accuracy_m: 12, system: 'wgs84',
  }]);
  assert.equal(photos.get(id).state, 'safe');
  assert.equal(await store.bytes(id), undefined);
  assert.deepEqual(photos.safeIn('cnv_1'), [id]);
});

test('what is not known of a photo is not said', async () => {
  const door = new Door();
  const { photos } = phoneWith(door);
  await photos.add(facts(), BYTES);
  await photos.wake();
  assert.deepEqual(Object.keys(door.sent[0]), ['id', 'sha256', 'conversation', 'step', 'source', 'captured_at']);
});

test('where only the receipt was lost the server is asked, and the photo is not sent twice', async () => {
  const door = new Door();
  door.weather = ['lost'];
  const { photos, goOn } = phoneWith(door);
  const { id } = await photos.add(facts(), BYTES);
  await photos.wake();
  assert.equal(photos.get(id).state, 'waiting');
  await goOn();
  assert.deepEqual([photos.get(id).state, door.sent.length, door.asked], ['safe', 1, [id]]);
});

test('each pause is twice as long, a signal that is back ends it, and how many are safe is always known', async () => {
  const door = new Door();
  const { photos, pauses, goOn } = phoneWith(door);
  door.weather = [undefined, ...Array(9).fill('never')];
  for (const step of ['shot_a', 'shot_b', 'shot_c']) await photos.add(facts(step), BYTES);
  await photos.wake();
  await goOn();
  await goOn();
  assert.deepEqual(pauses.slice(-3).map((one) => one.ms), [5000, 10000, 20000]);
  const { total, safe, waiting, bytes, kept } = photos.summary('cnv_1');
  assert.deepEqual([total, safe, waiting, bytes, kept instanceof NoAnswer], [3, 1, 2, 12, true]);
  door.weather = [];
  await photos.wake();
  assert.deepEqual([photos.summary().safe, photos.summary().kept], [3, null]);
});

test('a busy server is asked again when it said, not before', async () => {
  const door = new Door();
  door.weather = [new Problem(503, {}, 40)];
  const { photos, pauses } = phoneWith(door);
  await photos.add(facts(), BYTES);
  await photos.wake();
  assert.deepEqual(pauses.map((one) => one.ms), [40000]);
});

test('whatever the network does and however often the phone dies, every photo arrives, each under one id', async () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = numbers(seed);
    const [door, store] = [new Door(), memoryPhotoStore()];
    let phone = phoneWith(door, { store });
    const ids = [];
    for (let at = 0; at < 8; at += 1) {
      door.weather = Array.from({ length: 3 }, () => ['never', 'lost', undefined][Math.floor(random() * 3)]);
      ids.push((await phone.photos.add(facts('shot_a', { captured_at: new Date(at * 1000).toISOString() }), Uint8Array.of(at))).id);
      if (random() < 0.6) await phone.photos.wake();
      if (random() < 0.3) phone = phoneWith(door, { store, now: () => new Date(0) });
    }
    door.weather = [];
    phone = phoneWith(door, { store, now: () => new Date(0) });
    await phone.photos.wake();
    assert.deepEqual([...door.kept.keys()].sort(), [...ids].sort(), `seed ${seed}`);
    assert.equal(phone.photos.summary().waiting, 0);
  }
});

for (const [status, code] of [[404, 'gone'], [409, 'reused'], [413, 'too_large'], [415, 'type']]) {
  test(`HTTP ${status} is a no for good: told in words, and the others go on`, async () => {
    const door = new Door();
    door.weather = [new Problem(status, { detail: 'Take it again.' })];
    const { photos } = phoneWith(door);
    const refused = await photos.add(facts(), BYTES);
    const other = await photos.add(facts('shot_b', { captured_at: '2026-12-01T08:01:00.000Z' }), BYTES);
    await photos.wake();
    const { state, text } = photos.get(refused.id);
    assert.deepEqual([state, photos.get(refused.id).code, text], ['refused', code, 'Take it again.']);
    assert.equal(photos.get(other.id).state, 'safe');
    assert.equal(photos.summary('cnv_1').total, 1);
  });
}

test('a photo that is damaged on the way is sent again, and refused only when that does not help', async () => {
  const broken = () => new Problem(422, { code: 'photo_broken', detail: 'Damaged.' });
  const door = new Door();
  door.weather = [broken(), broken(), undefined];
  const { photos, goOn } = phoneWith(door);
  const { id } = await photos.add(facts(), BYTES);
  await photos.wake();
  await goOn();
  await goOn();
  assert.equal(photos.get(id).state, 'safe');
  door.weather = [broken(), broken(), broken()];
  const hopeless = await photos.add(facts(), BYTES);
  await photos.wake();
  await goOn();
  await goOn();
  assert.equal(photos.get(hopeless.id).code, 'photo_broken');
});

test('an ended session and a missing signal keep every photo', async () => {
  const door = new Door();
  door.weather = [new Problem(401), 'never'];
  const { photos, goOn } = phoneWith(door);
  const { id } = await photos.add(facts(), BYTES);
  await photos.wake();
  await goOn();
  assert.equal(photos.get(id).state, 'waiting');
});

test('what one person took is neither shown to nor sent by another', async () => {
  const door = new Door();
  let owner = 'per_1/org_1';
  const { photos } = phoneWith(door, { owner: () => owner });
  door.weather = ['never'];
  const { id } = await photos.add(facts(), BYTES);
  await photos.wake();
  owner = 'per_2/org_1';
  await photos.wake();
  assert.deepEqual([door.sent, photos.get(id), photos.summary().total], [[], null, 0]);
  owner = 'per_1/org_1';
  await photos.wake();
  assert.equal(door.sent.length, 1);
});

test('a full phone first gives up what is safe anyway, then says so and keeps what it had', async () => {
  const store = memoryPhotoStore();
  let room = 2;
  const small = { ...store, put: async (one, bytes) => {
    if (bytes && (await store.all()).length >= room) throw new PhoneFull();
    return store.put(one, bytes);
  } };
  const door = new Door();
  const { photos } = phoneWith(door, { store: small });
  await photos.add(facts('shot_a'), BYTES);
  await photos.wake();
  door.weather = Array(9).fill('never');
  await photos.add(facts('shot_b'), BYTES);
  await photos.add(facts('shot_c'), BYTES);
  await assert.rejects(photos.add(facts('shot_d'), BYTES), PhoneFull);
  assert.deepEqual([photos.of('cnv_1', 'shot_a').length, photos.summary().waiting], [0, 2]);
});

test('a photo of a conversation that the server does not know yet is held until it does', async () => {
  const door = new Door();
  const { photos } = phoneWith(door);
  const { id } = await photos.add(facts('shot_a', { begun: true }), BYTES);
  await photos.wake();
  assert.deepEqual(door.sent, []);
  await photos.release('cnv_1');
  await photos.wake();
  assert.equal(photos.get(id).state, 'safe');
});

test('photos of an earlier conversation about the same go to the one that stands now', async () => {
  const door = new Door();
  const { photos } = phoneWith(door);
  await photos.add(facts('shot_a', { begun: true, conversation: 'cnv_old' }), BYTES);
  await photos.add(facts('shot_a', { begun: true, conversation: 'cnv_else', about: 'clm_2' }), BYTES);
  await photos.release('cnv_new', 'clm_1');
  await photos.wake();
  assert.deepEqual(door.sent.map((one) => one.conversation), ['cnv_new']);
});

test('who leaves a conversation leaves none of its photos on the phone', async () => {
  const door = new Door();
  door.weather = ['never'];
  const { photos, store } = phoneWith(door);
  await photos.add(facts(), BYTES);
  await photos.forget('cnv_1');
  assert.deepEqual([photos.summary().total, await store.all()], [0, []]);
});

test('what is settled, or was taken for what never came to be, is gone after a week', async () => {
  const store = memoryPhotoStore();
  await store.put({ id: 'pho_old', owner: 'per_1/org_1', state: 'safe', captured_at: '2026-11-20T08:00:00.000Z' });
  await store.put({ id: 'pho_orphan', owner: 'per_1/org_1', state: 'waiting', begun: true, captured_at: '2026-11-20T08:00:00.000Z' });
  await store.put({ id: 'pho_waiting', owner: 'per_1/org_1', state: 'waiting', begun: false, captured_at: '2026-11-20T08:00:00.000Z' });
  const { photos } = phoneWith(new Door(), { store });
  await photos.look();
  assert.deepEqual((await store.all()).map((one) => one.id), ['pho_waiting']);
});

test('an answer goes out when its photos are safe, what follows it waits, and no other conversation does', async () => {
  const [door, server] = [new Door(), new Server()];
  const told = [];
  const { photos } = phoneWith(door, { onSafe: (conversation) => told.push([conversation, queue.isReady(conversation)]) });
  const queue = createQueue({ vault: newVault(), api: server, owner: () => 'per_1/org_1', isSafe: photos.isSafe, ready: photos.look });
  door.weather = ['never'];
  const { id } = await photos.add(facts(), BYTES);
  queue.add('cnv_1', 0, given('ans_1', 'consent'));
  queue.add('cnv_1', 0, given('ans_2', 'shot_a', [id]));
  queue.add('cnv_1', 0, given('ans_3', 'send', true));
  queue.add('cnv_2', 0, given('ans_9', 'decision'));
  await queue.flush('cnv_1');
  assert.deepEqual(server.requests.map((one) => one.ids), [['ans_1']]);
  assert.deepEqual(queue.pending('cnv_1').map((one) => one.id), ['ans_2', 'ans_3']);
  server.revision = 0;
  await queue.flush('cnv_2');
  assert.deepEqual(server.requests.at(-1).ids, ['ans_9']);
  server.revision = 1;
  await photos.wake();
  assert.deepEqual(told, [['cnv_1', true]]);
  await queue.flush('cnv_1');
  assert.deepEqual(server.requests.at(-1).ids, ['ans_2', 'ans_3']);
  assert.equal(queue.count(), 0);
});

test('what another window of the phone has taken holds an answer back here too, and goes out once', async () => {
  const [door, store] = [new Door(), memoryPhotoStore()];
  const here = phoneWith(door, { store }).photos;
  const there = phoneWith(door, { store }).photos;
  await here.look();
  door.weather = ['never'];
  const { id } = await there.add(facts(), BYTES);
  await there.wake();
  await here.look();
  assert.equal(here.isSafe(given('ans_1', 'shot_a', [id])), false);
  await there.wake();
  await here.look();
  assert.equal(here.isSafe(given('ans_1', 'shot_a', [id])), true);
  await here.wake();
  assert.equal(door.sent.length, 1);
});

test('the photos of an answer are found in each of its forms', () => {
  assert.deepEqual(idsIn(['pho_1', 'pho_2']), ['pho_1', 'pho_2']);
  assert.deepEqual(idsIn([{ photo: 'pho_1', row: 'A' }]), ['pho_1']);
  assert.deepEqual([idsIn('pho_1'), idsIn(null), idsIn({ latitude: 1 }), idsIn('accept')], [['pho_1'], [], [], []]);
});

test('a photo that was about to go out when somebody else signed in waits for its person', async () => {
  const door = new Door();
  const store = memoryPhotoStore();
  let who = null;
  const { photos } = phoneWith(door, { store, owner: () => who });
  who = 'per_1/org_1';
  const read = store.bytes;
  store.bytes = async (id) => {
    who = 'per_2/org_2';
    return read(id);
  };
  await photos.add(facts(), BYTES);
  await photos.wake();
  assert.deepEqual(door.sent, []);
  assert.deepEqual((await store.all()).map((one) => one.state), ['waiting']);
  who = 'per_1/org_1';
  store.bytes = read;
  await photos.wake();
  assert.equal(door.sent.length, 1);
});
