// Sign in. With WeChat around the app nobody sees this; the demo lets one choose who to be.

import { loginCode, inDemo } from '../wechat.js';
import { LanguageSwitch } from '../parts/language.js';
import { Loading, Page, Trouble } from '../parts/page.js';
import { PeopleChooser } from '../parts/people.js';
import { PhoneSignIn } from '../parts/phone.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function SignIn({ notice }) {
  const app = useApp();
  const { t } = app;
  const { configuration, error, load } = useConfiguration(app);
  const [busy, setBusy] = useState(null);
  const [problem, setProblem] = useState(null);
  const choose = async (person) => {
    setBusy(person.wechat_user);
    setProblem(await signIn(app, configuration, person).then(() => null, (failure) => failure));
    setBusy(null);
  };
  return html`<${Page} title=${t('sign_in')} action=${html`<${LanguageSwitch} />`}>
    <${Welcome} text=${configuration && t(welcomeOf(configuration))} />
    ${notice && html`<p class="hint" role="status">${t(notice)}</p>`}
    <${Trouble} error=${error} onRetry=${load} />
    <${Trouble} error=${problem} />
    ${!configuration && !error && html`<${Loading} />`}
    ${inDemo(configuration) && html`<${PeopleChooser} people=${configuration.people ?? []} onChoose=${choose} busy=${busy} />`}
    ${configuration?.sms && html`<${PhoneSignIn} />`}
  <//>`;
}

function welcomeOf(configuration) {
  if (inDemo(configuration)) return 'sign_in_demo';
  return configuration.sms ? 'sign_in_by_phone' : 'sign_in_production';
}

export function Welcome({ text }) {
  const { t } = useApp();
  return html`<div class="welcome">
    <p class="welcome__name">${t('app')}</p>
    <p class="welcome__text">${text}</p>
  </div>`;
}

/** The configuration of the app, asked from the server anew: signing in is where it may have changed. */
export function useConfiguration({ configuration: source }) {
  const [state, setState] = useState({ configuration: null, error: null });
  const load = () => {
    setState({ configuration: null, error: null });
    source.fetch().then(
      (configuration) => setState({ configuration, error: null }),
      (error) => setState({ configuration: null, error }),
    );
  };
  useEffect(load, []);
  return { ...state, load };
}

/** Sign in as a simulated WeChat person; `invitation` binds a person whom the house does not know yet. */
export async function signIn(app, configuration, person, invitation) {
  const code = await loginCode(app.fetch, configuration, person.wechat_user);
  const how = { via: 'wechat', app: configuration.wechat_app, code, device: app.session.device(), invitation };
  const answer = await app.api.signIn(how);
  app.session.rememberWechatUser(person.wechat_user);
  app.signedIn(answer);
}
