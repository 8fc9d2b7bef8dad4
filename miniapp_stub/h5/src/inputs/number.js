// A quantity or an amount: the number keypad, the unit beside it, and the allowed range said in words.

import { compareDecimals, grouped, typedNumber } from '../../../core/format.js';
import { html, useApp, useState } from '../view.js';
import { Next } from './next.js';

export function NumberInput({ ask, value, busy, onAnswer }) {
  const { t } = useApp();
  const { unit, currency } = ask.constraints;
  const [typed, setTyped] = useState(value ?? '');
  const problem = numberProblem(t, ask.constraints, typed);
  const answer = () => onAnswer(typedNumber(typed, ask.constraints.decimals));
  return html`<${Next} busy=${busy} problem=${problem} onNext=${answer}>
    <div class="field">
      ${currency && html`<span class="field__unit">${currency}</span>`}
      <input class="field__input" value=${typed} inputmode=${ask.constraints.decimals ? 'decimal' : 'numeric'} autocomplete="off"
        aria-labelledby="ask" aria-describedby="problem" onInput=${(event) => setTyped(event.target.value)} />
      ${unit && html`<span class="field__unit">${unit}</span>`}
    </div>
  <//>`;
}

/** What is wrong with a typed number, in words; '' when nothing is. */
export function numberProblem(t, { decimals = 0, min, max }, typed) {
  const number = typedNumber(typed, decimals);
  if (number === null) return t('number_wrong', { decimals });
  const low = isGiven(min) && compareDecimals(number, min) < 0;
  const high = isGiven(max) && compareDecimals(number, max) > 0;
  return low || high ? t(`number_${limitsOf(min, max)}`, { min: grouped(min ?? ''), max: grouped(max ?? '') }) : '';
}

const isGiven = (limit) => limit !== undefined && limit !== null;

/** By which limits there are: "from … to …" (range), "not less than …" (min) or "not more than …" (max). */
export function limitsOf(min, max) {
  if (isGiven(min) && isGiven(max)) return 'range';
  return isGiven(min) ? 'min' : 'max';
}
