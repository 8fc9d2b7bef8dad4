// Photos on their way to the server. Each is kept on the phone before anything else happens and its bytes are let go only
// for a receipt, which means safe: a cold store without signal, a closed app or an empty battery loses none.

import { NoAnswer, Problem } from './errors.js';
import { newId } from './ids.js';
import { PhoneFull } from './photo_store.js';
import { sha256 } from './sha256.js';

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300000;
// What is settled, or was taken for what never came to be, nobody looks at a week later.
const KEEP_MS = 7 * 86400000;
// A transfer that was damaged on the way deserves more than one try.
const MOST_BROKEN = 3;

/**
 * The photos of one phone. `owner()` names person and organisation: what one person took is never sent as another.
 *
 * A photo is `{id, owner, conversation, begun, about, step, row, source, captured_at, challenge, place, type, size, sha256, thumb,
 * faults, state}` and `state` is waiting | safe | refused (then `code` and `text` say why). `begun` holds it back: the server does
 * not know its conversation yet. `about` is what it is evidence of. `onSafe(conversation)` is told after each receipt.
 */
export function createPhotos({ store, api, owner, onSafe = () => {}, now = () => new Date(), later = setTimeout, cancel = clearTimeout, subtle }) {
  // A browser's timers refuse to be called as methods of anything else.
  const timers = { later: (work, ms) => later(work, ms), cancel: (timer) => cancel(timer) };
  const self = { store, api, owner, onSafe, now, subtle, ...timers };
  Object.assign(self, { all: [], listeners: new Set(), timer: null, pause: FIRST_PAUSE_MS, running: null, sending: null, kept: null });
  const ready = load(self);
  return {
    /** Resolves once the photos of earlier days are known, and what another window of this phone has taken or sent since. */
    look: () => ready.then(() => look(self)),
    /** The photos of a step that this phone took, oldest first. */
    of: (conversation, step) => mine(self).filter((one) => one.conversation === conversation && one.step === step),
    get: (id) => mine(self).find((one) => one.id === id) ?? null,
    add: (facts, bytes) => ready.then(() => add(self, facts, bytes)),
    drop: (id) => drop(self, (one) => one.id === id),
    /** Its conversation was left: what was taken for it goes too. */
    forget: (conversation) => drop(self, (one) => one.conversation === conversation),
    /** May an answer go out? Yes, where no photo that it names still waits on this phone. */
    isSafe: (answer) => !idsIn(answer.value).some((id) => self.all.some((one) => one.id === id && one.state === 'waiting')),
    /** The ids of its photos that the server has. */
    safeIn: (conversation) => mine(self).filter((one) => one.conversation === conversation && one.state === 'safe').map((one) => one.id),
    isLasting: () => self.store.lasting !== false,
    summary: (conversation) => summary(self, conversation),
    /** The server knows this conversation: its photos may go, and so may those taken for the same in an earlier one. */
    release: (conversation, about = null) => ready.then(() => release(self, conversation, about)),
    wake: () => {
      self.pause = FIRST_PAUSE_MS;
      return ready.then(() => run(self));
    },
    /** `tell()` after every change; gives the way to end that. */
    listen: (tell) => {
      self.listeners.add(tell);
      return () => self.listeners.delete(tell);
    },
  };
}

/** The photos that the value of an answer names: of a photo step, of one with rows, or of a signature. */
export function idsIn(value) {
  const items = Array.isArray(value) ? value : [value];
  return items.map((item) => item?.photo ?? item).filter((id) => typeof id === 'string' && id.startsWith('pho_'));
}

async function load(self) {
  self.store = await self.store;
  const found = await self.store.all().catch(() => []);
  self.all = found.sort((a, b) => (a.captured_at < b.captured_at ? -1 : 1));
  const old = new Date(self.now() - KEEP_MS).toISOString();
  await drop(self, (one) => (one.state !== 'waiting' || one.begun) && one.captured_at < old);
  changed(self);
}

async function look(self) {
  const found = await self.store.all().catch(() => []);
  const news = found.filter((one) => {
    const known = self.all.find(({ id }) => id === one.id);
    return !known || (one.state === 'safe' && known.state === 'waiting');
  });
  if (!news.length) return;
  self.all = [...self.all.filter((one) => !news.some(({ id }) => id === one.id)), ...news];
  changed(self);
}

const mine = ({ all, owner }) => all.filter((one) => one.owner === owner());

function changed(self) {
  self.listeners.forEach((tell) => tell());
}

async function add(self, facts, bytes) {
  const photo = {
    row: null, challenge: null, place: null, thumb: null, faults: [], begun: false, ...facts,
    id: newId('pho'), owner: self.owner(), size: bytes.length, sha256: await sha256(bytes, self.subtle), state: 'waiting',
  };
  await roomFor(self, photo, bytes);
  self.all = [...self.all, photo];
  changed(self);
  run(self);
  return photo;
}

