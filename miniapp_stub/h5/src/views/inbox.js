// What is to be done, most urgent first, and what was told.

import { poll } from '../../../core/polling.js';
import { Icon } from '../parts/icons.js';
import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function Inbox() {
  const app = useApp();
  const { t } = app;
  const { inbox, error, wake } = useInbox(app);
  const several = acceptable(inbox).length > 1;
  const action = several && html`<a class="bar__link" href="#/several">${t('several')}</a>`;
  return html`<${Page} title=${t('tasks')} tab="inbox" action=${action}>
    <p class="whom">${app.session.actingFor()?.name} · ${app.session.person()?.name}</p>
    <${Unsent} />
    <${Trouble} error=${error} onRetry=${wake} />
    ${!inbox && !error && html`<${Loading} />`}
    ${inbox && html`<${Tasks} tasks=${inbox.tasks} /><${Notices} notices=${inbox.notices} />`}
  <//>`;
}

/** Orders that may be accepted from the list: waiting, and nobody has begun to answer. */
export const acceptable = (inbox) =>
  (inbox?.tasks ?? []).filter((task) => task.flow === 'order-confirmation' && !task.taken_by);

/** The inbox: what this phone saw last at once, then the server's, asked again while somebody looks. */
function useInbox({ api, vault, session, queue }) {
  const name = `inbox/${session.owner()}`;
  const [inbox, setInbox] = useState(() => vault.get(name)?.data ?? null);
  const [error, setError] = useState(null);
  const [looker, setLooker] = useState(null);
  useEffect(() => {
    const look = async () => {
      const changed = await lookOnce({ api, vault, queue }, name).catch((failure) => setError(failure));
      if (changed !== undefined) setError(null);
      if (changed) setInbox(vault.get(name).data);
      return Boolean(changed);
    };
    return whileOpen(look, setLooker);
  }, []);
  return { inbox, error, wake: () => looker?.wake() };
}

/** One look: first send what waits, since it changes the list. Gives the new inbox, or null when it is as before. */
async function lookOnce({ api, vault, queue }, name) {
  for (const conversation of queue.conversations()) await queue.flush(conversation);
  const answer = await api.inbox(vault.get(name)?.etag);
  if (answer.data) vault.set(name, answer);
  return answer.data;
}

function whileOpen(look, setLooker) {
  const looker = poll(look, { visible: () => document.visibilityState === 'visible' });
  const wake = () => document.visibilityState === 'visible' && looker.wake();
  setLooker(looker);
  looker.wake();
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  return () => {
    looker.stop();
    document.removeEventListener('visibilitychange', wake);
    window.removeEventListener('online', wake);
  };
}

function Unsent() {
  const { t, queue } = useApp();
  const count = queue.count();
  return count > 0 && html`<p class="strip" role="status"><${Icon} name="waiting" />${t('unsent_count', { count })}</p>`;
}

function Tasks({ tasks }) {
  const { t } = useApp();
  if (!tasks.length) return html`<${Empty} title=${t('tasks_none')} text=${t('tasks_none_text')} />`;
  return html`<ul class="cards">${tasks.map((task) => html`<li key=${task.id}><${Task} task=${task} /></li>`)}</ul>`;
}

function Task({ task }) {
  const { t, due } = useApp();
  const when = task.due_at && due(task.due_at);
  return html`<a class="card task" href=${`#/task/${encodeURIComponent(task.id)}`}>
    <span class="task__head"><strong>${task.title}</strong>${when && html`<span class=${`chip chip_${when.when}`}>${when.text}</span>`}</span>
    <${Subject} subject=${task.subject} />
    ${task.taken_by && html`<span class="task__who"><${Icon} name="person" />${t('taken_by', { name: takerOf(task) })}</span>`}
  </a>`;
}

const takerOf = (task) => task.taken_by.name ?? task.taken_by;

export function Subject({ subject }) {
  if (!subject) return null;
  const facts = subject.card?.facts ?? [];
  return html`<span class="task__subject">${subject.ref}</span>
    ${facts.slice(0, 3).map(([name, value]) => html`<span key=${name} class="task__fact">${name} <b>${value}</b></span>`)}`;
}

function Notices({ notices }) {
  const { t, moment } = useApp();
  if (!notices?.length) return null;
  return html`<section class="group">
    <h2 class="group__title">${t('notices')}</h2>
    <ul class="weui-cells list">
      ${notices.map((notice) => html`<li key=${notice.id} class="weui-cell notice">
        <div class="weui-cell__bd"><p>${notice.title}</p><p class="notice__text">${notice.text}</p></div>
        <time class="cell__note" datetime=${notice.at}>${notice.at && moment(notice.at)}</time>
      </li>`)}
    </ul>
  </section>`;
}
