// Photos of the server on their way to a screen: fetched with the session, kept while somebody looks, then given back.

import { Problem } from './errors.js';

/** The code of a photo whose smaller pictures are still being made. */
export const NOT_READY = 'photo_not_ready';
const TRIES = 6;
const WAIT_MS = 1500;

/**
 * The pictures of one phone. `make(blob)` gives the address under which a screen shows it, `revoke(address)` ends that,
 * `pause(ms)` waits. One that several places show is fetched once.
 */
export function createPictures({ api, make, revoke, pause }) {
  const held = new Map();
  return {
    /** `{address, release}` of a photo in a size (thumb or full): a promise of its address, and the word that it is seen no more. */
    take(photo, size) {
      const name = `${photo}/${size}`;
      const entry = held.get(name) ?? begin(name);
      entry.lookers += 1;
      return { address: entry.address, release: () => leave(name, entry) };
    },
  };

  function begin(name) {
    const entry = { lookers: 0 };
    const [photo, size] = name.split('/');
    entry.address = fetched(() => api.picture(photo, size), pause, () => entry.lookers > 0).then(make);
    entry.address.catch(() => held.delete(name)); // asked for again, it is fetched again
    held.set(name, entry);
    return entry;
  }

  function leave(name, entry) {
    entry.lookers -= 1;
    if (entry.lookers > 0) return;
    if (held.get(name) === entry) held.delete(name);
    entry.address.then(revoke, () => null);
  }
}

/** The bytes; where they are still being made, asked for again a few times, each time a little later. */
async function fetched(ask, pause, isWanted) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isNotReady(error) || attempt === TRIES || !isWanted()) throw error;
      await pause(WAIT_MS * attempt);
    }
  }
}

export const isNotReady = (error) => error instanceof Problem && error.code === NOT_READY;
