// The code from a text message: the number pad, the phone's own suggestion, and another one when the wait is over.

import { Next } from '../inputs/next.js';
import { html, useApp, useEffect, useState } from '../view.js';

const DIGITS = 6;

/** `wait` is how many seconds until another code may be asked for; `onAgain` asks. */
export function CodeForm({ hint, wait, busy, onCode, onAgain }) {
  const { t } = useApp();
  const [code, setCode] = useState('');
  const left = useCountdown(wait);
  const problem = code.length === DIGITS ? '' : t('code_wrong');
  return html`<p class="hint" role="status">${hint}</p>
    <${Next} busy=${busy} problem=${problem} text=${t(busy ? 'signing_in' : 'sign_in')} onNext=${() => onCode(code)}>
      <label class="field__label" for="code">${t('code')}</label>
      <div class="field">
        <input class="field__input field__input_code" id="code" name="code" value=${code} type="text" inputmode="numeric"
          autocomplete="one-time-code" maxlength=${DIGITS} aria-describedby="problem" onInput=${(event) => setCode(digits(event))} />
      </div>
    <//>
    <p class="again"><button type="button" class="weui-btn weui-btn_default" disabled=${busy || left > 0} onClick=${onAgain}>
      ${left > 0 ? t(left > 120 ? 'code_again_min' : 'code_again_in', { seconds: left, minutes: Math.ceil(left / 60) }) : t('code_again')}
    </button></p>`;
}

function digits(event) {
  // An input method may write full-width digits, and a suggestion may bring spaces along.
  const typed = event.target.value.normalize('NFKC').replace(/\D/g, '').slice(0, DIGITS);
  event.target.value = typed;
  return typed;
}

/** Seconds left of `wait.seconds`, counted by the clock: a phone that slept does not wait longer. Each new `wait` begins anew. */
function useCountdown(wait) {
  const [left, setLeft] = useState(wait.seconds);
  useEffect(() => {
    const until = Date.now() + wait.seconds * 1000;
    const tell = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tell();
    const timer = setInterval(tell, 1000);
    return () => clearInterval(timer);
  }, [wait]);
  return left;
}
