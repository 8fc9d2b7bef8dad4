// Several of some.

import { html, useApp, useState } from '../view.js';
import { Next } from './next.js';

export function Choices({ ask, value, busy, onAnswer }) {
  const { t } = useApp();
  const { options, min = 0, max = options.length } = ask.constraints;
  const [chosen, setChosen] = useState(value ?? []);
  const toggle = (key) => setChosen(chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
  const inOrder = options.map((option) => option.key).filter((key) => chosen.includes(key));
  const problem = inOrder.length < min ? t('choose_some', { min }) : '';
  return html`<${Next} busy=${busy} problem=${problem} onNext=${() => onAnswer(inOrder)}>
    <div class="checks" role="group" aria-labelledby="ask">
      ${options.map((option) => html`<label key=${option.key} class="checks__one">
        <input type="checkbox" checked=${chosen.includes(option.key)} onChange=${() => toggle(option.key)}
          disabled=${!chosen.includes(option.key) && chosen.length >= max} />
        <span>${option.text}</span>
      </label>`)}
    </div>
  <//>`;
}
