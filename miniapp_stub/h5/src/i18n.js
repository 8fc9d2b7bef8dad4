// The app's own words. What the trade says comes from the server in the same language.

import { en } from './texts_en.js';
import { zh } from './texts_zh.js';

const TABLES = { zh, en };

/** `t(key, facts)` for one language: the text with its `{facts}` filled in. A test finds keys that a table lacks. */
export function texts(language) {
  const table = TABLES[language];
  return (key, facts = {}) => (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? '');
}
