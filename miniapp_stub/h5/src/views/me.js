// The person: for whom they act, which language, what may be sent to them, where they are signed in, sign out.

import { Devices } from '../parts/devices.js';
import { LanguageSwitch } from '../parts/language.js';
import { Icon } from '../parts/icons.js';
import { usePhotos } from '../parts/photos.js';
import { Page, Trouble } from '../parts/page.js';
import { Reminders } from '../parts/reminders.js';
import { html, useApp, useState } from '../view.js';

export function Me() {
  const app = useApp();
  const { t, session, queue } = app;
  const [problem, setProblem] = useState(null);
  const person = session.person();
  const unsent = queue.count();
  const photos = usePhotos().summary().waiting;
  return html`<${Page} title=${t('me')} tab="me">
    <div class="card who">
      <span class="avatar avatar_large" aria-hidden="true">${person.name.slice(0, 1)}</span>
      <p><strong class="who__name">${person.name}</strong><br />${session.actingFor()?.name}</p>
    </div>
    <${Trouble} error=${problem} />
    <${Organisations} onProblem=${setProblem} />
    <${ClaimsLink} />
    <section class="group"><h2 class="group__title">${t('language')}</h2><${LanguageSwitch} /></section>
    <${Reminders} />
    <${Devices} />
    ${unsent > 0 && html`<p class="hint">${t('sign_out_unsent', { count: unsent })}</p>`}
    ${photos > 0 && html`<p class="hint">${t('sign_out_photos', { count: photos })}</p>`}
    <div class="actions">
      <button type="button" class="weui-btn weui-btn_default" onClick=${() => signOut(app)}>${t('sign_out')}</button>
    </div>
  <//>`;
}

// Whose people prove promotions and are paid for them; the others have no such list.
const PROVERS = ['distributor', 'store', 'agency'];

function ClaimsLink() {
  const { t, session } = useApp();
  if (!PROVERS.includes(session.actingFor()?.kind)) return null;
  return html`<ul class="weui-cells list group"><li>
    <a class="weui-cell weui-cell_active cell" href="#/claims"><span class="weui-cell__bd">${t('claims')}</span><${Icon} name="next" /></a>
  </li></ul>`;
}

function Organisations({ onProblem }) {
  const app = useApp();
  const { t, session } = app;
  const memberships = session.memberships();
  if (memberships.length < 2) return null;
  const current = session.actingFor()?.id;
  const choose = async (organisation) => {
    onProblem(null);
    await app.api.actFor(organisation).then(app.signedIn, onProblem);
  };
  return html`<section class="group">
    <h2 class="group__title">${t('switch_to')}</h2>
    <ul class="weui-cells list">
      ${memberships.map(({ organisation, role }) => html`<li key=${organisation.id}>
        <button type="button" class="weui-cell weui-cell_active cell" aria-pressed=${organisation.id === current} onClick=${() => choose(organisation.id)}>
          <span class="weui-cell__bd">${organisation.name}</span>
          <span class="cell__note">${t(`role_${role}`)}</span>
          ${organisation.id === current && html`<${Icon} name="done" />`}
        </button>
      </li>`)}
    </ul>
  </section>`;
}

async function signOut(app) {
  // The phone forgets the session even where the server cannot be told: it then ends by itself.
  await app.api.signOut().catch(() => null);
  app.signedOut();
}
