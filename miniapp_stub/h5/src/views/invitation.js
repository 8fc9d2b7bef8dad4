// An invitation is opened by a tap, never by loading the page: link previews must not use it up.

import { LanguageSwitch } from '../parts/language.js';
import { Page, Trouble } from '../parts/page.js';
import { PeopleChooser } from '../parts/people.js';
import { html, useApp, useState } from '../view.js';
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
  const alone = () => attempt('open', () => openAlone(app, token));
  const withWechat = (person) => attempt(person.wechat_user, () => signIn(app, configuration, person, token));
  const choosing = problem && CHOOSE.has(problem.code) && inDemo(configuration);
  return html`<${Page} title=${t('invitation')} action=${html`<${LanguageSwitch} />`}>
    <${Welcome} text=${t('invitation_text')} />
    <${Trouble} error=${problem} />
    ${choosing
      ? html`<p class="hint">${t('invitation_person')}</p>
        <${PeopleChooser} people=${configuration.people ?? []} onChoose=${withWechat} busy=${busy} />`
      : html`<div class="actions"><button type="button" class="weui-btn weui-btn_primary" disabled=${Boolean(busy)} onClick=${alone}>
          ${t(busy ? 'signing_in' : 'invitation_open')}
        </button></div>`}
  <//>`;
}

// The server wants to know which WeChat person opens it.
const CHOOSE = new Set(['not_bound', 'phone_code_needed']);

async function openAlone(app, token) {
  const answer = await app.api.signIn({ via: 'invitation', token, device: app.session.device() });
  app.session.rememberWechatUser(null);
  app.signedIn(answer);
}
