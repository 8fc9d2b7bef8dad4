// A form with one file (multipart/form-data), made by hand: the mini-program has no FormData.

import { newId } from './ids.js';

const encode = (text) => new TextEncoder().encode(text);

/** `{type, bytes}` of the request's body. `boundary` must stand nowhere in the file: 130 random bits see to that. */
export function form(fields, file, fileType, boundary = boundaryOf()) {
  const parts = Object.entries(fields).map(([name, value]) => `${heading(boundary, name)}\r\n\r\n${value}\r\n`);
  const before = encode(`${parts.join('')}${heading(boundary, 'file')}; filename="photo"\r\nContent-Type: ${fileType}\r\n\r\n`);
  const after = encode(`\r\n--${boundary}--\r\n`);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes: joined([before, file, after]) };
}

const heading = (boundary, name) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;

const boundaryOf = () => newId('form');

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
