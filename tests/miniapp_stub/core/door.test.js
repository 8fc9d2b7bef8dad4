import assert from 'node:assert/strict';
import test from 'node:test';

import { createApi } from '../../../miniapp_stub/core/api.js';
import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { newId } from '../../../miniapp_stub/core/ids.js';
import { poll } from '../../../miniapp_stub/core/polling.js';
import { createSession } from '../../../miniapp_stub/core/session.js';
import { workingStorage } from '../../../miniapp_stub/core/vault.js';
import { newVault } from './phone.js';

const SIGNED_IN = { token: 'secret', person: { id: 'per_1', name: '王', language: 'en' }, acting_for: { id: 'org_1' }, memberships: [] };

function apiAnswering(respond, facts = {}) {
  const session = createSession(newVault());
  session.begin(SIGNED_IN);
  const asked = [];
  const fetch = async (url, options) => {
    asked.push({ url, ...options });
    return respond(url, options);
  };
  return { asked, session, api: createApi({ fetch, session, language: () => 'zh', ...facts }) };
}

const json = (status, body, headers = {}) => new Response(JSON.stringify(body), { status, headers });

test('every request names the session and the language', async () => {
  const { api, asked } = apiAnswering(() => json(200, {}));
  await api.me();
  assert.equal(asked[0].url, '/api/v1/phone/me');
  assert.equal(asked[0].headers.Authorization, 'Bearer secret');
  assert.equal(asked[0].headers['Accept-Language'], 'zh');
});

test('an unchanged inbox costs an answer without a body', async () => {
  const { api, asked } = apiAnswering(() => new Response(null, { status: 304 }));
  assert.deepEqual(await api.inbox('"abc"'), { etag: '"abc"', data: null });
  assert.equal(asked[0].headers['If-None-Match'], '"abc"');
});

test('a problem document keeps its code, its sentence and the current turn', async () => {
  const body = { type: 'urn:partnerline:problem:stale_revision', detail: '请看最新内容', turn: { id: 'cnv_1' } };
  const { api } = apiAnswering(() => json(409, body));
  const problem = await api.answer('cnv_1', 0, []).catch((error) => error);
  assert.ok(problem instanceof Problem);
  assert.deepEqual([problem.code, problem.detail, problem.turn.id], ['stale_revision', '请看最新内容', 'cnv_1']);
});

test('a fault of ours carries the number to quote, a refusal does not', async () => {
  const references = [];
  for (const status of [500, 422]) {
    const { api } = apiAnswering(() => json(status, { code: 'any', request_id: 'req_1' }));
    references.push((await api.me().catch((error) => error)).reference);
  }
  assert.deepEqual(references, ['req_1', null]);
});

test('a session that ended is told once to the app; a refused sign-in is not', async () => {
  const told = [];
  const { api } = apiAnswering(() => json(401, { code: 'not_bound' }), { onSignedOut: (problem) => told.push(problem.status) });
  await assert.rejects(api.signIn({ via: 'invitation' }));
  assert.deepEqual(told, []);
  await assert.rejects(api.me());
  assert.deepEqual(told, [401]);
});

test('no signal, a broken body and a server that never answers are all "no answer"', async () => {
  const broken = [
    () => Promise.reject(new TypeError('failed to fetch')),
    () => new Response('{"half":', { status: 200 }),
    (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  ];
  for (const respond of broken) {
    const { api } = apiAnswering(respond, { timeoutMs: 20 });
    await assert.rejects(api.me(), NoAnswer);
  }
});

test('ids carry at least 128 random bits and their prefix', () => {
  const ids = new Set(Array.from({ length: 2000 }, () => newId('ans')));
  assert.equal(ids.size, 2000);
  for (const id of ids) assert.match(id, /^ans_[0-9a-hjkmnp-tv-z]{26}$/);
  assert.equal(newId('cnv', (count) => new Uint8Array(count).fill(255)), `cnv_${'z'.repeat(26)}`);
});

test('the device keeps its id across sign-outs, the session does not stay', () => {
  const session = createSession(newVault());
  const device = session.device();
  session.begin(SIGNED_IN);
  session.end();
  assert.equal(session.device(), device);
  assert.equal(session.token(), null);
  assert.equal(session.owner(), null);
});

test('the language is the chosen one, else the person\'s, else the device\'s, else Chinese', () => {
  const session = createSession(newVault());
  assert.equal(session.language('fr-FR'), 'zh');
  assert.equal(session.language('en-US'), 'en');
  session.begin({ ...SIGNED_IN, person: { ...SIGNED_IN.person, language: 'zh' } });
  assert.equal(session.language('en-US'), 'zh');
  session.choose('en');
  assert.equal(session.language('zh-CN'), 'en');
});

test('a change of organisation keeps the token', () => {
  const session = createSession(newVault());
  session.begin(SIGNED_IN);
  const { token: _, ...standing } = SIGNED_IN;
  session.begin({ ...standing, acting_for: { id: 'org_2' } });
  assert.equal(session.token(), 'secret');
  assert.equal(session.owner(), 'per_1/org_2');
});

test('a browser that refuses to keep anything still works while the page is open', () => {
  const storage = workingStorage(() => {
    throw new Error('SecurityError');
  });
  storage.setItem('a', '1');
  assert.equal(storage.getItem('a'), '1');
});

test('polling waits at least 15 s, waits longer while nothing changes, and looks only while somebody looks', async () => {
  const waits = [];
  let next = null;
  let visible = true;
  let looks = 0;
  const later = (round, wait) => {
    waits.push(wait);
    next = round;
  };
  const look = async () => {
    looks += 1;
    return looks === 4;
  };
  const looker = poll(look, { visible: () => visible, later, cancel: () => {} });
  await looker.wake();
  await next();
  await next();
  await next();
  assert.deepEqual(waits, [22500, 33750, 50625, 15000]);
  visible = false;
  await next();
  assert.equal(looks, 4);
});
