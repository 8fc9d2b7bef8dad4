import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { texts } from '../../../miniapp_stub/h5/src/i18n.js';
import { en } from '../../../miniapp_stub/h5/src/texts_en.js';
import { zh } from '../../../miniapp_stub/h5/src/texts_zh.js';

const SOURCES = fileURLToPath(new URL('../../../miniapp_stub/h5/src/', import.meta.url));
const code = readdirSync(SOURCES, { recursive: true })
  .filter((name) => name.endsWith('.js') && !name.startsWith('texts_'))
  .map((name) => readFileSync(SOURCES + name, 'utf8'))
  .join('\n');

// Keys made of a prefix and what the server says: t(`role_${role}`).
const PREFIXES = [...code.matchAll(/`([a-z]+_)\$\{/g)].map((found) => found[1]);

test('both languages have the same texts with the same facts in them', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
  const facts = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
  for (const key of Object.keys(zh)) assert.deepEqual(facts(en[key]), facts(zh[key]), key);
});

test('every text that the screens ask for exists', () => {
  const asked = [...code.matchAll(/\bt\('([a-z_]+)'/g)].map((found) => found[1]);
  assert.ok(asked.length > 80);
  assert.deepEqual(asked.filter((key) => !(key in zh)), []);
});

test('no text is left over', () => {
  const isUsed = (key) => new RegExp(`['"\`]${key}['"\`]`).test(code) || PREFIXES.some((prefix) => key.startsWith(prefix));
  const states = ['done', 'left', 'expired', 'superseded', 'zh', 'en'];
  assert.deepEqual(Object.keys(zh).filter((key) => !isUsed(key) && !states.includes(key)), []);
});

test('a text is filled in with its facts', () => {
  assert.equal(texts('en')('several_sending', { done: 3, count: 5 }), '3 of 5 done');
  assert.equal(texts('zh')('several_sending', { done: 3, count: 5 }), '已发送 3 / 5');
});
