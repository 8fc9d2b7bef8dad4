// Several routine orders accepted from one list: choose, see what each would mean, send, keep what failed.

import { Verdict } from '../inputs/confirm.js';
import { Icon } from '../parts/icons.js';
import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { Facts } from '../parts/transcript.js';
import { again, prepare, send } from '../several.js';
import { html, useApp, useEffect, useRef, useState } from '../view.js';
import { acceptable, TaskTitle } from './inbox.js';

export function Several() {
  const app = useApp();
  const { t } = app;
  const { tasks, error, load } = useAcceptable(app);
  const batch = useBatch(app, tasks ?? []);
  return html`<${Page} title=${t('several_title')} back="#/">
    <${Trouble} error=${error} onRetry=${load} />
    ${!tasks && !error && html`<${Loading} />`}
    ${tasks?.length === 0 && html`<${Empty} title=${t('several_none')} />`}
    ${batch.phase === 'choose' && tasks?.length > 0 && html`<p class="hint">${t('several_hint')}</p>`}
    <ul class="cards">${(tasks ?? []).map((task) => html`<li key=${task.id}><${Order} task=${task} batch=${batch} /></li>`)}</ul>
    ${tasks?.length > 0 && html`<${Bottom} batch=${batch} tasks=${tasks} />`}
  <//>`;
}

/** The orders one may accept, read afresh: what a colleague has answered meanwhile is not offered. */
function useAcceptable(app) {
  const [state, setState] = useState({ tasks: null, error: null });
  const load = () => {
    setState({ tasks: null, error: null });
    app.inbox.look().then(
      () => setState({ tasks: acceptable(app.inbox.shown(), app.session.person()), error: null }),
      (error) => setState({ tasks: null, error }),
    );
  };
  useEffect(load, []);
  return { ...state, load };
}

/** The batch: which are chosen, what is known of each, and how far the work is. */
function useBatch({ api }, tasks) {
  const [chosen, setChosen] = useState([]);
  const [outcomes, setOutcomes] = useState({});
  const [phase, setPhase] = useState('choose');
  const [progress, setProgress] = useState({ done: 0, count: 0 });
  const ids = useRef({});
  const idsOf = (task) => (ids.current[task.id] ??= {});
  const each = async (list, work) => {
    setProgress({ done: 0, count: list.length });
    for (const [at, task] of list.entries()) {
      const outcome = await work(task);
      setOutcomes((before) => ({ ...before, [task.id]: outcome }));
      setProgress({ done: at + 1, count: list.length });
    }
  };
  const check = async () => {
    setPhase('preparing');
    await each(tasks.filter((task) => chosen.includes(task.id)), (task) => prepare(api, task, idsOf(task)));
    setPhase('summary');
  };
  const sendAll = async () => {
    setPhase('sending');
    await each(tasks.filter((task) => outcomes[task.id]?.status === 'ready'), (task) => send(api, outcomes[task.id], idsOf(task)));
    setPhase('finished');
  };
  const retry = async () => {
    setPhase('preparing');
    await each(tasks.filter((task) => outcomes[task.id]?.status === 'failed'), (task) => again(api, task, outcomes[task.id], idsOf(task)));
    setPhase('summary');
  };
  return { chosen, setChosen, outcomes, phase, progress, check, sendAll, retry };
}

function Order({ task, batch }) {
  const { t } = useApp();
  const { chosen, setChosen, outcomes, phase } = batch;
  const picked = chosen.includes(task.id);
  if (phase !== 'choose' && !picked) return null;
  const toggle = () => setChosen(picked ? chosen.filter((id) => id !== task.id) : [...chosen, task.id]);
  const what = html`<span class="order__what"><${TaskTitle} task=${task} /></span>`;
  return html`<div class="card order">
    ${phase === 'choose' ? html`<label class="order__pick"><input type="checkbox" checked=${picked} onChange=${toggle} />${what}</label>` : what}
    <${Outcome} task=${task} outcome=${outcomes[task.id]} />
    ${outcomes[task.id] && !['ready', 'sent'].includes(outcomes[task.id].status)
      && html`<a class="link" href=${`#/task/${encodeURIComponent(task.id)}`} aria-label=${`${t('several_open')} ${task.subject.ref}`}>${t('several_open')}</a>`}
  </div>`;
}

function Outcome({ outcome }) {
  const { t, explain } = useApp();
  if (!outcome) return null;
  const { status, preview, error } = outcome;
  if (status === 'sent') return html`<span class="chip chip_automatic"><${Icon} name="done" />${t('sent')}</span>`;
  if (status === 'skipped') return html`<p class="remark">${t('several_skipped')}</p>`;
  if (status === 'failed') return html`<p class="remark remark_no">${explain(error)}</p>`;
  return html`<div class="order__preview">${preview && html`<${Verdict} verdict=${preview.verdict} /><p>${preview.text}</p><${Facts} facts=${preview.facts} />`}</div>`;
}

function Bottom({ batch, tasks }) {
  const { t } = useApp();
  const { chosen, setChosen, phase, progress, check, sendAll } = batch;
  const all = chosen.length === tasks.length;
  if (phase === 'choose') return html`<div class="dock dock_row">
    <label class="order__pick"><input type="checkbox" checked=${all} onChange=${() => setChosen(all ? [] : tasks.map((task) => task.id))} />${t('several_all')}</label>
    <button type="button" class="weui-btn weui-btn_primary" disabled=${!chosen.length} onClick=${check}>${t(chosen.length ? 'several_check' : 'several_choose', { count: chosen.length })}</button>
  </div>`;
  if (phase === 'preparing') return html`<${Underway} text=${t('several_preparing', progress)} />`;
  if (phase === 'sending') return html`<${Underway} text=${t('several_sending', progress)} />`;
  return html`<${Summary} batch=${batch} onSend=${sendAll} />`;
}

function Underway({ text }) {
  return html`<div class="dock"><p class="loading" role="status"><i class="weui-primary-loading" aria-hidden="true"></i>${text}</p></div>`;
}

function Summary({ batch, onSend }) {
  const { t } = useApp();
  const heading = useRef();
  useEffect(() => heading.current.focus({ preventScroll: true }), [batch.phase]);
  const count = (test) => Object.values(batch.outcomes).filter(test).length;
  const ready = count((one) => one.status === 'ready');
  const failed = count((one) => one.status === 'failed');
  const lines = [
    ['several_done', count((one) => one.status === 'sent')],
    ['several_automatic', count((one) => one.status === 'ready' && one.preview?.verdict === 'automatic')],
    ['several_person', count((one) => one.status === 'ready' && one.preview?.verdict === 'person')],
    ['several_failed', failed + count((one) => one.status === 'skipped')],
  ].filter(([, number]) => number > 0);
  return html`<div class="dock">
    <div role="status" tabindex="-1" ref=${heading}><ul class="summary">${lines.map(([key, number]) => html`<li key=${key}>${t(key, { count: number })}</li>`)}</ul></div>
    ${ready > 0 && html`<button type="button" class="weui-btn weui-btn_primary" onClick=${onSend}>${t('several_send', { count: ready })}</button>`}
    ${failed > 0 && html`<button type="button" class="weui-btn weui-btn_default" onClick=${batch.retry}>${t('retry')}</button>`}
    <a class="weui-btn weui-btn_default" href="#/">${t('back_to_tasks')}</a>
  </div>`;
}
