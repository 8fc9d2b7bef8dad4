// The phone door (CONTRACT §2) as functions. Each gives the answer's JSON or throws Problem or NoAnswer.

import { NoAnswer, Problem } from './errors.js';
import { form } from './form.js';

const BASE = '/api/v1/phone';
const SESSIONS = '/sessions';
const CODES = '/sms-codes';
// 2G needs up to 15 s for the largest turn; longer than that nobody waits.
const TIMEOUT_MS = 25000;
// A photo may take its time: 2G at its worst still moves two bytes in a millisecond.
const BYTES_PER_MS = 2;

/** The client of the phone door. `onSignedOut` is told when the server no longer knows the session. */
export function createApi({ fetch, session, language, onSignedOut = () => {}, timeoutMs = TIMEOUT_MS }) {
  const call = async (method, path, body, etag, caching) => {
    // A sign-in says who one is by itself; its refusal says nothing about the session there may be.
    const isSigningIn = method === 'POST' && (path === SESSIONS || path === CODES);
    const token = isSigningIn ? null : session.token();
    const options = { ...init(method, body, etag, token, language()), ...caching };
    const answer = await exchange(fetch, BASE + path, options, timeoutMs + (options.body?.byteLength ?? 0) / BYTES_PER_MS);
    if (answer.ok || answer.status === 304) return answer;
    const problem = await problemOf(answer);
    if (problem.status === 401 && token) onSignedOut(problem);
    throw problem;
  };
  const send = async (method, path, body) => readJson(await call(method, path, body));
  return {
    ...doors(send),
    ...photoDoors(call, send),
    inbox: (etag) => conditional(call, '/inbox', etag),
    conversationSince: (id, etag) => conditional(call, `/conversations/${encodeURIComponent(id)}`, etag),
  };
}

function photoDoors(call, send) {
  const photo = (id) => `/photos/${encodeURIComponent(id)}`;
  return {
    /** Codes for at most 30 conversations: `{items: [{conversation, code, valid_until, taken_until}]}`. */
    challenges: (conversations) => send('POST', '/challenges', { conversations }),
    /** `file` are its bytes; the same photo twice is one. Gives the receipt. */
    sendPhoto: (id, fields, file, type) => send('PUT', photo(id), form(fields, file, type)),
    /** `{sha256, state}` of a photo that the server has, null where it has none. */
    photoReceipt: (id) => call('HEAD', photo(id)).then(receiptOf, absent),
    /** A photo's bytes, `size` thumb or full. It never changes: the phone keeps it as long as the server allows. */
    picture: async (id, size) => readBody(await call('GET', `${photo(id)}?size=${size}`, undefined, null, { cache: 'default' }), 'blob'),
  };
}

const receiptOf = ({ headers }) => ({ sha256: headers.get('photo-sha256'), state: headers.get('photo-state') });

function absent(problem) {
  if (problem.status === 404) return null;
  throw problem;
}

function doors(send) {
  const conversation = (id) => `/conversations/${encodeURIComponent(id)}`;
  return {
    askForCode: (whom) => send('POST', CODES, whom),
    signIn: (how) => send('POST', SESSIONS, how),
    actFor: (organisation) => send('PUT', '/sessions/current', { acting_for: organisation }),
    signOut: () => send('DELETE', '/sessions/current'),
    me: () => send('GET', '/me'),
    devices: () => send('GET', SESSIONS),
    signOutEverywhere: () => send('DELETE', SESSIONS),
    ownData: () => send('GET', '/me/export'),
    history: (after) => send('GET', after ? `/history?after=${encodeURIComponent(after)}` : '/history'),
    claims: (after) => send('GET', after ? `/claims?after=${encodeURIComponent(after)}` : '/claims'),
    orderHistory: (id, after) =>
      send('GET', `/purchase-orders/${encodeURIComponent(id)}/history${after ? `?after=${encodeURIComponent(after)}` : ''}`),
    consents: (report) => send('POST', '/consents', report),
    inboxAfter: (cursor) => send('GET', `/inbox?after=${encodeURIComponent(cursor)}`),
    inboxWithSteps: () => send('GET', '/inbox?with=steps'),
    /** `template` names the steps that a conversation was begun with while there was no signal. */
    openTask: (id, task, template) => send('POST', '/conversations', template ? { id, task, template } : { id, task }),
    /** Start a flow without a task, on what `on` names where it needs something to be started on. */
    start: (id, flow, on, template) => send('POST', '/conversations', { id, flow, subject: on, template }),
    flows: () => send('GET', '/flows'),
    subjects: (flow, after) =>
      send('GET', `/flows/${encodeURIComponent(flow)}/subjects?with=steps${after ? `&after=${encodeURIComponent(after)}` : ''}`),
    conversation: (id) => send('GET', conversation(id)),
    answer: (id, revision, answers) => send('POST', `${conversation(id)}/answers`, { revision, answers }),
    stepBack: (id, step, revision) =>
      send('DELETE', `${conversation(id)}/answers/${encodeURIComponent(step)}?revision=${revision}`),
    leave: (id, revision) => send('DELETE', `${conversation(id)}?revision=${revision}`),
  };
}

/** A poll that costs nothing when nothing changed: `{etag, data}`, data null when the server says "as before". */
async function conditional(call, path, etag) {
  const answer = await call('GET', path, undefined, etag);
  if (answer.status === 304) return { etag, data: null };
  return { etag: answer.headers.get('etag'), data: await readJson(answer) };
}

function init(method, body, etag, token, language) {
  const headers = { Accept: 'application/json', 'Accept-Language': language };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (etag) headers['If-None-Match'] = etag;
  if (body !== undefined) headers['Content-Type'] = body.type ?? 'application/json';
  // The browser's own cache must not answer for a state that others change.
  return { method, headers, body: body?.bytes ?? JSON.stringify(body), cache: 'no-store' };
}

async function exchange(fetch, path, options, timeoutMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    return await fetch(path, { ...options, signal: stop.signal });
  } catch (error) {
    throw new NoAnswer(error.message);
  } finally {
    clearTimeout(timer);
  }
}

const readJson = async (answer) => (answer.status === 204 ? null : readBody(answer, 'json'));

async function readBody(answer, form) {
  try {
    return await answer[form]();
  } catch (error) {
    // A connection that broke inside the body: the server may have acted.
    throw new NoAnswer(error.message);
  }
}

async function problemOf(answer) {
  const after = Number(answer.headers.get('retry-after'));
  const body = await answer.json().catch(() => ({}));
  return new Problem(answer.status, body, Number.isFinite(after) && after > 0 ? after : null);
}
