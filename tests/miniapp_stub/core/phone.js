// A phone and a server for tests of core/: the phone's storage, and a server that keeps the protocol of CONTRACT §3.

import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { createVault, memoryStorage } from '../../../miniapp_stub/core/vault.js';

export const newVault = () => createVault(memoryStorage());

export const given = (id, step = id, value = 'v') => ({ id, step, value, answered_at: '2026-12-01T08:00:00Z' });

/** One conversation on a server: known ids are looked up first, a stale revision is refused, all else is stored in order. */
export class Server {
  stored = [];
  revision = 0;
  requests = [];
  /** What the network does to the next requests: 'never' (does not arrive), 'lost' (arrives, the response does not). */
  weather = [];

  answer = async (conversation, revision, answers) => {
    const weather = this.weather.shift();
    if (weather === 'never') throw new NoAnswer('no signal');
    this.requests.push({ conversation, revision, ids: answers.map((one) => one.id) });
    const turn = this.take(revision, answers);
    if (weather === 'lost') throw new NoAnswer('connection broke');
    return turn;
  };

  take(revision, answers) {
    const fresh = answers.filter((one) => !this.stored.some((held) => held.id === one.id));
    if (fresh.length && revision !== this.revision) throw new Problem(409, { code: 'stale_revision', turn: this.turn([]) });
    this.stored.push(...fresh);
    this.revision += fresh.length;
    return this.turn(answers.map((one) => one.id));
  }

  turn(stored) {
    return { id: 'cnv_1', state: 'asking', revision: this.revision, stored, dropped: [], messages: [], steps: null, answers: {}, ask: null };
  }
}

/** The same numbers on every run (mulberry32), from 0 up to 1. */
export function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
