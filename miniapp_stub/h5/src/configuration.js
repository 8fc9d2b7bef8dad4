// What the app must know of its surroundings (/app/config.json): demo or production, the WeChat app, its templates.

import { NoAnswer } from '../../core/errors.js';

/** The configuration, fetched when first needed. `kept()` is the last one seen, so that a signed-in start needs no request. */
export function createConfiguration(vault, fetch) {
  let asked = null;
  const load = async () => {
    const answer = await fetch('/app/config.json', { headers: { Accept: 'application/json' } }).catch(unanswered);
    if (!answer.ok) throw new NoAnswer(`HTTP ${answer.status}`);
    const configuration = await answer.json();
    vault.set('configuration', configuration);
    return configuration;
  };
  return {
    kept: () => vault.get('configuration'),
    fetch() {
      asked ??= load().finally(() => {
        asked = null;
      });
      return asked;
    },
  };
}

function unanswered(error) {
  throw new NoAnswer(error.message);
}
