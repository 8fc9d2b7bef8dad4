// "Let WeChat tell me": each consent pays for one message, so it is offered whenever something was finished.

import { newId } from '../../../core/ids.js';
import { html, useApp, useState } from '../view.js';
import { consents, inDemo } from '../wechat.js';
import { Icon } from './icons.js';
import { Trouble } from './page.js';

export function Reminders() {
  const app = useApp();
  const { t } = app;
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState(null);
  const user = app.session.wechatUser();
  if (!user || !inDemo(app.configuration.kept())) return null;
  const allow = async () => {
    setProblem(null);
    await report(app, user).then((left) => setSaid(left ? t('allowed', { count: left }) : t('refused')), setProblem);
  };
  return html`<section class="card reminders" aria-label=${t('reminders')}>
    <p class="reminders__text"><${Icon} name="bell" />${t('allow_text')}</p>
    <p role="status" class="reminders__said">${said}</p>
    <${Trouble} error=${problem} />
    <button type="button" class="weui-btn weui-btn_default" onClick=${allow}>${t('allow')}</button>
  </section>`;
}

/** Ask WeChat, tell the server; gives the fewest messages that any template has left, 0 when none was allowed. */
async function report(app, user) {
  const configuration = app.configuration.kept();
  const answers = await consents(app.fetch, configuration, user);
  if (!Object.keys(answers).length) return 0;
  const { left } = await app.api.consents({ id: newId('con'), app: configuration.wechat_app, answers });
  return Math.min(...Object.values(left));
}
