// What this organisation has answered, newest first.

import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function History() {
  const { t, api } = useApp();
  const [pages, setPages] = useState({ items: null, next: null });
  const [error, setError] = useState(null);
  const load = async (after) => {
    setError(null);
    const page = await api.history(after).catch(setError);
    if (page) setPages((before) => ({ items: [...((after && before.items) || []), ...page.items], next: page.next }));
  };
  useEffect(() => {
    load();
  }, []);
  return html`<${Page} title=${t('history')} tab="history">
    <${Trouble} error=${error} onRetry=${() => load()} />
    ${!pages.items && !error && html`<${Loading} />`}
    ${pages.items?.length === 0 && html`<${Empty} title=${t('history_none')} />`}
    <ul class="cards">${(pages.items ?? []).map((item) => html`<li key=${item.id}><${Entry} item=${item} /></li>`)}</ul>
    ${pages.next && html`<div class="actions"><button type="button" class="weui-btn weui-btn_default" onClick=${() => load(pages.next)}>${t('history_more')}</button></div>`}
  <//>`;
}

function Entry({ item }) {
  const { t, moment } = useApp();
  return html`<a class="card task" href=${`#/conversation/${encodeURIComponent(item.conversation)}`}>
    <span class="task__head"><strong>${item.title} ${item.subject.ref}</strong><span class=${`chip chip_${item.state}`}>${t(`state_${item.state}`)}</span></span>
    ${item.outcome[0] && html`<span class="task__outcome">${item.outcome[0]}</span>`}
    <span class="task__subject">${[item.by?.name, moment(item.at)].filter(Boolean).join(' · ')}</span>
  </a>`;
}
