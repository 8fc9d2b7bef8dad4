// One of a few: one tap answers.

import { Icon } from '../parts/icons.js';
import { html } from '../view.js';

export function Choice({ ask, value, busy, onAnswer }) {
  const { options } = ask.constraints;
  if (options.every((option) => option.tone)) return html`<${Toned} options=${options} value=${value} busy=${busy} onAnswer=${onAnswer} />`;
  return html`<div class=${`choice ${shapeOf(options)}`} role="group" aria-labelledby="ask">
    ${options.map((option, at) => html`<button
      key=${option.key} type="button" disabled=${busy} onClick=${() => onAnswer(option.key)}
      aria-pressed=${value === undefined ? undefined : value === option.key}
      class=${`weui-btn ${at === 0 && options.length <= 4 ? 'weui-btn_primary' : 'weui-btn_default'}`}
    >${option.text}${value === option.key && html`<${Icon} name="done" />`}</button>`)}
  </div>`;
}

/** Two or three short words stand side by side: what is looked at above keeps its room. */
function shapeOf(options) {
  if (options.length > 4) return 'choice_many';
  const isShort = options.length < 4 && options.every(({ text }) => [...text].length <= (text > '⺀' ? 4 : 8));
  return isShort ? 'choice_row' : '';
}

/** Options with a colour of their own: a shape for each colour, and its name in the text, say the same without it. */
function Toned({ options, value, busy, onAnswer }) {
  return html`<div class="tones" role="group" aria-labelledby="ask">
    ${options.map((option) => html`<button
      key=${option.key} type="button" disabled=${busy} onClick=${() => onAnswer(option.key)}
      aria-pressed=${value === undefined ? undefined : value === option.key} class=${`tones__one tones__one_${option.tone}`}
    ><svg class="tones__light" viewBox="0 0 24 24" aria-hidden="true"><path d=${SHAPES[option.tone] ?? SHAPES.green} /></svg>
      <span class="tones__text">${option.text}</span>${value === option.key && html`<${Icon} name="done" />`}</button>`)}
  </div>`;
}

const SHAPES = {
  green: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  amber: 'M12 3 22 20H2z',
  red: 'M4 4h16v16H4z',
};
