// The fingerprint that a receipt is compared with. Phones offer their own only on a safe page (https, or this machine).

const WORDS = 64;

/** SHA-256 of bytes in hex. `subtle` is the phone's own crypto.subtle, where it has one. */
export async function sha256(bytes, subtle = globalThis.crypto?.subtle) {
  return hex(subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : digest(bytes));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** FIPS 180-4, for phones that keep theirs to themselves: a few milliseconds for a photo. */
function digest(bytes) {
  const { constants, state } = beginning();
  const padded = withLength(bytes);
  const view = new DataView(padded.buffer);
  const words = new Uint32Array(WORDS);
  for (let at = 0; at < padded.length; at += 64) {
    expand(words, view, at);
    compress(state, words, constants);
  }
  const result = new DataView(new ArrayBuffer(32));
  state.forEach((word, at) => result.setUint32(4 * at, word));
  return new Uint8Array(result.buffer);
}

/** The first bits of the fractions of square and cube roots of the first primes. */
function beginning() {
  const constants = new Uint32Array(WORDS);
  const state = new Uint32Array(8);
  for (let number = 2, found = 0; found < WORDS; number += 1) {
    if (!isPrime(number)) continue;
    if (found < 8) state[found] = fraction(number ** (1 / 2));
    constants[found] = fraction(number ** (1 / 3));
    found += 1;
  }
  return { constants, state };
}

function isPrime(number) {
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false;
  return true;
}

const fraction = (number) => (number - Math.floor(number)) * 2 ** 32;

function withLength(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length * 8);
  return padded;
}

const turned = (word, by) => (word >>> by) | (word << (32 - by));

function expand(words, view, at) {
  for (let one = 0; one < 16; one += 1) words[one] = view.getUint32(at + 4 * one);
  for (let one = 16; one < WORDS; one += 1) {
    const [early, late] = [words[one - 15], words[one - 2]];
    const low = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const high = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[one] = words[one - 16] + low + words[one - 7] + high;
  }
}

function compress(state, words, constants) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let one = 0; one < WORDS; one += 1) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + high + ((e & f) ^ (~e & g)) + constants[one] + words[one]) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, at) => {
    state[at] += word;
  });
}