/** A full phone gives up the small pictures of what is safe anyway before it refuses a new photo. */
async function roomFor(self, photo, bytes) {
  try {
    await self.store.put(photo, bytes);
  } catch (error) {
    if (!(error instanceof PhoneFull)) throw error;
    await drop(self, (one) => one.state === 'safe');
    await self.store.put(photo, bytes);
  }
}

async function drop(self, isIt) {
  const gone = self.all.filter(isIt);
  self.all = self.all.filter((one) => !gone.includes(one));
  if (gone.length) changed(self);
  for (const one of gone) await self.store.remove(one.id);
}

function summary(self, conversation) {
  const photos = mine(self).filter((one) => !conversation || one.conversation === conversation);
  const waiting = photos.filter((one) => one.state === 'waiting');
  return {
    total: photos.filter((one) => one.state !== 'refused').length,
    safe: photos.filter((one) => one.state === 'safe').length,
    waiting: waiting.length,
    bytes: waiting.reduce((sum, one) => sum + one.size, 0),
    kept: waiting.length > 0 ? self.kept : null,
  };
}

async function release(self, conversation, about) {
  const isIts = (one) => one.conversation === conversation || (about !== null && one.about === about);
  const held = mine(self).filter((one) => one.state !== 'safe' && isIts(one) && (one.begun || one.conversation !== conversation));
  for (const one of held) await change(self, one, { conversation, begun: false, state: 'waiting' });
  if (held.length) run(self);
}

async function change(self, photo, facts) {
  const after = { ...self.all.find((one) => one.id === photo.id), ...facts };
  self.all = self.all.map((one) => (one.id === photo.id ? after : one));
  await (after.state === 'safe' ? self.store.settle(after) : self.store.put(after));
  changed(self);
}

/** Send one after the other until none waits or none gets through; one run at a time. */
function run(self) {
  self.cancel(self.timer);
  self.running ??= sendAll(self).finally(() => {
    self.running = null;
  });
  return self.running;
}

async function sendAll(self) {
  for (let photo = nextOf(self); photo; photo = nextOf(self)) {
    const error = await sendOne(self, photo);
    self.kept = error;
    if (error) return pauseAfter(self, error);
    self.pause = FIRST_PAUSE_MS;
  }
  return undefined;
}

const nextOf = (self) => mine(self).find((one) => one.state === 'waiting' && !one.begun) ?? null;

/** Wait longer each time; where the server named a time, as long as it said. */
function pauseAfter(self, error) {
  const named = error.retryAfterS ? error.retryAfterS * 1000 : 0;
  self.timer = self.later(() => run(self), Math.max(self.pause, named));
  self.timer?.unref?.();
  self.pause = Math.min(self.pause * 2, LONGEST_PAUSE_MS);
  changed(self);
}

/** One photo: null when the server has said yes or no, else the error for which it stays. */
async function sendOne(self, photo) {
  try {
    const receipt = (photo.tried && (await earlierReceipt(self, photo))) || (await upload(self, photo));
    if (self.all.some((one) => one.id === photo.id)) await change(self, photo, { state: 'safe', checked: receipt.state });
    self.onSafe(photo.conversation);
    return null;
  } catch (error) {
    return failed(self, photo, error);
  }
}

/** Did the server get it, and only its receipt was lost? Asking costs little, sending again a photo's worth of data. */
async function earlierReceipt(self, photo) {
  const receipt = await self.api.photoReceipt(photo.id);
  return receipt?.sha256 === photo.sha256 ? receipt : null;
}

async function upload(self, photo) {
  const bytes = await self.store.bytes(photo.id);
  // Meanwhile somebody else may have signed in: their session must not send it.
  if (photo.owner !== self.owner()) throw new NoAnswer('waits for its person');
  if (!bytes) throw new Problem(410);
  return self.api.sendPhoto(photo.id, fieldsOf(photo), bytes, photo.type);
}

/** The form of the photo door; what is not known is left out. */
function fieldsOf({ sha256: digest, conversation, step, source, captured_at, challenge, place }) {
  const fields = { sha256: digest, conversation, step, source, captured_at, challenge, ...place };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

async function failed(self, photo, error) {
  const broken = error.code === 'photo_broken' ? (photo.broken ?? 0) + 1 : 0;
  const stays = !(error instanceof Problem) || error.passing || error.status === 401 || (broken > 0 && broken < MOST_BROKEN);
  if (!self.all.some((one) => one.id === photo.id)) return null; // taken away meanwhile
  await change(self, photo, stays ? { tried: true, broken } : { state: 'refused', code: codeOf(error), text: error.detail });
  if (!stays) self.onSafe(photo.conversation);
  return stays ? error : null;
}

/** What the phone has words for where the server sent none. */
const codeOf = ({ status, code }) => ({ 404: 'gone', 409: 'reused', 410: 'lost', 413: 'too_large', 415: 'type' })[status] ?? (code || 'invalid');
