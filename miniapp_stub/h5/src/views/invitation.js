// An invitation is opened by a tap, never by loading the page: link previews must not use it up.

import { CodeForm } from '../parts/code.js';
import { LanguageSwitch } from '../parts/language.js';
import { Page, Trouble } from '../parts/page.js';
import { PeopleChooser } from '../parts/people.js';
import { html, useApp, useEffect, useState } from '../view.js';
import { inDemo } from '../wechat.js';
import { signIn, useConfiguration, Welcome } from './sign_in.js';

export function Invitation({ token }) {
  const app = useApp();
  const { t } = app;
  const { configuration } = useConfiguration(app);
  const [busy, setBusy] = useState(null);
  const [problem, setProblem] = useState(null);
  const attempt = async (name, how) => {
    setBusy(name);
    setProblem(null);
    await how().then(() => app.go('#/'), setProblem);
    setBusy(null);
  };
  const [wait, setWait] = useState({ seconds: AGAIN_AFTER_S });
  const alone = () => attempt('open', () => openAlone(app, token));
  const withCode = (code) => attempt('open', () => openAlone(app, token, code));
  const again = () => alone().then(() => setWait({ seconds: AGAIN_AFTER_S }));
  const withWechat = (person) => attempt(person.wechat_user, () => signIn(app, configuration, person, token));
  const choosing = problem?.code === 'not_bound' && inDemo(configuration);
  // Once the server wants a code it wants one, whatever becomes of the first that is typed.
  const [proving, setProving] = useState(false);
  useEffect(() => {
    if (problem?.code === 'phone_code_needed') setProving(true);
  }, [problem]);
  return html`<${Page} title=${t('invitation')} action=${html`<${LanguageSwitch} />`}>
    <${Welcome} text=${t('invitation_text')} />
    <${Trouble} error=${problem?.code === 'phone_code_needed' ? null : problem} />
    ${proving && html`<${CodeForm} hint=${t('code_needed')} wait=${wait} busy=${Boolean(busy)} onCode=${withCode} onAgain=${again} />`}
    ${proving || problem?.code === 'invitation_expired' ? null : choosing
      ? html`<p class="hint">${t('invitation_person')}</p>
        <${PeopleChooser} people=${configuration.people ?? []} onChoose=${withWechat} busy=${busy} />`
      : html`<div class="actions"><button type="button" class="weui-btn weui-btn_primary" disabled=${Boolean(busy)} onClick=${alone}>
          ${t(busy ? 'signing_in' : 'invitation_open')}
        </button></div>`}
  <//>`;
}

const AGAIN_AFTER_S = 60;

async function openAlone(app, token, code) {
  const answer = await app.api.signIn({ via: 'invitation', token, device: app.session.device(), sms_code: code });
  app.session.rememberWechatUser(null);
  app.signedIn(answer);
}
