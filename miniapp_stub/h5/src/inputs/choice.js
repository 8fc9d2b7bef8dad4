// One of a few: one tap answers.

import { Icon } from '../parts/icons.js';
import { html } from '../view.js';

export function Choice({ ask, value, busy, onAnswer }) {
  const { options } = ask.constraints;
  return html`<div class=${options.length > 4 ? 'choice choice_many' : 'choice'} role="group" aria-labelledby="ask">
    ${options.map((option, at) => html`<button
      key=${option.key} type="button" disabled=${busy} onClick=${() => onAnswer(option.key)}
      aria-pressed=${value === undefined ? undefined : value === option.key}
      class=${`weui-btn ${at === 0 && options.length <= 4 ? 'weui-btn_primary' : 'weui-btn_default'}`}
    >${option.text}${value === option.key && html`<${Icon} name="done" />`}</button>`)}
  </div>`;
}
