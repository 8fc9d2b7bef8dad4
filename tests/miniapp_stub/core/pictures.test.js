import assert from 'node:assert/strict';
import test from 'node:test';

import { NoAnswer, Problem } from '../../../miniapp_stub/core/errors.js';
import { createPictures, isNotReady } from '../../../miniapp_stub/core/pictures.js';
import { AT_REST, moved, pinchOf, scaled, swipeOf, toggled } from '../../../miniapp_stub/core/zoom.js';

const notReady = () => new Problem(404, { code: 'photo_not_ready' });

/** Pictures over a line that answers as told: each a Blob's stand-in or an error; addresses in use are in `open`. */
function pictures(...answers) {
  const asked = [];
  const open = new Set();
  const waited = [];
  const made = createPictures({
    api: { picture: async (photo, size) => answer(asked.push(`${photo} ${size}`)) },
    make: (blob) => {
      open.add(`blob:${blob}`);
      return `blob:${blob}`;
    },
    revoke: (address) => open.delete(address),
    pause: async (ms) => waited.push(ms),
  });
  const answer = (count) => {
    const one = answers[Math.min(count, answers.length) - 1];
    if (one instanceof Error) throw one;
    return one;
  };
  return { ...made, asked, open, waited };
}

test('a photo that is still being made ready is asked for again, each time later', async () => {
  const { take, asked, waited } = pictures(notReady(), notReady(), 'a');
  assert.equal(await take('img_1', 'thumb').address, 'blob:a');
  assert.equal(asked.length, 3);
  assert.ok(waited[1] > waited[0]);
});

test('after a few tries the person is told, and a new look asks again', async () => {
  const shelf = pictures(...Array(6).fill(notReady()), 'a');
  const error = await shelf.take('img_1', 'thumb').address.catch((one) => one);
  assert.ok(isNotReady(error));
  assert.equal(shelf.asked.length, 6);
  assert.equal(await shelf.take('img_1', 'thumb').address, 'blob:a');
});

test('another refusal, or no signal, is said at once', async () => {
  for (const error of [new Problem(404, { code: 'not_found' }), new NoAnswer('no signal')]) {
    const { take, asked } = pictures(error);
    assert.equal(await take('img_1', 'thumb').address.catch((one) => one), error);
    assert.equal(asked.length, 1);
  }
});

test('two places that show a photo fetch it once, and the last one gives it back', async () => {
  const { take, asked, open } = pictures('a');
  const [one, other] = [take('img_1', 'thumb'), take('img_1', 'thumb')];
  await Promise.all([one.address, other.address]);
  assert.equal(asked.length, 1);
  one.release();
  await null;
  assert.equal(open.size, 1);
  other.release();
  await other.address;
  assert.equal(open.size, 0);
});

test('nobody waits for a photo that nobody looks at any more', async () => {
  const { take, asked } = pictures(notReady(), 'a');
  const { address, release } = take('img_1', 'full');
  release();
  await address.catch(() => null);
  assert.equal(asked.length, 1);
});

const FRAME = { width: 300, height: 400 };

test('the point between the fingers stays where it is while the picture grows', () => {
  const view = scaled(AT_REST, 2, { x: 50, y: -80 }, FRAME);
  assert.deepEqual(view, { scale: 2, x: -50, y: 80 });
});

test('a picture never leaves its frame and never shrinks below it', () => {
  assert.deepEqual(moved({ scale: 2, x: 0, y: 0 }, 900, -900, FRAME), { scale: 2, x: 150, y: -200 });
  assert.deepEqual(scaled({ scale: 2, x: 150, y: 0 }, 0.1, { x: 0, y: 0 }, FRAME), AT_REST);
  assert.equal(scaled(AT_REST, 100, { x: 0, y: 0 }, FRAME).scale, 5);
});

test('a double tap brings near and back', () => {
  const near = toggled(AT_REST, { x: 10, y: 10 }, FRAME);
  assert.ok(near.scale > 2);
  assert.deepEqual(toggled(near, { x: 0, y: 0 }, FRAME), AT_REST);
});

test('a flat, long way of the finger is a swipe, unless the picture is near', () => {
  assert.equal(swipeOf(AT_REST, -80, 10), 1);
  assert.equal(swipeOf(AT_REST, 80, 10), -1);
  assert.equal(swipeOf(AT_REST, -80, 60), 0);
  assert.equal(swipeOf(AT_REST, -20, 0), 0);
  assert.equal(swipeOf({ scale: 2, x: 0, y: 0 }, -80, 0), 0);
});

test('two fingers have a middle and a distance', () => {
  assert.deepEqual(pinchOf([{ x: 0, y: 0 }, { x: 30, y: 40 }]), { x: 15, y: 20, spread: 50 });
});
