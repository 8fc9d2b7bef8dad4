// Chinese or English, one tap, wherever a person may be stuck.

import { html, useApp } from '../view.js';

export function LanguageSwitch() {
  const { t, language, speak } = useApp();
  return html`<div class="segments" role="group" aria-label=${t('language')}>
    ${['zh', 'en'].map((one) => html`<button
      key=${one} type="button" class="segments__one" lang=${one} aria-pressed=${one === language} onClick=${() => speak(one)}
    >${t(one)}</button>`)}
  </div>`;
}
