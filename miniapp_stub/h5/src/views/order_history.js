// The exchange about an order as both sides read it, oldest first: who did what when.

import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function OrderHistory({ route }) {
  const { t, api } = useApp();
  const [pages, setPages] = useState({ items: null, next: null });
  const [error, setError] = useState(null);
  const load = async (after) => {
    setError(null);
    const page = await api.orderHistory(route.id, after).catch(setError);
    if (page) setPages((before) => ({ items: [...((after && before.items) || []), ...page.items], next: page.next }));
  };
  useEffect(() => {
    load();
  }, []);
  const back = route.from ? `#/conversation/${encodeURIComponent(route.from)}` : '#/';
  return html`<${Page} title=${t('order_history')} back=${back}>
    <${Trouble} error=${error} onRetry=${() => load(pages.next)} />
    ${!pages.items && !error && html`<${Loading} />`}
    ${pages.items?.length === 0 && html`<${Empty} title=${t('history_none')} />`}
    <ol class="moves">${(pages.items ?? []).map((move) => html`<li key=${move.seq} class=${`card move move_${move.side}`}><${Move} move=${move} /></li>`)}</ol>
    ${pages.next && html`<div class="actions"><button type="button" class="weui-btn weui-btn_default" onClick=${() => load(pages.next)}>${t('moves_more')}</button></div>`}
  <//>`;
}

function Move({ move }) {
  const { t, moment } = useApp();
  const who = [t(`side_${move.side}`), move.by].filter(Boolean).join(' · ');
  return html`<p class="move__who"><span>${who}</span><time datetime=${move.at}>${moment(move.at)}</time></p>
    <strong class="move__what">${move.text}</strong>
    ${move.lines.length > 0 && html`<ul class="move__lines">${move.lines.map((line, at) => html`<li key=${at}>${line}</li>`)}</ul>`}`;
}
