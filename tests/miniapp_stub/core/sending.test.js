import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';

import { createApi } from '../../../miniapp_stub/core/api.js';
import { form } from '../../../miniapp_stub/core/form.js';
import { sha256 } from '../../../miniapp_stub/core/sha256.js';
import { numbers } from './phone.js';

test('the fingerprint is the same with and without the phone\'s own', async () => {
  const random = numbers(7);
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 1000, 100003]) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    const wanted = createHash('sha256').update(bytes).digest('hex');
    assert.equal(await sha256(bytes), wanted, `${length}, the phone's`);
    assert.equal(await sha256(bytes, null), wanted, `${length}, ours`);
  }
});

test('a form carries the fields and every byte of the file, as others read it', async () => {
  const file = Uint8Array.from({ length: 300 }, (_, at) => at % 256);
  const { type, bytes } = form({ step: 'shot_a', accuracy_m: 12 }, file, 'image/jpeg');
  const read = await new Response(bytes, { headers: { 'Content-Type': type } }).formData();
  assert.deepEqual([read.get('step'), read.get('accuracy_m')], ['shot_a', '12']);
  assert.equal(read.get('file').type, 'image/jpeg');
  assert.deepEqual(new Uint8Array(await read.get('file').arrayBuffer()), file);
});

const session = { token: () => 'pls_1' };

test('a photo is put under its id, and its receipt read from headers alone', async () => {
  const asked = [];
  const answers = [new Response('{"id":"pho_1","state":"received"}', { status: 201 }),
    new Response(null, { status: 200, headers: { 'Photo-Sha256': 'ab', 'Photo-State': 'checked' } }), new Response('{}', { status: 404 })];
  const fetch = async (path, options) => {
    asked.push([options.method, path, options.headers['Content-Type']?.split(';')[0]]);
    return answers.shift();
  };
  const api = createApi({ fetch, session, language: () => 'zh' });
  assert.equal((await api.sendPhoto('pho_1', { step: 'a' }, new Uint8Array(3), 'image/jpeg')).state, 'received');
  assert.deepEqual(await api.photoReceipt('pho_1'), { sha256: 'ab', state: 'checked' });
  assert.equal(await api.photoReceipt('pho_1'), null);
  const path = '/api/v1/phone/photos/pho_1';
  assert.deepEqual(asked, [['PUT', path, 'multipart/form-data'], ['HEAD', path, undefined], ['HEAD', path, undefined]]);
});

test('a large photo is given the time that a thin line needs', async () => {
  const fetch = (_, { signal }) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(new Response('{}')), 60);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new Error('aborted'));
    });
  });
  const api = createApi({ fetch, session, language: () => 'zh', timeoutMs: 10 });
  await assert.rejects(api.me());
  assert.deepEqual(await api.sendPhoto('pho_1', {}, new Uint8Array(400000), 'image/jpeg'), {});
});
