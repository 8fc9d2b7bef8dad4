// Sign in by phone number: the number, then the code that was sent to it.

import { Problem } from '../../../core/errors.js';
import { Next } from '../inputs/next.js';
import { html, useApp, useState } from '../view.js';
import { CodeForm } from './code.js';
import { Trouble } from './page.js';

// Where partners are, the most frequent first; any other number comes with its own plus.
const COUNTRIES = ['+86', '+852', '+853', '+886', '+65', '+60', '+66', '+84', '+81', '+82', '+1', '+44', '+33', '+49'];
const AGAIN_AFTER_S = 60;

export function PhoneSignIn() {
  const app = useApp();
  const { t } = app;
  const [sent, setSent] = useState(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const attempt = async (work) => {
    setBusy(true);
    setProblem(null);
    await work().catch(setProblem);
    setBusy(false);
  };
  const ask = (phone) => attempt(async () => setSent({ phone, wait: await askForCode(app, phone) }));
  const enter = (code) => attempt(() => enterByCode(app, sent.phone, code));
  return html`<section class="phone" aria-labelledby="phone-title">
    <h2 class="phone__title" id="phone-title">${t('phone_sign_in')}</h2>
    ${problem && html`<${Trouble} error=${inWords(t, problem)} />`}
    ${sent
      ? html`<${CodeForm} hint=${t('code_sent', { phone: sent.phone })} wait=${sent.wait} busy=${busy} onCode=${enter}
            onAgain=${() => ask(sent.phone)} />
          <p class="again"><button type="button" class="link" onClick=${() => setSent(null)}>${t('phone_other')}</button></p>`
      : html`<${NumberForm} busy=${busy} onNumber=${ask} />`}
  </section>`;
}

function NumberForm({ busy, onNumber }) {
  const { t } = useApp();
  const [country, setCountry] = useState(COUNTRIES[0]);
  const [number, setNumber] = useState('');
  const phone = wholeNumber(country, number);
  return html`<${Next} busy=${busy} problem=${phone ? '' : t('phone_wrong')} text=${t('phone_send')} onNext=${() => onNumber(phone)}>
    <label class="field__label" for="phone">${t('phone')}</label>
    <div class="field">
      <select class="field__country" aria-label=${t('phone_country')} value=${country} onChange=${(event) => setCountry(event.target.value)}>
        ${COUNTRIES.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
      <input class="field__input" id="phone" name="phone" type="tel" inputmode="tel" autocomplete="tel-national" value=${number}
        aria-describedby="problem" onInput=${(event) => setNumber(event.target.value)} />
    </div>
  <//>`;
}

/** The number with its country, as the server wants it; null while it cannot be one. */
export function wholeNumber(country, typed) {
  const plain = typed.normalize('NFKC').replace(/[\s().-]/g, '');
  const whole = plain.startsWith('+') ? plain : country + plain;
  return /^\+[1-9]\d{6,14}$/.test(whole) && (!whole.startsWith('+86') || whole.length === 14) ? whole : null;
}

/** Ask for a code; how long until the next may be asked for. */
async function askForCode(app, phone) {
  const answer = await app.api.askForCode({ phone, device: app.session.device() });
  return { seconds: answer.retry_after_s ?? AGAIN_AFTER_S };
}

async function enterByCode(app, phone, code) {
  const answer = await app.api.signIn({ via: 'sms', phone, code, device: app.session.device() });
  app.session.rememberWechatUser(null);
  app.signedIn(answer);
}

/** A number that is none, and a wait with its length, are said more plainly than the server can. */
function inWords(t, problem) {
  if (!(problem instanceof Problem)) return problem;
  if (problem.status === 422) return new Problem(422, { detail: t('phone_wrong') });
  const minutes = Math.ceil((problem.retryAfterS ?? 0) / 60);
  return problem.status === 429 && minutes ? new Problem(429, { detail: t('code_too_often', { minutes }) }) : problem;
}
