// "Prepare the day": before leaving, everything that today's proofs need is fetched, so that they work in a cellar too.

import { isPrepared, prepareDay, toPrepare } from '../../../core/preparing.js';
import { html, useApp, useState } from '../view.js';
import { Icon } from './icons.js';
import { Trouble } from './page.js';

export function Prepare({ inbox }) {
  const app = useApp();
  const { t, session } = app;
  const [done, setDone] = useState(null);
  const [error, setError] = useState(null);
  const tasks = toPrepare(inbox, session.person());
  if (!tasks.length) return null;
  const ready = tasks.filter((task) => isPrepared(app, task)).length;
  const prepare = async () => {
    setError(null);
    setDone(0);
    await prepareDay(app, tasks, setDone).catch(setError);
    setDone(null);
  };
  if (ready === tasks.length) return html`<p class="prepare prepare_done" role="status"><${Icon} name="done" />${t('prepare_done', { count: tasks.length })}</p>`;
  return html`<section class="card prepare">
    <h2 class="prepare__title">${t('prepare_title', { count: tasks.length })}</h2>
    <p class="prepare__text">${t('prepare_text')}</p>
    <${Trouble} error=${error} />
    <button type="button" class="weui-btn weui-btn_default" disabled=${done !== null} onClick=${prepare}>
      ${done === null ? t('prepare') : t('prepare_underway', { done, count: tasks.length })}</button>
  </section>`;
}
