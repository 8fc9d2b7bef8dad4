// Ids that a phone makes itself, so that a request sent twice on a bad network is done once.

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LENGTH = 26;

/** An id such as `ans_7k…`: 130 random bits, so that no two phones ever make the same one. */
export function newId(prefix, random = cryptographicBytes) {
  const bytes = random(LENGTH);
  return `${prefix}_${Array.from(bytes, (byte) => ALPHABET[byte & 31]).join('')}`;
}

function cryptographicBytes(count) {
  return globalThis.crypto.getRandomValues(new Uint8Array(count));
}
