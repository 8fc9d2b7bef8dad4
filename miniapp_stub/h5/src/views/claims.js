// What this organisation's proofs of promotions came to: each in words, with its money, newest first.

import { dayText } from '../../../core/format.js';
import { Icon } from '../parts/icons.js';
import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function Claims() {
  const { t, api } = useApp();
  const [pages, setPages] = useState({ items: null, next: null });
  const [error, setError] = useState(null);
  const load = async (after) => {
    setError(null);
    const page = await api.claims(after).catch(setError);
    if (page) setPages((before) => ({ items: [...((after && before.items) || []), ...page.items], next: page.next }));
  };
  useEffect(() => {
    load();
  }, []);
  return html`<${Page} title=${t('claims')} back="#/me">
    <${Trouble} error=${error} onRetry=${() => load(pages.next)} />
    ${!pages.items && !error && html`<${Loading} />`}
    ${pages.items?.length === 0 && html`<${Empty} title=${t('claims_none')} text=${t('claims_none_text')} />`}
    <ul class="cards">${(pages.items ?? []).map((claim) => html`<li key=${claim.id}><${Claim} claim=${claim} /></li>`)}</ul>
    ${pages.next && html`<div class="actions"><button type="button" class="weui-btn weui-btn_default" onClick=${() => load(pages.next)}>${t('claims_more')}</button></div>`}
  <//>`;
}

// What a state means to who waits for money: an icon and a colour beside its words.
const MOODS = { approved: 'done', paid: 'done', rejected: 'changed', redo: 'changed', to_prove: 'next', withdrawn: 'back' };

function Claim({ claim }) {
  const { t, moment, language } = useApp();
  return html`<article class="card claim">
    <p class="claim__head"><strong>${claim.store}</strong>${claim.amount && html`<b class="claim__amount">${claim.amount}</b>`}</p>
    <p class="task__subject">${claim.promotion}</p>
    <p class=${`claim__state claim__state_${claim.state}`}><${Icon} name=${MOODS[claim.state] ?? 'waiting'} />${claim.state_text}</p>
    ${claim.paid_on && html`<p class="claim__paid">${t('claims_paid', { day: dayText(claim.paid_on, language) })}</p>`}
    ${claim.reasons?.length > 0 && html`<ul class="claim__reasons">${claim.reasons.map((text) => html`<li key=${text}>${text}</li>`)}</ul>`}
    <time class="claim__at" datetime=${claim.updated_at}>${moment(claim.updated_at)}</time>
  </article>`;
}
