// What is to be done, most urgent first, and what was told.

import { isBeginning } from '../../../core/beginning.js';
import { poll } from '../../../core/polling.js';
import { Icon } from '../parts/icons.js';
import { orderAddress } from '../parts/transcript.js';
import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { Safety, usePhotos } from '../parts/photos.js';
import { Prepare } from '../parts/prepare.js';
import { Starts } from '../parts/starts.js';
import { html, useApp, useEffect, useState } from '../view.js';

// The list must be there first, and whoever taps at once is not kept waiting by what serves another day.
const IDLE_MS = 3000;

export function Inbox() {
  const app = useApp();
  const { t } = app;
  const { inbox, error, wake, more } = useInbox(app);
  const several = acceptable(inbox, app.session.person()).length > 1;
  const action = several && html`<a class="bar__link" href="#/several">${t('several')}</a>`;
  return html`<${Page} title=${t('tasks')} tab="inbox" action=${action}>
    <p class="whom">${app.session.actingFor()?.name} · ${app.session.person()?.name}</p>
    <${Unsent} />
    <${Trouble} error=${error} onRetry=${wake} />
    ${!inbox && !error && html`<${Loading} />`}
    ${inbox && html`<${Prepare} inbox=${inbox} />`}
    ${inbox && html`<${Tasks} tasks=${inbox.tasks} /><${More} next=${inbox.next} onMore=${more} />`}
    <${Starts} />
    ${inbox && html`<${Notices} inbox=${inbox} />`}
  <//>`;
}

/** Orders that `person` may accept from the list: no colleague is at work on them. */
export const acceptable = (inbox, person) =>
  (inbox?.tasks ?? []).filter((task) => task.flow === 'order-confirmation' && (!task.taken_by || task.taken_by.id === person.id));

/** The inbox: what this phone saw last at once, then the server's, asked again while somebody looks. */
function useInbox(app) {
  const [inbox, setInbox] = useState(app.inbox.shown);
  const [error, setError] = useState(null);
  const [looker, setLooker] = useState(null);
  useEffect(() => {
    const idle = whenIdle(() => app.templates.refresh(app.inbox.etag()));
    const look = async () => {
      const changed = await app.inbox.look().catch((failure) => setError(failure));
      if (changed !== undefined) {
        setError(null);
        idle.soon();
      }
      if (changed) setInbox(changed);
      return Boolean(changed);
    };
    const close = whileOpen(app.sender, look, setLooker);
    return () => {
      close();
      idle.stop();
    };
  }, []);
  const more = () => app.inbox.more().then(setInbox, setError);
  return { inbox, error, wake: () => looker?.wake(), more };
}

/** Do `work` a while after `soon()`, where somebody still looks then. */
function whenIdle(work) {
  let timer = null;
  const stop = () => clearTimeout(timer);
  const soon = () => {
    stop();
    timer = setTimeout(() => document.visibilityState === 'visible' && work(), IDLE_MS);
  };
  return { soon, stop };
}

function whileOpen(sender, look, setLooker) {
  const looker = poll(look, { visible: () => document.visibilityState === 'visible' });
  setLooker(looker);
  looker.wake();
  const leave = sender.attend(looker.wake);
  return () => {
    looker.stop();
    leave();
  };
}

function Unsent() {
  const { t, queue } = useApp();
  const count = queue.count();
  const isSending = usePhotos().summary().waiting > 0;
  return html`
    ${isSending && html`<${Safety} />`}
    ${count > 0 && html`<p class="strip" role="status"><${Icon} name="waiting" />${t('unsent_count', { count })}</p>`}
    ${queue.returned().map((id) => html`<a key=${id} class="strip strip_no" href=${`#/${isBeginning(id) ? id : `conversation/${id}`}`}>
      <${Icon} name="changed" />${t('returned')}
    </a>`)}`;
}

function Tasks({ tasks }) {
  const { t } = useApp();
  if (!tasks.length) return html`<${Empty} title=${t('tasks_none')} text=${t('tasks_none_text')} />`;
  return html`<ul class="cards">${tasks.map((task) => html`<li key=${task.id}><${Task} task=${task} /></li>`)}</ul>`;
}

function More({ next, onMore }) {
  const { t } = useApp();
  const [busy, setBusy] = useState(false);
  if (!next) return null;
  const press = async () => {
    setBusy(true);
    await onMore();
    setBusy(false);
  };
  return html`<div class="actions"><button type="button" class="weui-btn weui-btn_default" disabled=${busy} onClick=${press}>${t('tasks_more')}</button></div>`;
}

function Task({ task }) {
  const { t, due, session } = useApp();
  const when = task.due_at && due(task.due_at);
  const taker = task.taken_by;
  return html`<a class="card task" href=${`#/task/${encodeURIComponent(task.id)}`}>
    <${TaskTitle} task=${task} />
    <span class="task__state">
      ${when && html`<span class=${`chip chip_${when.when}`}>${when.text}</span>`}
      ${taker && html`<span class="task__who"><${Icon} name="person" />${t(taker.id === session.person().id ? 'taken_by_me' : 'taken_by', taker)}</span>`}
    </span>
    <${Icon} name="next" />
  </a>`;
}

/** The task in words; the document's number is said once. */
export function TaskTitle({ task }) {
  const { ref } = task.subject;
  return html`<strong class="task__title">${task.title}</strong>
    ${!task.title.includes(ref) && html`<span class="task__subject">${ref}</span>`}`;
}

/** News; that something is to be done stands in the list of tasks. */
function Notices({ inbox }) {
  const { t } = useApp();
  const notices = inbox.notices.filter((notice) => notice.kind !== 'task');
  if (!notices.length) return null;
  return html`<section class="group">
    <h2 class="group__title">${t('notices')}</h2>
    <ul class="weui-cells list">${notices.map((notice) => html`<li key=${notice.id}><${Notice} notice=${notice} /></li>`)}</ul>
  </section>`;
}

function Notice({ notice }) {
  const { moment } = useApp();
  const address = addressOf(notice.link);
  const words = html`<span class="weui-cell__bd"><span class="notice__title">${notice.title}</span><span class="notice__text">${notice.text}</span></span>
    <time class="cell__note" datetime=${notice.at}>${moment(notice.at)}</time>`;
  return address
    ? html`<a class="weui-cell weui-cell_active notice" href=${address}>${words}</a>`
    : html`<div class="weui-cell notice">${words}</div>`;
}

/** Where a notice leads to: the task (`task/…`), what became of a proof, the history of the order it tells of; null for others. */
function addressOf(link) {
  const [kind, id] = (link ?? '').split('/');
  if (kind === 'task' && id) return `#/task/${encodeURIComponent(id)}`;
  if (kind === 'claim') return '#/claims';
  return kind === 'purchase_order' && id ? orderAddress(id) : null;
}
