import assert from 'node:assert/strict';
import test from 'node:test';

import { poll } from '../../../miniapp_stub/core/polling.js';

/** A clock that runs when it is told to: the timers that are set and not cancelled. */
function timers() {
  const set = new Map();
  let number = 0;
  return {
    set,
    later: (work, wait) => {
      number += 1;
      set.set(number, { work, wait });
      return number;
    },
    cancel: (id) => set.delete(id),
  };
}

test('woken twice while it looks, it goes on asking once', async () => {
  const clock = timers();
  const looker = poll(async () => false, { visible: () => true, ...clock });
  await Promise.all([looker.wake(), looker.wake(), looker.wake()]);
  assert.equal(clock.set.size, 1);
});

test('it asks less and less often while nothing happens, and soon again when something does', async () => {
  const clock = timers();
  const changes = [false, false, true];
  const looker = poll(async () => changes.shift(), { visible: () => true, ...clock });
  await looker.wake();
  const waits = [];
  while (changes.length) {
    const [[id, { work, wait }]] = clock.set;
    waits.push(wait);
    clock.set.delete(id);
    await work();
  }
  const [{ wait }] = clock.set.values();
  assert.deepEqual([...waits, wait], [22500, 33750, 15000]);
});

test('stopped, it asks no more', async () => {
  const clock = timers();
  const looker = poll(async () => false, { visible: () => true, ...clock });
  const looking = looker.wake();
  looker.stop();
  await looking;
  assert.equal(clock.set.size, 0);
});
