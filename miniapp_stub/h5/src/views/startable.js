// What a flow may be started on: chosen by a tap; without signal, among what was looked at before.

import { addressOf } from '../../../core/beginning.js';
import { NoAnswer } from '../../../core/errors.js';
import { Icon } from '../parts/icons.js';
import { Empty, Loading, Page, Trouble } from '../parts/page.js';
import { Facts } from '../parts/transcript.js';
import { html, useApp, useEffect, useState } from '../view.js';

export function Startable({ route: { id: flow } }) {
  const { t, starts } = useApp();
  const known = starts.all().find((one) => one.flow === flow);
  const { page, error, load } = useSubjects(starts, flow, known?.subjects);
  return html`<${Page} title=${known?.title ?? t('starts')} back="#/">
    ${page?.kept && html`<p class="strip" role="status"><${Icon} name="waiting" />${t('starts_kept')}</p>`}
    ${!page?.kept && html`<${Trouble} error=${error} onRetry=${() => load()} />`}
    ${!page && !error && html`<${Loading} />`}
    ${page?.items.length === 0 && html`<${Empty} title=${t('starts_none')} />`}
    <ul class="cards">${(page?.items ?? []).map(({ subject }) => html`<li key=${subject.id}><${Subject} flow=${flow} subject=${subject} /></li>`)}</ul>
    ${page?.next && html`<div class="actions"><button type="button" class="weui-btn weui-btn_default" onClick=${() => load(page.next)}>${t('tasks_more')}</button></div>`}
  <//>`;
}

/** What the server offers, page after page; `kept` where there is no signal and the phone remembers some. */
function useSubjects(starts, flow, remembered) {
  const [page, setPage] = useState(null);
  const [error, setError] = useState(null);
  const load = async (after = null) => {
    setError(null);
    try {
      const found = await starts.subjects(flow, after);
      setPage((before) => ({ ...found, items: [...((after && before?.items) || []), ...found.items] }));
    } catch (failure) {
      setError(failure);
      if (failure instanceof NoAnswer && remembered) setPage((before) => before ?? { items: remembered, next: null, kept: true });
    }
  };
  useEffect(() => {
    load();
  }, []);
  return { page, error, load };
}

function Subject({ flow, subject }) {
  return html`<a class="card task" href=${`#/${addressOf({ flow, on: subject.id })}`}>
    <strong class="task__title">${subject.card.title}</strong>
    <${Facts} facts=${subject.card.facts.slice(0, 4)} />
    <${Icon} name="next" />
  </a>`;
}
