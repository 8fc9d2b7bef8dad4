// A few words.

import { html, useApp, useState } from '../view.js';
import { Next } from './next.js';

export function TextInput({ ask, value, busy, onAnswer }) {
  const { t } = useApp();
  const { min_length: min = 0, max_length: max } = ask.constraints;
  const [text, setText] = useState(value ?? '');
  const length = [...text.trim()].length;
  const problem = length < min ? t('text_short', { min }) : '';
  return html`<${Next} busy=${busy} problem=${problem} onNext=${() => onAnswer(text.trim())}>
    <div class="field field_text">
      <textarea class="field__input" rows="3" maxlength=${max} aria-labelledby="ask" aria-describedby="problem" value=${text}
        onInput=${(event) => setText(event.target.value)}></textarea>
      ${max && html`<span class="field__unit">${t('text_length', { length, max })}</span>`}
    </div>
  <//>`;
}
