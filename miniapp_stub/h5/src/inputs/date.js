// A day, by the phone's own date picker.

import { dayText } from '../../../core/format.js';
import { html, useApp, useState } from '../view.js';
import { Next } from './next.js';
import { limitsOf } from './number.js';

export function DateInput({ ask, value, busy, onAnswer }) {
  const { t, language } = useApp();
  const { min, max } = ask.constraints;
  const [day, setDay] = useState(value ?? '');
  return html`<${Next} busy=${busy} problem=${dateProblem(t, language, ask.constraints, day)} onNext=${() => onAnswer(day)}>
    <div class="field">
      <input class="field__input" type="date" value=${day} min=${min} max=${max} aria-labelledby="ask" aria-describedby="problem"
        onInput=${(event) => setDay(event.target.value)} />
    </div>
  <//>`;
}

/** What is wrong with a day, in words; '' when nothing is. */
export function dateProblem(t, language, { min, max }, day) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return t('date_wrong');
  const outside = (min && day < min) || (max && day > max);
  if (!outside) return '';
  const [least, most] = [min, max].map((limit) => limit && dayText(limit, language));
  return t(`date_${limitsOf(min, max)}`, { min: least, max: most });
}
